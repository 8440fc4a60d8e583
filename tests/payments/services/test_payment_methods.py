"""Payment methods: made, attached, one of them the default, changed, detached, verified, forgotten."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from customers.events.models import Event
from customers.kit.errors import (
    CardDeclined,
    GatewayUnavailable,
    InvalidRequest,
    InvalidState,
    NotFound,
)
from customers.models import Customer
from customers.services import customers
from payments.gateways.base import NotSent, Refused
from payments.models import PaymentMethod, Token
from payments.services import gateway_accounts, payment_methods, sandbox, tokens
from tests.factories.customers import CustomerFactory
from tests.factories.payments import PaymentMethodFactory

CARD = {"number": "4242424242424242", "exp_month": 8, "exp_year": 2030, "cvc": "314"}
BANK = {
    "account_number": "000123456789",
    "routing_number": "110000000",
    "account_holder_type": "individual",
}
NUMBER = {"declined": "4000000000000002", "attaches": "4000000000000341"}


@pytest.fixture
def method(scope, at):
    """A card that is nobody's yet."""
    return payment_methods.resolve("pm_card_visa", at=at)


@pytest.fixture
def attach(customer, at):
    """Attaches one more card to the customer, each a second after the last."""
    made = []

    def one(name="pm_card_visa", **options):
        when = at + timedelta(seconds=len(made))
        fresh = payment_methods.resolve(name, at=when)
        made.append(payment_methods.attach(fresh, customer, at=when, **options))
        return made[-1]

    return one


def default_of(customer):
    return Customer.objects.values_list("default_payment_method_id", flat=True).get(pk=customer.pk)


# -- made --------------------------------------------------------------------------------------------------------------


def test_a_method_is_made_of_a_number(scope, at, told):
    method = payment_methods.create(
        kind="card",
        details=CARD,
        billing_details={"name": "Jenny Rosen", "address": {"city": "Paris"}, "phone": ""},
        metadata={"order": "6735"},
        at=at,
    )

    stored = PaymentMethod.objects.values(
        "kind", "brand", "last4", "first6", "exp_month", "exp_year", "funding", "country", "customer",
        "billing_details", "metadata", "allow_redisplay", "verification",
    ).get(pk=method.pk)  # fmt: skip
    assert stored == {
        "kind": "card", "brand": "visa", "last4": "4242", "first6": "424242", "exp_month": 8,
        "exp_year": 2030, "funding": "credit", "country": "US", "customer": None,
        "billing_details": {"name": "Jenny Rosen", "address": {"city": "Paris"}},
        "metadata": {"order": "6735"}, "allow_redisplay": "unspecified", "verification": "",
    }  # fmt: skip
    assert told() == []


def test_the_same_card_is_recognised(scope, at):
    one = payment_methods.create(kind="card", details=CARD, at=at)
    two = payment_methods.resolve("pm_card_visa", at=at)
    three = payment_methods.resolve("pm_card_mastercard", at=at)

    assert one.fingerprint == two.fingerprint != three.fingerprint


def test_the_same_request_finds_the_method_it_made(scope, at):
    one = payment_methods.create(kind="card", details=CARD, request_key="request-1", at=at)

    two = payment_methods.create(kind="card", details=CARD, request_key="request-1", at=at)

    assert one == two
    assert PaymentMethod.objects.count() == 1


def test_a_token_becomes_a_source(scope, at):
    token = tokens.create_card({**CARD, "name": "Jenny Rosen", "address_zip": "10110"}, at=at)

    method = payment_methods.create_from_token(token, as_source=True, at=at)

    assert method.pk == token.details["id"]
    assert method.billing_details == {"name": "Jenny Rosen", "address": {"postal_code": "10110"}}
    assert Token.objects.get().used_at == at


def test_a_token_makes_one_method(scope, at, refused):
    token = tokens.create_card(CARD, at=at)
    payment_methods.create_from_token(token, at=at)

    with refused(InvalidRequest, code="token_already_used"):
        payment_methods.create_from_token(token, at=at)


