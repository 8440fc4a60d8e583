"""What belongs to a customer, in the dashboard: addresses, tax ids, consents, the balance."""

import pytest

from customers.events.models import Event
from customers.kit import clock
from customers.models import Address, Consent, CustomerBalanceTransaction, TaxId
from customers.services import addresses, balance_transactions, tax_ids
from tests.customers.admin import page
from tests.factories.customers import CustomerFactory


@pytest.fixture
def ada(scope):
    return CustomerFactory(name="Ada Whitfield")


@pytest.fixture
def here(ada):
    return f"/admin/customers/customer/{ada.pk}/"


def told():
    return [(event.type, event.door, event.actor) for event in Event.objects.order_by("id")]


def by_owner(*types):
    return [(type_, "dashboard", "owner@example.com") for type_ in types]


def test_an_address_is_added(owner, ada, here):
    sent = page.fields(
        owner.get(f"{here}addresses/add/"), kind="shipping", line1="1 Harbour Street", country="TH"
    )

    answer = owner.post(f"{here}addresses/add/", sent)

    address = Address.objects.get()
    assert answer.url == here
    assert (address.customer, address.kind, address.line1, address.country, address.is_default) == (
        ada, "shipping", "1 Harbour Street", "TH", True,
    )  # fmt: skip
    assert told() == by_owner("customer.address.created", "customer.updated")


def test_an_address_without_any_line_is_refused(owner, here, nothing_written):
    with nothing_written():
        answer = owner.post(f"{here}addresses/add/", {"kind": "billing", "name": "Ada"})

    assert page.errors(answer) == {"line1": ["An address needs at least one line of its own."]}


def test_an_address_is_changed(owner, ada, here):
    address = addresses.create(
        ada,
        details={"kind": "billing", "line1": "1 Old Street", "country": "Utopia"},
        at=clock.now(),
    )
    Event.objects.all().delete()
    change = f"{here}addresses/{address.pk}/"
    form = owner.get(change)

    owner.post(change, page.fields(form, line1="2 New Street"))

    address.refresh_from_db()
    assert (address.line1, address.country, address.is_default) == ("2 New Street", "Utopia", True)
    assert "is_default" not in form.context["form"].fields
    assert told() == by_owner("customer.address.updated", "customer.updated")


def test_another_address_becomes_the_default(owner, ada, here):
    first, second = (
        addresses.create(ada, details={"kind": "billing", "line1": line}, at=clock.now())
        for line in ("1", "2")
    )
    change = f"{here}addresses/{second.pk}/"

    owner.post(change, page.fields(owner.get(change), is_default="on"))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_default, second.is_default) == (False, True)


def test_an_address_is_deleted_after_asking(owner, ada, here, nothing_written):
    address = addresses.create(ada, details={"kind": "billing", "line1": "1"}, at=clock.now())
    Event.objects.all().delete()

    with nothing_written():
        asked = owner.get(f"{here}addresses/{address.pk}/delete/")
    answer = owner.post(f"{here}addresses/{address.pk}/delete/")

    assert (asked.status_code, answer.url) == (200, here)
    assert list(Address.objects.all()) == []
    assert told() == by_owner("customer.address.deleted", "customer.updated")


def test_a_tax_id_is_added_and_removed(owner, ada, here):
    added = owner.post(f"{here}tax-ids/add/", {"kind": "eu_vat", "value": "FR40303265045"})
    (tax_id,) = TaxId.objects.all()
    removed = owner.post(f"{here}tax-ids/{tax_id.pk}/delete/")

    assert (tax_id.customer, tax_id.kind, tax_id.value, tax_id.country) == (
        ada,
        "eu_vat",
        "FR40303265045",
        "FR",
    )
    assert (added.url, removed.url) == (here, here)
    assert list(TaxId.objects.all()) == []
    assert told() == by_owner("customer.tax_id.created", "customer.tax_id.deleted")


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        pytest.param(
            {"kind": "eu_vat", "value": "!"},
            {"value": ["Invalid value for eu_vat."]},
            id="malformed",
        ),
        pytest.param(
            {"kind": "eu_vat", "value": "DE136695976"},
            {"value": ["The customer has this tax ID already."]},
            id="twice",
        ),
        pytest.param(
            {"kind": "", "value": ""},
            {"kind": ["This field is required."], "value": ["This field is required."]},
            id="empty",
        ),
    ],
)
def test_a_tax_id_is_refused(owner, ada, here, nothing_written, sent, errors):
    tax_ids.create(ada, kind="eu_vat", value="DE136695976", at=clock.now())

    with nothing_written():
        answer = owner.post(f"{here}tax-ids/add/", sent)

    assert page.errors(answer) == errors


