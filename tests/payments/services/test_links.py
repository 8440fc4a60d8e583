from datetime import timedelta

import pytest

from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.kit.tenancy import scoped_to
from payments.gateways.base import NotSent, Outcome, Result, Unknown
from payments.models import Charge, PaymentMethod
from payments.money import Money
from payments.services import card_pages, charges, links, reconciling
from payments.services.links import State
from tests.factories.payments import (
    GatewayAccountFactory,
    LinkFactory,
    PaymentMethodFactory,
)
from tests.payments.fake_gateway import Acted

DECLINED = Outcome(Result.DECLINED, code="card_declined", message="Your card was declined.")
AWAY = Outcome(
    Result.ACTION_REQUIRED, reference="gw_1", action_url="https://bank.example.com/visit"
)


@pytest.fixture(autouse=True)
def _vault(monkeypatch, gateway):
    """Each token becomes a fresh card."""
    monkeypatch.setattr(
        card_pages, "create_method", lambda _token, **_details: PaymentMethodFactory()
    )


@pytest.fixture
def link(scope):
    return LinkFactory()


@pytest.fixture
def multiple(scope):
    return LinkFactory(is_multiple=True)


@pytest.fixture
def pay(at):
    def paid(link, act_key="first", *, later=timedelta()):
        return links.pay(link, "tok_typed", act_key=act_key, at=at + later)

    return paid


def _statuses(link):
    return list(
        Charge.objects.filter(link=link).order_by("created_at").values_list("status", flat=True)
    )


def test_a_link_is_made(scope, at, settings, last_event):
    link = links.create(money=Money(120_000, "thb"), title="Bicycle", description="Cool", at=at)

    assert links.get(link.pk) == link
    assert (link.amount, link.currency, link.title, link.description) == (
        120_000, "thb", "Bicycle", "Cool",
    )  # fmt: skip
    assert links.url_of(link) == f"{settings.PUBLIC_URL}/pay/{link.pk.removeprefix('link_')}"
    assert (last_event().type, last_event().snapshot) == (
        "link.created",
        {
            "id": link.pk, "object": "link", "amount": 120_000, "created": int(at.timestamp()), "currency": "thb",
            "deleted_at": None, "description": "Cool", "livemode": False, "multiple": False, "title": "Bicycle",
        },
    )  # fmt: skip


def test_an_amount_that_cannot_be(scope, refused, at):
    with refused(InvalidRequest, param="amount"):
        links.create(money=Money(0, "thb"), title="Bicycle", at=at)


def test_a_real_gateway_has_no_page_here(scope, refused, at):
    GatewayAccountFactory(kind="stripe", is_active=True)

    with refused(InvalidState, code="hosted_page_missing"):
        links.create(money=Money(120_000, "thb"), title="Bicycle", at=at)


def test_live_mode_has_no_page_here(site, refused, at):
    with (
        scoped_to(site, livemode=True),
        refused(InvalidState, code="hosted_page_missing"),
    ):
        links.create(money=Money(120_000, "thb"), title="Bicycle", at=at)


def test_a_link_is_paid(link, pay, told, at):
    charge = pay(link)

    assert (charge.status, charge.amount, charge.currency) == ("succeeded", 120_000, "thb")
    assert (charge.link, charge.is_only_of_link, charge.customer) == (link, True, None)
    assert charge.description == "Bicycle\n\nA cool and nice bicycle"
    assert charge.return_url == f"{links.url_of(link)}/first"
    assert links.payment_of(link, "first") == charge
    assert links.state_of(link, at=at) == State.USED
    assert links.used_at([link.pk]) == {link.pk: at}
    assert told() == ["charge.succeeded"]


def test_the_same_payment_is_made_once(link, pay, gateway):
    first, again = pay(link), pay(link)

    assert (first, len(gateway.asked)) == (again, 1)


def test_a_link_is_paid_once(link, pay, refused):
    pay(link)

    with refused(InvalidState, code="link_used"):
        pay(link, "second")


def test_a_refunded_payment_was_one(link, pay, at):
    charge = pay(link)
    Charge.objects.filter(pk=charge.pk).update(amount_refunded=charge.amount)

    assert links.state_of(link, at=at) == State.USED


def test_a_link_for_many_is_paid_again_and_again(multiple, pay, at):
    for number in range(3):
        pay(multiple, f"payer {number}")

    assert _statuses(multiple) == ["succeeded"] * 3
    assert (links.state_of(multiple, at=at), links.used_at([multiple.pk])) == (State.OPEN, {})