@pytest.mark.parametrize(
    "pk", ["pm_0123456789abcdefghijklmn", "card_nothing", "tok_nothing", "pm_card_nothing"]
)
def test_what_never_was_is_not_found(scope, at, refused, pk):
    with refused(NotFound, code="resource_missing", param="payment_method"):
        payment_methods.resolve(pk, at=at)


def test_a_gateway_that_is_not_reached_makes_no_method(scope, at, refused):
    with sandbox.faults("not_sent", act="save"), refused(GatewayUnavailable):
        payment_methods.create(kind="card", details=CARD, at=at)


# -- attached ----------------------------------------------------------------------------------------------------------


def test_the_first_method_becomes_the_default(customer, method, at, told, last_event):
    attached = payment_methods.attach(method, customer, at=at)

    assert (attached.customer_id, attached.attached_at) == (customer.pk, at)
    assert default_of(customer) == method.pk
    assert told() == ["payment_method.attached", "customer.updated"]
    assert last_event().previous_attributes == {
        "invoice_settings": {"default_payment_method": None}
    }


def test_a_further_method_does_not(attach, customer, told):
    first = attach()
    told()

    attach("pm_card_mastercard")

    assert default_of(customer) == first.pk
    assert told() == ["payment_method.attached"]


def test_a_further_method_does_where_that_is_wanted(attach, customer):
    attach()

    second = attach("pm_card_mastercard", make_default=True)

    assert default_of(customer) == second.pk


def test_attaching_again_changes_nothing(attach, customer, at, nothing_written):
    method = attach()

    with nothing_written():
        again = payment_methods.attach(method, customer, at=at)

    assert again == method


def test_a_source_is_told_of_as_a_source(customer, at, told, last_event):
    token = tokens.create_card(CARD, at=at)
    method = payment_methods.create_from_token(token, as_source=True, at=at)

    payment_methods.attach(method, customer, at=at)

    assert told() == ["customer.source.created", "customer.updated"]
    assert last_event().previous_attributes == {"default_source": None}
    created = Event.objects.get(type="customer.source.created")
    assert (created.snapshot["object"], created.snapshot["brand"]) == ("card", "Visa")


def test_a_method_has_one_customer(attach, at, refused):
    method, other = attach(), CustomerFactory()

    with refused(InvalidState, code="payment_method_unexpected_state"):
        payment_methods.attach(method, other, at=at)


def test_a_detached_method_is_never_attached_again(attach, customer, at, refused):
    method = payment_methods.detach(attach(), at=at)

    with refused(InvalidState, code="payment_method_unexpected_state"):
        payment_methods.attach(method, customer, at=at)


def test_a_deleted_customer_gets_no_method(customer, method, at, refused):
    customers.delete(customer, at=at)

    with refused(NotFound):
        payment_methods.attach(method, customer, at=at)


def test_an_issuer_can_refuse_to_have_a_card_saved(customer, at, refused):
    method = payment_methods.create(
        kind="card", details={**CARD, "number": NUMBER["declined"]}, at=at
    )

    with refused(CardDeclined, code="card_declined") as refusal:
        payment_methods.attach(method, customer, at=at)

    assert refusal.value.extra == {"decline_code": "generic_decline"}


def test_a_card_can_attach_and_be_declined_later(customer, at):
    method = payment_methods.create(
        kind="card", details={**CARD, "number": NUMBER["attaches"]}, at=at
    )

    assert payment_methods.attach(method, customer, at=at).customer_id == customer.pk


# -- the default -------------------------------------------------------------------------------------------------------


def test_the_default_is_chosen(attach, customer, at, told):
    attach()
    second = attach()
    told()

    row = payment_methods.set_default(customer, second, at=at)

    assert row.default_payment_method_id == default_of(customer) == second.pk
    assert told() == ["customer.updated"]


def test_a_strangers_method_cannot_be_the_default(attach, customer, at, refused):
    attach()
    stranger = PaymentMethodFactory(attached=True)

    with refused(InvalidRequest, code="resource_missing"):
        payment_methods.set_default(customer, stranger, at=at)


