"""Customers manage their payment methods: the default, a card's date, removal; nobody touches another's."""

import pytest

from customers.kit import clock
from customers.models import Customer
from payments.models import PaymentMethod
from tests.factories.customers import CustomerFactory
from tests.factories.portal import PortalConfigurationFactory
from tests.portal.views.test_home import text_of
from tests.seeds import statements as seeds

PATH = "/portal/acme/methods"
ACTS = ["default", "edit", "remove"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def card(customer):
    return seeds.card(customer)


@pytest.fixture
def other(customer, card):
    return seeds.card(customer, brand="mastercard", last4="4444")


@pytest.fixture
def verified(sign_in, customer):
    """A session whose customer typed a code just now."""
    return sign_in(customer, verified_at=clock.now())


def kept(customer):
    return set(PaymentMethod.objects.of_customer(customer).values_list("last4", flat=True))


def default_of(customer):
    return Customer.objects.get(pk=customer.pk).default_payment_method_id


def test_list_says_what_each_is_for(client, session, customer, card, other):
    seeds.subscription(customer, "Acme Premium")
    seeds.waiting(customer)

    said = text_of(client.get(PATH))

    assert "Visa •••• 4242 Default Expires 08/" in said
    assert "Pays for Acme Premium" in said
    assert "Mastercard •••• 4444 Expires" in said
    assert "Test Bank •••• 6789 has to be verified" in said


def test_empty_list_leads_to_adding(client, session):
    answer = client.get(PATH)

    assert "No card or bank account is saved." in text_of(answer)
    assert f'href="{PATH}/add"' in answer.content.decode()


def test_default_is_changed(client, session, customer, card, other):
    answer = client.post(f"{PATH}/{other.pk}/default", follow=True)

    assert answer.redirect_chain == [(PATH, 302)]
    assert "From now on, Mastercard •••• 4444 pays for everything." in text_of(answer)
    assert default_of(customer) == other.pk


def test_card_that_is_over_does_not_become_the_default(client, session, customer, card):
    over = seeds.card(customer, exp_year=2020)

    answer = client.post(f"{PATH}/{over.pk}/default", follow=True)

    assert "This payment method cannot be charged. Update it first." in text_of(answer)
    assert default_of(customer) == card.pk


@pytest.mark.parametrize("typed", ["1/40", "01/2040", "０１ / ４０", "0140"])  # noqa: RUF001 -- as Japanese keyboards write digits
def test_expiry_is_renewed(client, session, card, typed):
    answer = client.post(
        f"{PATH}/{card.pk}/edit", {"expiry": typed, "name": "J. Rosen"}, follow=True
    )

    card.refresh_from_db()
    assert (card.exp_month, card.exp_year) == (1, 2040)
    assert card.billing_details["name"] == "J. Rosen"
    assert "Visa •••• 4242 was updated." in text_of(answer)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Fill this in."),
        ("13/40", "Write month and year, like 09/31."),
        ("00/40", "Write month and year, like 09/31."),
        ("12/2999", "Write month and year, like 09/31."),
        ("soon", "Write month and year, like 09/31."),
        ("01/20", "This date is over."),
    ],
)
def test_date_that_cannot_be_right_is_asked_for_again(client, session, card, typed, said):
    answer = client.post(f"{PATH}/{card.pk}/edit", {"expiry": typed})

    before = card.exp_year
    card.refresh_from_db()
    assert answer.status_code == 200
    assert said in text_of(answer)
    assert 'aria-invalid="true"' in answer.content.decode()
    assert card.exp_year == before


def test_bank_account_has_no_date(client, session, customer):
    account = seeds.card(
        customer, kind="sepa_debit", brand="", last4="3000", exp_month=None, exp_year=None
    )

    answer = client.post(
        f"{PATH}/{account.pk}/edit", {"name": "Jenny", "postal_code": "10115"}, follow=True
    )

    account.refresh_from_db()
    assert 'name="expiry"' not in client.get(f"{PATH}/{account.pk}/edit").content.decode()
    assert "SEPA Direct Debit •••• 3000 was updated." in text_of(answer)
    assert account.billing_details == {"name": "Jenny", "address": {"postal_code": "10115"}}


def test_method_is_removed_after_a_question(client, session, customer, card, other):
    asked = client.get(f"{PATH}/{card.pk}/remove")
    answer = client.post(f"{PATH}/{card.pk}/remove", follow=True)

    assert "Remove Visa •••• 4242?" in text_of(asked)
    assert "The newest of your other payment methods takes its place." in text_of(asked)
    assert "Visa •••• 4242 was removed." in text_of(answer)
    assert (kept(customer), default_of(customer)) == ({"4444"}, other.pk)


def test_only_method_stays_while_something_renews(client, verified, customer, card):
    seeds.subscription(customer, "Acme Premium")

    asked = client.get(f"{PATH}/{card.pk}/remove")
    answer = client.post(f"{PATH}/{card.pk}/remove")

    assert "This is your only payment method" in text_of(asked)
    assert ">Remove</button>" not in asked.content.decode()
    assert answer.status_code == 409
    assert kept(customer) == {"4242"}


def test_last_method_goes_after_a_fresh_code(client, session, sign_in, customer, card):
    before = client.post(f"{PATH}/{card.pk}/remove")
    kept_before = kept(customer)
    session.verified_at = clock.now()
    session.save()

    client.post(f"{PATH}/{card.pk}/remove")

    assert before["Location"].startswith("/portal/acme/verify?next=")
    assert (kept_before, kept(customer)) == ({"4242"}, set())


@pytest.mark.parametrize("act", ACTS)
def test_other_customers_methods_are_not_found(client, session, act):
    theirs = seeds.card(CustomerFactory())

    answer = client.post(f"{PATH}/{theirs.pk}/{act}", {"expiry": "01/40"})

    theirs.refresh_from_db()
    assert answer.status_code == 404
    assert (theirs.exp_year, theirs.customer_id is not None) == (clock.now().year + 3, True)


@pytest.mark.parametrize("act", ACTS)
def test_who_only_looks_changes_nothing(client, sign_in, customer, card, other, act):
    sign_in(customer, is_read_only=True, origin="staff", actor="robin@example.com")

    answer = client.post(f"{PATH}/{other.pk}/{act}", {"expiry": "01/40"})

    other.refresh_from_db()
    assert answer.status_code == 302
    assert (other.exp_year, default_of(customer)) == (clock.now().year + 3, card.pk)
    assert kept(customer) == {"4242", "4444"}


def test_configuration_can_leave_methods_alone(client, sign_in, customer, card):
    configuration = PortalConfigurationFactory()
    configuration.features["payment_method_update"]["enabled"] = False
    configuration.save()
    sign_in(customer, configuration=configuration)

    page = client.get(PATH)

    assert "Visa •••• 4242" in text_of(page)
    assert f"{PATH}/{card.pk}" not in page.content.decode()
    for path in (f"{PATH}/{card.pk}/edit", f"{PATH}/{card.pk}/remove", f"{PATH}/add"):
        assert client.get(path).status_code == 404