def test_after_a_decline_there_is_another_try(link, pay, gateway, at):
    gateway.plan("authorize", DECLINED)
    assert pay(link).status == "failed"
    assert links.state_of(link, at=at) == State.OPEN

    assert pay(link, "second").status == "succeeded"


def test_two_who_pay_at_the_same_moment(link, pay, gateway, monkeypatch):
    """The second one has looked before the first one's charge was there."""
    monkeypatch.setattr(links, "_holder", lambda link: None)
    pay(link)

    with pytest.raises(InvalidState) as refusal:
        pay(link, "second")

    assert refusal.value.code == "link_busy"
    assert (_statuses(link), len(gateway.asked)) == (["succeeded"], 1)


def test_while_nobody_knows_nobody_else_pays(link, pay, refused, gateway, at):
    gateway.plan("authorize", Unknown("silence"))
    pay(link)

    assert links.state_of(link, at=at + timedelta(days=1)) == State.BUSY
    with refused(InvalidState, code="link_busy"):
        pay(link, "second", later=timedelta(days=1))


def test_while_one_authenticates_nobody_else_pays(link, pay, refused, gateway, at):
    gateway.plan("authorize", AWAY)
    assert pay(link).action_url == "https://bank.example.com/visit"

    with refused(InvalidState, code="link_busy"):
        pay(link, "second", later=timedelta(minutes=9))


def test_who_stays_away_is_not_waited_for(link, pay, gateway, at):
    gateway.plan("authorize", AWAY)
    pay(link)

    assert links.state_of(link, at=at + timedelta(minutes=10)) == State.OPEN
    pay(link, "second", later=timedelta(minutes=10))

    assert _statuses(link) == ["failed", "succeeded"]
    assert [act for act, _reference, _amount in gateway.asked] == ["authorize", "void", "authorize"]


def test_who_comes_back_in_the_last_moment_has_paid(link, pay, gateway):
    gateway.plan("authorize", AWAY)
    charge = pay(link)
    gateway.plan("void", DECLINED)
    gateway.book[charge.pk] = Outcome(Result.DONE, reference="gw_1")

    with pytest.raises(InvalidState) as refusal:
        pay(link, "second", later=timedelta(minutes=10))

    assert (refusal.value.code, _statuses(link)) == ("link_used", ["succeeded"])


def test_a_deleted_link_is_not_paid(link, pay, refused, told, at):
    deleted = links.delete(link, at=at)
    assert (deleted.deleted_at, told()) == (at, ["link.deleted"])

    assert links.state_of(deleted, at=at) == State.DELETED
    with refused(InvalidState, code="link_deleted"):
        pay(deleted)


def test_a_link_is_deleted_once(link, refused, at):
    links.delete(link, at=at)

    with refused(NotFound):
        links.delete(link, at=at)


def test_the_page_is_found_at_any_site_by_its_key_alone(link, other):
    with scoped_to(other[0], livemode=True):
        assert links.opened(link.key) == link
        with pytest.raises(NotFound):
            links.get(link.pk)
    with pytest.raises(NotFound):
        links.opened("missing")


def test_what_was_given_up_does_not_pay_beside_another(link, pay, gateway, at):
    """The gateway finds after all what it had said that it never received, and somebody else has paid since."""
    gateway.idempotency_window = timedelta(minutes=1)
    gateway.plan("authorize", NotSent("no route"), NotSent("no route"))
    lost = pay(link)
    for minutes in (3, 5):
        reconciling.run(at=at + timedelta(minutes=minutes))
    pay(link, "second", later=timedelta(minutes=6))

    gateway.book[lost.pk] = Outcome(Result.DONE, reference="gw_late")
    charges.resume(charges.get(lost.pk), at=at + timedelta(minutes=7))

    assert _statuses(link) == ["failed", "succeeded"]


def test_what_was_given_up_pays_where_nobody_else_has(link, pay, gateway, at):
    gateway.idempotency_window = timedelta(minutes=1)
    gateway.plan("authorize", NotSent("no route"), NotSent("no route"))
    lost = pay(link)
    for minutes in (3, 5):
        reconciling.run(at=at + timedelta(minutes=minutes))

    gateway.book[lost.pk] = Outcome(Result.DONE, reference="gw_late")
    charges.resume(charges.get(lost.pk), at=at + timedelta(minutes=7))

    assert (_statuses(link), links.state_of(link, at=at)) == (["succeeded"], State.USED)


def test_silence_is_followed(multiple, pay, gateway, at):
    gateway.plan("authorize", Acted(), Unknown("silence"))
    pay(multiple)

    reconciling.run(at=at + timedelta(minutes=1))

    assert _statuses(multiple) == ["succeeded"]
    assert PaymentMethod.objects.count() == 1