def test_a_sixth_tax_id_is_refused_above_the_form(owner, ada, here, nothing_written):
    for number in range(5):
        tax_ids.create(ada, kind="al_tin", value=f"J9190150{number}N", at=clock.now())

    with nothing_written():
        answer = owner.post(f"{here}tax-ids/add/", {"kind": "eu_vat", "value": "DE136695976"})

    assert page.errors(answer) == {"": ["A customer has 5 tax IDs at most."]}


def test_a_consent_is_recorded(owner, ada, here):
    sent = {"channel": "mail_marketing", "granted": "yes", "wording": "May we write to you?"}

    owner.post(f"{here}consents/add/", sent)
    owner.post(f"{here}consents/add/", {**sent, "granted": "no"})

    ada.refresh_from_db()
    assert ada.mail_marketing is False
    history = Consent.objects.order_by("created_at")
    assert [
        (row.granted_before, row.granted, row.wording, row.door, row.actor) for row in history
    ] == [
        (None, True, "May we write to you?", "dashboard", "owner@example.com"),
        (True, False, "May we write to you?", "dashboard", "owner@example.com"),
    ]


def test_a_consent_needs_an_answer(owner, here, nothing_written):
    with nothing_written():
        answer = owner.post(f"{here}consents/add/", {"channel": "mail_marketing"})

    assert page.errors(answer) == {"granted": ["This field is required."]}


@pytest.mark.parametrize(
    ("direction", "amount", "currency", "minor"),
    [
        pytest.param("credit", "15.00", "usd", -1500, id="credit"),
        pytest.param("debit", "0.5", "eur", 50, id="debit"),
        pytest.param("credit", "1500", "jpy", -1500, id="no digits"),
        pytest.param("debit", "1.234", "kwd", 1234, id="three digits"),
    ],
)
def test_the_balance_is_adjusted(owner, ada, here, direction, amount, currency, minor):
    sent = {
        "direction": direction,
        "amount": amount,
        "currency": currency,
        "reason": "Goodwill",
    }

    answer = page.confirmed(owner, f"{here}balance/", **sent)

    ada.refresh_from_db()
    entry = CustomerBalanceTransaction.objects.get()
    assert answer.url == here
    assert (ada.balance, ada.currency) == (minor, currency)
    assert (entry.amount, entry.ending_balance, entry.description) == (minor, minor, "Goodwill")
    assert told() == by_owner("customer.balance_transaction.created", "customer.updated")


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        pytest.param(
            {"amount": "0.001"},
            {"amount": ["This currency has fewer digits after the point."]},
            id="digits",
        ),
        pytest.param(
            {"amount": "-5"},
            {"amount": ["Ensure this value is greater than or equal to 0.001."]},
            id="negative",
        ),
        pytest.param({"amount": "NaN"}, {"amount": ["Enter a number."]}, id="no number"),
        pytest.param(
            {"amount": "9" * 17},
            {"amount": ["The customer's balance would become too large."]},
            id="too large",
        ),
        pytest.param({"reason": ""}, {"reason": ["This field is required."]}, id="no reason"),
        pytest.param(
            {"currency": "eur"},
            {"currency": ["Select a valid choice. eur is not one of the available choices."]},
            id="another currency",
        ),
    ],
)
def test_an_adjustment_is_refused(owner, ada, here, nothing_written, sent, errors):
    balance_transactions.create(ada, amount=100, currency="usd", at=clock.now())
    fine = {"direction": "debit", "amount": "1", "currency": "usd", "reason": "Goodwill"}

    with nothing_written():
        answer = page.confirmed(owner, f"{here}balance/", **fine | sent)

    assert page.errors(answer) == errors
