"""Changes of email addresses: nobody but who reads the new address makes one, and who reads the old one undoes it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail

from customers.kit.errors import InvalidRequest, InvalidState, NotFound, RateLimited
from customers.models import Customer, EmailUniqueness, Message, Site
from customers.services import customers, messages
from portal.models import EmailChange, PortalSession
from portal.services import devices, email_changes
from tests.factories.customers import CustomerFactory
from tests.factories.portal import PortalSessionFactory

NEW, IP = "new@example.com", "192.0.2.7"
CODE, WRONG = "314159", "271828"


def emails():
    return sorted(Message.objects.values_list("kind", "to"))


def asked(session, at, email=NEW):
    """Ask for a code, as if it had been sent."""
    change = email_changes.begin(session, email=email, ip=IP, at=at)
    EmailChange.objects.filter(pk=change.pk).update(code_hash=make_password(CODE))
    change.refresh_from_db()
    return change


def confirm(change, at, code=CODE):
    return email_changes.confirm(change, code=code, ip=IP, at=at)


def changed(session, at, email=NEW):
    change = asked(session, at, email)
    confirm(change, at)
    change.refresh_from_db()
    return change


def address_of(customer):
    return Customer.objects.get(pk=customer.pk).email


def test_a_code_goes_to_the_new_address_and_nothing_changes_yet(session, customer, at):
    change = asked(session, at)

    assert address_of(customer) == "jenny@example.com"
    assert emails() == [("email_code", NEW)]
    assert email_changes.pending(session, at=at) == change


def test_the_right_code_changes_the_address_and_tells_the_old_one(session, customer, at):
    change = changed(session, at)

    assert address_of(customer) == NEW
    assert emails() == [("email_changed", "jenny@example.com"), ("email_code", NEW)]
    assert change.undo_until == at + timedelta(hours=24)
    assert email_changes.pending(session, at=at) is None


def test_who_is_signed_in_elsewhere_is_signed_out(session, customer, at):
    elsewhere = PortalSessionFactory(customer=customer)
    devices.trust(customer, at=at)

    changed(session, at)

    ended = dict(PortalSession.objects.values_list("pk", "ended_at"))
    assert ended == {session.pk: None, elsewhere.pk: at}
    assert devices.of_customer(Customer.objects.get(pk=customer.pk), at=at) == []


def test_a_wrong_code_changes_nothing_and_five_are_all(session, customer, at):
    change = asked(session, at)
    for _ in range(5):
        with pytest.raises(InvalidRequest):
            confirm(change, at, WRONG)

    with pytest.raises(InvalidState, match="no longer good"):
        confirm(change, at)

    assert address_of(customer) == "jenny@example.com"


def test_a_code_is_over_after_ten_minutes(session, customer, at):
    change = asked(session, at)

    with pytest.raises(InvalidState, match="no longer good"):
        confirm(change, at + timedelta(minutes=10))

    assert address_of(customer) == "jenny@example.com"


def test_only_the_newest_code_counts_and_only_where_it_was_asked_for(session, customer, at):
    asked(session, at)
    newest = asked(session, at + timedelta(seconds=1))
    elsewhere = PortalSessionFactory(customer=customer)

    assert email_changes.pending(session, at=at) == newest
    assert email_changes.pending(elsewhere, at=at) is None


def test_only_so_many_codes_are_sent_in_an_hour(session, at):
    for number in range(5):
        asked(session, at, f"new{number}@example.com")

    with pytest.raises(RateLimited):
        asked(session, at)

    asked(session, at + timedelta(hours=1))
    assert EmailChange.objects.count() == 6


def test_nobody_floods_an_address(session, customer, at):
    for _ in range(6):
        asked(PortalSessionFactory(customer=CustomerFactory()), at)

    with pytest.raises(RateLimited):
        asked(session, at, NEW.upper())


def test_the_same_address_is_no_change(session, at, nothing_written):
    with nothing_written(), pytest.raises(InvalidRequest, match="already"):
        asked(session, at, "JENNY@example.com")


def test_an_address_that_is_another_s_is_told_only_to_who_reads_it(site, session, customer, at):
    Site.objects.filter(pk=site.pk).update(email_uniqueness=EmailUniqueness.ENFORCE)
    site.refresh_from_db()
    customers.create(details={"email": NEW}, at=at)
    change = asked(session, at)

    with pytest.raises(InvalidRequest) as refused:
        confirm(change, at)

    assert refused.value.code == "resource_already_exists"
    assert address_of(customer) == "jenny@example.com"


def test_the_old_address_s_reader_takes_it_back(site, session, customer, at):
    change = changed(session, at)
    token = email_changes.undo_token(change)
    later = at + timedelta(hours=23)

    email_changes.undo(email_changes.to_undo(site, token, at=later), at=later)

    assert address_of(customer) == "jenny@example.com"
    assert PortalSession.objects.get(pk=session.pk).ended_at == later
    with pytest.raises(InvalidState):
        email_changes.to_undo(site, token, at=later)


def test_a_second_change_does_not_hide_the_first(session, customer, at):
    first = changed(session, at)
    session.customer.refresh_from_db()
    second = changed(session, at + timedelta(minutes=1), "thief@example.com")

    email_changes.undo(first, at=at + timedelta(minutes=2))

    second.refresh_from_db()
    assert address_of(customer) == "jenny@example.com"
    assert second.undone_at == at + timedelta(minutes=2)


def test_what_the_merchant_changed_since_is_not_undone(session, customer, at):
    change = changed(session, at)
    customers.update(customer, details={"email": "desk@example.com"}, at=at)

    with pytest.raises(InvalidState, match="by the merchant"):
        email_changes.undo(change, at=at)

    assert address_of(customer) == "desk@example.com"


def test_a_link_is_over_after_a_day(site, session, at):
    token = email_changes.undo_token(changed(session, at))

    with pytest.raises(InvalidState, match="too old"):
        email_changes.to_undo(site, token, at=at + timedelta(hours=24))


def test_a_link_opens_nothing_at_another_site(other, session, at):
    token = email_changes.undo_token(changed(session, at))

    with pytest.raises(NotFound):
        email_changes.to_undo(other[0], token, at=at)


@pytest.mark.parametrize("token", ["", "abc", "%%%", "ü", "A" * 500])
def test_what_is_no_link_is_not_found(site, scope, token, at):
    with pytest.raises(NotFound):
        email_changes.to_undo(site, token, at=at)


def test_the_code_is_in_the_email_that_is_sent_and_nowhere_else(session, customer, at):
    change = email_changes.begin(session, email=NEW, ip=IP, at=at)

    messages.send(Message.objects.get(), at=at)

    (letter,) = mail.outbox
    (code,) = re.findall(r"^[0-9]{6}$", letter.body, re.MULTILINE)
    assert (letter.to, letter.subject) == ([NEW], "[Test] Your code for Acme")
    assert code not in Message.objects.get().text + Message.objects.get().html
    change.refresh_from_db()
    confirm(change, at, code)
    assert address_of(customer) == NEW


def test_a_code_that_would_be_too_old_is_not_sent(session, at):
    asked(session, at)

    messages.send(Message.objects.get(), at=at + timedelta(minutes=10))

    assert Message.objects.get().status == "failed"
    assert mail.outbox == []


def test_the_old_address_gets_a_link_and_not_the_whole_new_address(site, session, at):
    change = changed(session, at)

    messages.send(Message.objects.get(kind="email_changed"), at=at)

    (letter,) = mail.outbox
    (token,) = re.findall(r"/portal/acme/email-undo/(\S+)", letter.body)
    assert (letter.to, letter.subject) == (
        ["jenny@example.com"], "[Test] Your email address at Acme was changed",
    )  # fmt: skip
    assert "n•••@example.com" in letter.body
    assert NEW not in letter.body
    assert token not in Message.objects.get(kind="email_changed").text
    assert email_changes.to_undo(site, token, at=at) == change