def test_the_database_refuses_a_strangers_method_as_default(attach, customer):
    attach()
    stranger = PaymentMethodFactory(attached=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        _write_default(customer, stranger)


def _write_default(customer, method):
    Customer.objects.filter(pk=customer.pk).update(default_payment_method_id=method.pk)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_newest_other_method_follows_the_default(attach, customer, at, told, last_event):
    first, _second, third = attach(), attach(), attach()
    told()

    payment_methods.detach(first, at=at + timedelta(minutes=1))

    assert default_of(customer) == third.pk
    assert told() == ["payment_method.detached", "customer.updated"]
    assert last_event().previous_attributes == {
        "invoice_settings": {"default_payment_method": first.pk}
    }


def test_the_last_method_leaves_no_default(attach, customer, at):
    payment_methods.detach(attach(), at=at)

    assert default_of(customer) is None


def test_another_method_goes_and_the_default_stays(attach, customer, at, told):
    first, second = attach(), attach()
    told()

    payment_methods.detach(second, at=at)

    assert default_of(customer) == first.pk
    assert told() == ["payment_method.detached"]


# -- changed -----------------------------------------------------------------------------------------------------------


def test_details_are_merged(attach, at, told, last_event):
    method = attach()
    payment_methods.update(
        method,
        details={
            "billing_details": {"name": "Jenny", "address": {"city": "Paris"}},
            "metadata": {"a": "1", "b": "2"},
        },
        at=at,
    )
    told()

    changed = payment_methods.update(
        method,
        details={
            "billing_details": {"email": "jenny@example.com", "address": {"country": "FR"}},
            "metadata": {"a": ""},
            "exp_year": 2031,
        },
        at=at,
    )

    assert changed.billing_details == {
        "name": "Jenny", "email": "jenny@example.com", "address": {"city": "Paris", "country": "FR"},
    }  # fmt: skip
    assert (changed.metadata, changed.exp_year) == ({"b": "2"}, 2031)
    assert told() == ["payment_method.updated"]
    assert last_event().previous_attributes["metadata"] == {"a": "1"}


def test_a_change_that_changes_nothing_is_not_told(attach, at, nothing_written):
    method = attach()

    with nothing_written():
        payment_methods.update(method, details={"exp_month": method.exp_month}, at=at)


def test_only_a_customers_method_is_changed(method, at, refused):
    with refused(InvalidState):
        payment_methods.update(method, details={"exp_year": 2031}, at=at)


# -- detached ----------------------------------------------------------------------------------------------------------


def test_a_detached_method_is_told_of(attach, customer, at):
    method = attach()

    payment_methods.detach(method, at=at)

    stored = PaymentMethod.objects.values("customer", "detached_at").get(pk=method.pk)
    assert stored == {"customer": None, "detached_at": at}
    told = Event.objects.get(type="payment_method.detached")
    assert (told.customer_id, told.snapshot["customer"], told.previous_attributes) == (
        customer.pk, None, {"customer": customer.pk},
    )  # fmt: skip


def test_a_detached_method_is_forgotten_by_its_gateway(attach, at):
    method = attach()
    payment_methods.detach(method, at=at)

    assert payment_methods.forget_detached(at=at + timedelta(minutes=1)) == 1

    with pytest.raises(Refused):
        gateway_accounts.gateway_of(method.gateway_account).save(
            method.gateway_reference, reference="again", customer={}
        )
    assert PaymentMethod.objects.get(pk=method.pk).gateway_reference == ""
    assert payment_methods.forget_detached(at=at + timedelta(minutes=2)) == 0


def test_what_a_gateway_did_not_hear_is_told_it_again(attach, at):
    method = attach()
    payment_methods.detach(method, at=at)
    gateway = type(gateway_accounts.gateway_of(method.gateway_account))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gateway, "forget", _not_sent)
        missed = payment_methods.forget_detached(at=at + timedelta(minutes=1))

    heard = payment_methods.forget_detached(at=at + timedelta(minutes=2))

    assert (missed, heard) == (0, 1)


