"""Returning customers at a checkout: saved cards after a code or on a trusted device, and with the security code."""

import pytest
from django.contrib.auth.hashers import make_password

from customers.kit import clock
from customers.models import Customer
from portal.models import SignIn
from portal.services import checkouts, devices
from portal.views import doors
from tests.card_entry import asked
from tests.portal.checking_out import till
from tests.portal.views.test_checkouts import described, path_of, text_of

__all__ = ["till"]


@pytest.fixture
def jenny(till):
    pk = till.post("customers", email="jenny@example.com")["id"]
    till.post("payment_methods/pm_card_visa/attach", customer=pk)
    return Customer.objects.get(pk=pk)


def show(client, session, code="314159", trust=""):
    """Ask for a code, and type it as if it had been sent."""
    client.post(path_of(session), {"act": "ask"})
    SignIn.objects.update(code_hash=make_password("314159"))
    return client.post(path_of(session), {"act": "guess", "code": code, "trust": trust})


def pay_saved(client, session, card, *, code="123"):
    page = client.get(path_of(session))
    answer = asked(client, page, {"cvc_update": {"cvc": code}}) if code else None
    said = {
        "act": "pay", "paying": "saved", "saved": card, "act_key": "s" * 24,
        "amount": checkouts.get(session.pk).amount_due,
        "cvc_token": answer.json()["id"] if answer else "",
    }  # fmt: skip
    return client.post(path_of(session), said)


def card_of(customer):
    return customer.payment_methods.get().pk


def test_an_email_alone_shows_no_saved_card(client, till, jenny):
    session = till.session()

    described(client, session)

    assert "4242" not in text_of(client.get(path_of(session))).replace("data-card", "")


def test_a_code_shows_the_saved_card_which_pays_with_its_security_code(client, till, jenny):
    session = till.session()
    described(client, session)

    show(client, session)
    page = text_of(client.get(path_of(session)))
    answer = pay_saved(client, session, card_of(jenny))

    assert card_of(jenny) in page
    assert "data-card-code" in page
    assert answer.status_code == 302
    row = checkouts.get(session.pk)
    assert (row.status, row.customer_id) == ("complete", jenny.pk)


def test_without_the_security_code_nothing_is_paid(client, till, jenny):
    session = till.session()
    described(client, session)
    show(client, session)

    page = pay_saved(client, session, card_of(jenny), code="")

    assert page.status_code == 400
    assert checkouts.get(session.pk).status == "open"


def test_a_wrong_code_shows_nothing(client, till, jenny):
    session = till.session()
    described(client, session)

    page = show(client, session, code="271828")

    assert page.status_code == 400
    assert card_of(jenny) not in text_of(client.get(path_of(session)))


def test_another_browser_sees_nothing_of_what_one_has_shown(client, till, jenny):
    session = till.session()
    described(client, session)
    show(client, session)
    client.cookies.clear()

    page = client.get(path_of(session))
    answer = pay_saved(client, session, card_of(jenny))

    assert card_of(jenny) not in text_of(page)
    assert answer.status_code == 400
    assert checkouts.get(session.pk).status == "open"


def test_a_trusted_device_shows_the_saved_card_without_a_code(client, till, jenny):
    session = till.session()
    described(client, session)
    name = doors.device_cookie_name("acme")
    client.cookies[name] = before = devices.trust(jenny, at=clock.now())

    page = client.get(path_of(session), follow=True)

    assert card_of(jenny) in text_of(page)
    assert client.cookies[name].value != before


def test_somebody_else_s_trusted_device_shows_nothing(client, till, jenny):
    other = till.post("customers", email="other@example.com")["id"]
    session = till.session()
    described(client, session)
    trusted = devices.trust(Customer.objects.get(pk=other), at=clock.now())
    client.cookies[doors.device_cookie_name("acme")] = trusted

    page = client.get(path_of(session), follow=True)

    assert card_of(jenny) not in text_of(page)
    assert client.cookies[doors.device_cookie_name("acme")].value == trusted


@pytest.mark.parametrize(
    ("policy", "is_trusted", "status"),
    [
        ("unless_trusted", True, "complete"),
        ("unless_trusted", False, "open"),
        ("always", True, "open"),
        ("never", False, "complete"),
    ],
)
def test_the_site_says_whether_a_saved_card_needs_its_code(
    client, till, site, jenny, policy, is_trusted, status
):
    site.asks_security_codes = policy
    site.save()
    session = till.session()
    described(client, session)
    show(client, session, trust="1" if is_trusted else "")

    page = client.get(path_of(session))
    pay_saved(client, session, card_of(jenny), code="")

    assert ("data-card-code" in text_of(page)) == (status == "open")
    assert checkouts.get(session.pk).status == status


def test_a_device_that_is_trusted_no_more_needs_the_code_at_once(client, till, site, jenny):
    site.asks_security_codes = "unless_trusted"
    site.save()
    session = till.session()
    described(client, session)
    show(client, session, trust="1")
    devices.revoke_all(jenny, at=clock.now())

    page = pay_saved(client, session, card_of(jenny), code="")

    assert page.status_code == 400
    assert checkouts.get(session.pk).status == "open"
