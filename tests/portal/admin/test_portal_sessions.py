"""The portal from a customer's page: who sends a link, who looks, and what the audit log says of it."""

import pytest
from django.core import mail

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import AuditEntry, Customer, Message, Role
from customers.services import customers, messages
from portal.models import PortalSession
from portal.views import doors
from tests.customers.admin.page import fields, links
from tests.factories.customers import CustomerFactory

SEND, LOOK = "/admin/portal/portalsession/send/", "/admin/portal/portalsession/look/"


@pytest.fixture
def act(owner):
    """A function that confirms what a page asks."""

    def act(path, customer, **changes):
        address = f"{path}?customer={customer.pk}"
        return owner.post(address, fields(owner.get(address), **changes))

    return act


@pytest.mark.parametrize("path", [SEND, LOOK])
@pytest.mark.parametrize("role", Role.values)
def test_who_edits_customers_opens_their_portal(signed_in, customer, nothing_written, role, path):
    client = signed_in(role)

    with nothing_written():
        status = client.get(f"{path}?customer={customer.pk}").status_code

    assert status == (403 if role == Role.READ_ONLY else 200)


@pytest.mark.parametrize("path", [SEND, LOOK])
def test_who_only_looks_at_customers_does_neither(reader, customer, nothing_written, path):
    with nothing_written():
        answer = reader.post(f"{path}?customer={customer.pk}")

    assert answer.status_code == 403


def test_a_link_is_sent_once(act, owner, customer):
    address = f"{SEND}?customer={customer.pk}"
    sent = fields(owner.get(address))

    first, second = owner.post(address, sent), owner.post(address, sent)
    message = Message.objects.get(kind=Message.Kind.PORTAL_LINK)
    messages.send(message, at=clock.now())

    assert (first.status_code, second.status_code) == (302, 302)
    assert message.to == "jenny@example.com"
    assert "/portal/acme/" in mail.outbox[-1].body


def test_the_link_opens_the_portal_once(act, client, customer):
    act(SEND, customer)
    messages.send(Message.objects.get(kind=Message.Kind.PORTAL_LINK), at=clock.now())
    line = next(line for line in mail.outbox[-1].body.splitlines() if "/portal/acme/" in line)
    path = line[line.index("/portal/") :].strip()

    first = client.get(path)
    client.cookies.clear()
    second = client.get(path)

    assert (first.status_code, first["Location"]) == (303, "/portal/acme/overview")
    assert "/portal/acme?late=" in second["Location"]


def test_staff_look_and_the_audit_log_says_so(act, owner, customer):
    answer = act(LOOK, customer)

    session = PortalSession.objects.get()
    assert answer.url == "/portal/acme/overview"
    assert (session.origin, session.is_read_only, session.actor) == (
        "staff", True, "owner@example.com",
    )  # fmt: skip
    entry = AuditEntry.objects.get(action="customer.portal_viewed")
    assert (entry.object_id, entry.actor) == (customer.pk, "owner@example.com")
    assert owner.cookies[doors.cookie_name("acme")].value
    assert owner.get(answer.url).status_code == 200


def test_staff_who_look_change_nothing(act, owner, customer):
    act(LOOK, customer)

    answer = owner.post("/portal/acme/details", {"name": "Somebody Else"}, follow=True)

    assert "You are only looking: nothing was changed." in answer.content.decode()
    assert Customer.objects.get(pk=customer.pk).name == "Jenny Rosen"


@pytest.mark.parametrize("path", [SEND, LOOK])
def test_nobody_opens_what_is_not_there(owner, scope, path):
    gone = CustomerFactory()
    customers.delete(gone, at=clock.now())

    statuses = [owner.get(f"{path}?customer={pk}").status_code for pk in (gone.pk, "cus_none", "")]

    assert statuses == [404, 404, 404]


def test_nobody_opens_the_portal_of_another_site_s_customer(owner, customer, other):
    with scoped_to(other[0], livemode=False):
        theirs = CustomerFactory(site=other[0])

    assert owner.get(f"{LOOK}?customer={theirs.pk}").status_code == 404


def test_the_list_leads_to_customers(owner, scope):
    answer = owner.get("/admin/portal/portalsession/")

    assert answer.url == "/admin/customers/customer/"


def test_a_customer_without_an_address_gets_no_link(owner, scope):
    silent = CustomerFactory(email="")

    found = links(owner.get(f"/admin/customers/customer/{silent.pk}/"))

    assert f"{LOOK}?customer={silent.pk}" in found
    assert f"{SEND}?customer={silent.pk}" not in found