def _not_sent(self, method):
    raise NotSent


def test_what_is_nobodys_cannot_be_detached(method, at, refused):
    with refused(InvalidState):
        payment_methods.detach(method, at=at)


def test_a_deleted_customer_leaves_no_card_details(attach, customer, at, told):
    first, second = attach(), attach()
    payment_methods.update(first, details={"billing_details": {"name": "Jenny"}}, at=at)
    told()

    customers.delete(customer, at=at)

    left = PaymentMethod.objects.values_list(
        "customer", "last4", "first6", "exp_year", "fingerprint", "billing_details", "detached_at"
    )
    assert list(left) == [(None, "", "", None, "", {}, at)] * 2
    assert default_of(customer) is None
    assert told() == ["customer.deleted", "payment_method.detached", "payment_method.detached"]
    assert payment_methods.forget_detached(at=at + timedelta(minutes=1)) == 2
    assert set(PaymentMethod.objects.values_list("pk", flat=True)) == {first.pk, second.pk}


# -- charged -----------------------------------------------------------------------------------------------------------


def test_the_default_is_charged_where_nothing_is_named(attach, customer, at):
    method = attach()
    customer.refresh_from_db()

    assert payment_methods.chargeable(None, customer, at=at) == method


def test_a_named_method_is_charged(attach, customer, at):
    attach()
    second = attach()

    assert payment_methods.chargeable(second.pk, customer, at=at) == second


def test_a_token_is_charged_without_a_customer(scope, at):
    method = payment_methods.chargeable("tok_visa", None, param="source", at=at)

    assert (method.brand, method.customer_id, method.is_source) == ("visa", None, True)


def test_a_customer_without_a_method_is_not_charged(customer, at, refused):
    with refused(CardDeclined, code="missing"):
        payment_methods.chargeable(None, customer, at=at)


def test_nobody_is_charged_without_a_method(scope, at, refused):
    with refused(InvalidRequest, code="parameter_missing"):
        payment_methods.chargeable(None, None, at=at)


def test_a_customers_method_is_not_charged_without_the_customer(attach, at, refused):
    method = attach()

    with refused(InvalidRequest, param="payment_method"):
        payment_methods.chargeable(method.pk, None, at=at)


def test_a_strangers_method_is_not_charged(customer, at, refused):
    stranger = PaymentMethodFactory(attached=True)

    with refused(InvalidRequest, param="payment_method"):
        payment_methods.chargeable(stranger.pk, customer, at=at)


def test_a_detached_method_is_not_charged(attach, customer, at, refused):
    method = payment_methods.detach(attach(), at=at)

    with refused(InvalidState):
        payment_methods.chargeable(method.pk, customer, at=at)


def test_an_unverified_bank_account_is_not_charged(customer, at, refused):
    method = payment_methods.create(kind="us_bank_account", details=BANK, at=at)
    payment_methods.attach(method, customer, at=at)

    with refused(InvalidState, code="bank_account_unverified"):
        payment_methods.chargeable(method.pk, customer, at=at)


@pytest.mark.parametrize("is_named", [True, False])
def test_only_the_kinds_that_are_asked_for_are_charged(customer, at, refused, is_named):
    account = payment_methods.attach(
        payment_methods.resolve("pm_success_de", at=at), customer, at=at
    )

    with refused(NotFound if is_named else CardDeclined):
        payment_methods.chargeable(
            account.pk if is_named else None, customer, kinds=["card"], at=at
        )


@pytest.mark.parametrize(
    ("kept", "asked"), [("pm", "card"), ("pm", "src"), ("ba", "src"), ("src", "ba")]
)
def test_a_methods_id_has_other_prefixes_elsewhere(scope, kept, asked):
    method = PaymentMethodFactory(id=f"{kept}_0123456789abcdefghijklmn")

    assert payment_methods.get(f"{asked}_0123456789abcdefghijklmn") == method
