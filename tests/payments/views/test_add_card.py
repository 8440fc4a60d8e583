"""A customer follows a link, types a test card, and has it saved: once, in time, for themselves."""

from datetime import timedelta

import pytest

from customers.kit import clock
from customers.kit.errors import InvalidState
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from payments.models import PaymentMethod
from payments.services import attachments, hosted_links
from tests.factories.customers import CustomerFactory
from tests.factories.payments import GatewayAccountFactory

CARD = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", "name": "Jenny Rosen"}


@pytest.fixture
def customer(scope):
    return CustomerFactory(name="Jenny Rosen", email="jenny@example.com")


@pytest.fixture
def link(customer, settings):
    return hosted_links.make(customer, at=clock.now()).removeprefix(settings.PUBLIC_URL)


def filled_in(client, link, **changes):
    """Follow the link and type a card on the vault's page."""
    page = client.get(link).url
    return client.post(page, {**CARD, **changes})


def methods(customer):
    rows = PaymentMethod.objects.of_customer(customer)
    return list(rows.values_list("brand", "last4", "exp_month", "exp_year"))


def test_card_is_saved_and_becomes_the_default(client, customer, link):
    filled_in(client, link)
    answer = client.get(f"{link}/done")

    assert answer.status_code == 200
    assert "The card ending in 4242" in answer.content.decode()
    assert methods(customer) == [("visa", "4242", 12, 2034)]
    method = PaymentMethod.objects.of_customer(customer).get()
    assert Customer.objects.get(pk=customer.pk).default_payment_method_id == method.pk


def test_link_works_outside_of_any_scope(client, site):
    with scoped_to(site, livemode=False):
        customer = CustomerFactory()
        link = hosted_links.make(customer, at=clock.now())
    path = "/" + link.split("/", 3)[3]

    filled_in(client, path)
    answer = client.get(f"{path}/done")

    assert answer.status_code == 200
    with scoped_to(site, livemode=False):
        assert len(methods(customer)) == 1


def test_coming_back_twice_saves_one_card(client, customer, link):
    filled_in(client, link)
    client.get(f"{link}/done")

    again = client.get(f"{link}/done")

    assert again.status_code == 200
    assert len(methods(customer)) == 1


def test_link_saves_one_card_only(client, customer, link):
    filled_in(client, link)
    client.get(f"{link}/done")

    answer = client.get(link)

    assert answer.status_code == 410
    assert "This link was used" in answer.content.decode()
    assert len(methods(customer)) == 1


def test_card_that_was_removed_does_not_come_back(client, customer, link):
    filled_in(client, link)
    client.get(f"{link}/done")
    attachments.detach(PaymentMethod.objects.of_customer(customer).get(), at=clock.now())

    answer = client.get(f"{link}/done")

    assert answer.status_code == 402
    assert methods(customer) == []


def test_nothing_is_saved_before_a_card_was_typed(client, customer, link):
    client.get(link)

    answer = client.get(f"{link}/done")

    assert answer.status_code == 402
    assert methods(customer) == []


def test_card_that_its_bank_does_not_let_be_saved_is_told_of(client, customer, link):
    filled_in(client, link, number="4000 0000 0000 0002")

    answer = client.get(f"{link}/done")

    assert answer.status_code == 402
    assert "Your card was declined." in answer.content.decode()
    assert methods(customer) == []


def test_old_link_is_over(client, customer, link, monkeypatch):
    later = clock.now() + hosted_links.LIVES + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)

    answers = [client.get(link), client.get(f"{link}/done")]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert methods(customer) == []


@pytest.mark.parametrize("end", ["", "/done"])
def test_forged_links_and_those_of_deleted_customers_are_not_found(client, customer, link, end):
    forged = link[:-6] + ("AAAAAA" if not link.endswith("AAAAAA") else "BBBBBB")
    Customer.objects.filter(pk=customer.pk).update(deleted_at=clock.now())

    codes = [client.get(path + end).status_code for path in (forged, link, "/add-card/x")]

    assert codes == [404, 404, 404]


def test_site_with_a_real_gateway_has_no_such_page(customer):
    GatewayAccountFactory(kind="stripe", is_active=True)

    with pytest.raises(InvalidState) as refusal:
        hosted_links.make(customer, at=clock.now())

    assert refusal.value.code == "hosted_page_missing"
    assert not hosted_links.is_possible()


def test_live_mode_has_no_such_page(site):
    with scoped_to(site, livemode=True):
        assert not hosted_links.is_possible()
