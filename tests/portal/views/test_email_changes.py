"""Another email address: only after a fresh code, by a code, and taken back by a link."""

import pytest
from django.contrib.auth.hashers import make_password

from customers.kit import clock
from customers.models import Customer
from portal.models import EmailChange, PortalSession
from portal.services import email_changes
from tests.portal.views.test_details import allow, text_of

PAGE = "/portal/acme/details/email"


@pytest.fixture
def fresh(sign_in, customer):
    return sign_in(customer, verified_at=clock.now())


def code():
    """Return the code, as if it had been sent."""
    EmailChange.objects.update(code_hash=make_password("314159"))
    return "314159"


def change(client):
    client.post(PAGE, {"email": "new@example.com"})
    return client.post(f"{PAGE}/code", {"code": code()})


def test_a_code_that_is_old_is_not_enough(client, session):
    answer = client.get(PAGE)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/portal/acme/verify?next=")


def test_the_address_is_changed_by_the_code(client, fresh, customer):
    asked = client.post(PAGE, {"email": " new@example.com "})
    typed = " ".join(code())

    answer = client.post(f"{PAGE}/code", {"code": typed})

    assert asked["Location"] == f"{PAGE}/code"
    assert answer["Location"] == "/portal/acme/details"
    page = text_of(client.get("/portal/acme/details"))
    assert "Your email address is changed." in page
    assert "new@example.com" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("nobody", "Write an email address, such as name@example.com."),
        ("jenny@example.com", "This is your address already."),
        ("", "Fill this in."),
    ],
)
def test_what_is_no_new_address_is_refused_in_words(client, fresh, typed, said):
    page = client.post(PAGE, {"email": typed})

    assert page.status_code == 400
    assert said in text_of(page)
    assert not EmailChange.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [("000 00", "The code has six digits."), ("wrong!", "The code has six digits.")],
)
def test_what_is_no_code_is_refused_in_words(client, fresh, customer, typed, said):
    client.post(PAGE, {"email": "new@example.com"})

    page = client.post(f"{PAGE}/code", {"code": typed})

    assert page.status_code == 400
    assert said in text_of(page)
    assert EmailChange.objects.get().tries == 0


def test_a_wrong_code_is_counted(client, fresh, customer):
    client.post(PAGE, {"email": "new@example.com"})

    code()

    page = client.post(f"{PAGE}/code", {"code": "271828"})

    assert "This code is not right." in text_of(page)
    assert EmailChange.objects.get().tries == 1
    assert Customer.objects.get(pk=customer.pk).email == "jenny@example.com"


def test_without_a_change_there_is_no_page_for_a_code(client, fresh):
    assert client.get(f"{PAGE}/code")["Location"] == PAGE


def test_a_configuration_can_keep_the_address(client, fresh):
    allow(fresh, "name")

    assert client.get(PAGE).status_code == 404


def test_the_link_asks_before_it_takes_back(client, fresh, customer):
    change(client)
    path = f"/portal/acme/email-undo/{email_changes.undo_token(EmailChange.objects.get())}"
    client.cookies.clear()

    asked = client.get(path)
    still = Customer.objects.get(pk=customer.pk).email
    done = client.post(path)

    assert (asked.status_code, still) == (200, "new@example.com")
    assert "Your address is jenny@example.com again." in text_of(done)
    assert Customer.objects.get(pk=customer.pk).email == "jenny@example.com"
    assert PortalSession.objects.get().ended_at is not None
    assert client.post(path).status_code == 410


def test_what_is_no_link_is_not_found(client, site):
    assert client.get("/portal/acme/email-undo/abc").status_code == 404
