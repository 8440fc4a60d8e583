"""Pages for what goes wrong: ours in every case, and never a stack of calls."""

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from config import pages

HERE = "Request <code>req_"


@pytest.mark.parametrize(
    "path", ["/nowhere", "/admin/nowhere/", "/admin/customers/customer/nowhere/change/"]
)
def test_what_is_not_there(owner, path):
    answer = owner.get(path)

    assert answer.status_code == 404
    assert "There is no such page." in answer.content.decode()
    assert HERE in answer.content.decode()


def test_what_an_operator_may_not_see(reader):
    answer = reader.get("/admin/customers/customer/add/")

    assert answer.status_code == 403
    assert "Your role does not allow this here." in answer.content.decode()


@pytest.mark.parametrize("path", ["/admin/?q=%00", "/admin/customers/customer/?email__icontains=a"])
def test_what_cannot_be_read(owner, path):
    answer = owner.get(path)

    assert answer.status_code == 400
    assert "This request cannot be read." in answer.content.decode()


def test_more_than_can_be_read(owner, nothing_written):
    with nothing_written():
        answer = owner.post("/admin/customers/customer/add/", {"name": "x" * 1_100_000})

    assert answer.status_code == 413
    assert "That is more than this page takes." in answer.content.decode()


def test_a_method_that_a_page_does_not_take(owner):
    answer = owner.delete("/docs/api")

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert "This page cannot be asked for in this way." in answer.content.decode()


def test_customers_are_not_led_to_the_dashboard(client):
    text = client.get("/portal/nowhere/else", headers={"Accept-Language": "th"}).content.decode()

    assert "ไม่พบหน้านี้" in text
    assert "/admin/" not in text


def test_a_form_from_elsewhere(operator_with, nothing_written):
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator_with("owner"))

    with nothing_written():
        answer = client.post("/admin/customers/customer/add/", {"name": "Ada"})

    assert answer.status_code == 403
    assert "This form is out of date." in answer.content.decode()


def test_a_bug(owner, monkeypatch):
    def broken(_request):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("customers.admin.home.context", broken)
    owner.raise_request_exception = False

    answer = owner.get("/admin/")

    assert answer.status_code == 500
    assert "Something went wrong on our side." in answer.content.decode()
    assert "secret detail" not in answer.content.decode()


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_cannot_be_used(owner, monkeypatch, error):
    def broken(_request):
        raise error("could not connect to ada@example.com")

    monkeypatch.setattr("customers.admin.home.context", broken)
    owner.raise_request_exception = False

    answer = owner.get("/admin/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "This is out of order for a moment." in answer.content.decode()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 500, 503])
def test_every_error_has_the_same_page(rf, status):
    answer = pages._error(rf.get("/"), status, "<b>What happened</b>")

    text = answer.content.decode()
    assert answer.status_code == status
    assert f'<p class="status">{status}</p>' in text
    assert "<h1>&lt;b&gt;What happened&lt;/b&gt;</h1>" in text
    assert HERE not in text


def test_staff_stay_in_the_dashboard(owner, reader):
    lost = owner.get("/admin/customers/customer/nowhere/").content.decode()
    refused = reader.get("/admin/customers/customer/add/").content.decode()
    strange = Client().get("/nowhere").content.decode()

    assert ['aria-label="Main menu"' in text for text in (lost, refused, strange)] == [
        True, True, False,
    ]  # fmt: skip
    assert "It may belong to another site or to the other mode" in lost
    assert "Your role does not allow this here." in refused


def test_a_form_from_elsewhere_says_nothing_of_roles(operator_with):
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator_with("owner"))

    text = client.post("/admin/customers/customer/add/", {"name": "Ada"}).content.decode()

    assert 'aria-label="Main menu"' in text
    assert "Your role" not in text
