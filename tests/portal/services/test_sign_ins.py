"""Signing in by email: what is done for any address, and how hopeless guessing is."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from customers.kit import clock
from customers.kit.errors import InvalidRequest, InvalidState, RateLimited
from customers.kit.tenancy import scoped_to
from customers.models import Customer, Message
from customers.services import messages
from portal.models import PortalSession, SignIn
from portal.services import limits, sessions, sign_ins
from tests.factories.customers import CustomerFactory
from tests.factories.portal import PortalSessionFactory

IP = "203.0.113.7"


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def ask(at):
    def ask(address="jenny@example.com", **more):
        return sign_ins.ask(address, **{"language": "en", "ip": IP, "at": at, **more})

    return ask


@pytest.fixture
def mailed(at):
    """Does what the worker does for a sign-in, and returns the code and the link's secret that were sent; else None."""

    def mailed(row):
        message = sign_ins.send(row.pk, at=at)
        if message is None:
            return None
        messages.send(message, at=at)
        return _code_and_secret(mail.outbox[-1])

    return mailed


def _code_and_secret(letter):
    lines = letter.body.splitlines()
    code = next(line for line in lines if line.isdigit())
    secret = next(line.rpartition("/s/")[2] for line in lines if "/s/" in line)
    return code, secret


def _guess(row, code, at, ip=IP):
    return sign_ins.guess(row, code, ip=ip, at=at)


def _wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_code_that_was_sent_lets_the_customer_in(customer, ask, mailed, at):
    row = ask(wanted="/portal/acme/invoices")
    code, _secret = mailed(row)

    _guess(row, code, at)
    session, token = sign_ins.enter(row, customer, agent="Firefox, Windows", at=at)

    found = sessions.with_token("acme", token)
    assert found == session
    assert (found.customer, found.origin, found.verified_at) == (
        customer,
        PortalSession.Origin.CODE,
        at,
    )
    assert sessions.is_open(found, at=at)


@pytest.mark.parametrize("typed", ["{0} {1}", "{0}-{1}", " {0}{1}\n"])
def test_a_code_is_read_however_it_is_typed(customer, ask, mailed, at, typed):
    row = ask()
    code, _secret = mailed(row)

    assert _guess(row, typed.format(code[:3], code[3:]), at).verified_at == at


def test_full_width_digits_are_digits(customer, ask, mailed, at):
    row = ask()
    code, _secret = mailed(row)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)

    assert _guess(row, wide, at).verified_at == at


def test_the_letter_that_is_kept_has_neither_code_nor_link(customer, ask, mailed):
    row = ask()
    code, secret = mailed(row)

    message = Message.objects.get(kind="sign_in")
    assert (message.status, message.to) == ("sent", "jenny@example.com")
    assert mail.outbox[-1].extra_headers["Priority"] == "urgent"
    kept = message.text + message.html + message.subject
    assert code not in kept
    assert secret not in kept
    assert sign_ins.CODE_PLACE in kept
    assert sign_ins.LINK_PLACE in kept


def test_neither_code_nor_link_nor_address_lies_in_the_database(customer, ask, mailed):
    row = ask()
    code, secret = mailed(row)
    row.refresh_from_db()

    kept = f"{row.code_hash} {bytes(row.link_hash)} {bytes(row.address_hash)} {bytes(row.address_sealed)}"
    assert not any(said in kept for said in (code, secret, "jenny"))


def test_an_unknown_address_gets_a_row_and_a_job_and_no_mail(customer, ask, mailed):
    row = ask("nobody@example.com")

    assert ProcrastinateJob.objects.filter(
        task_name="portal.send_code", args={"sign_in_id": row.pk}
    ).exists()
    assert mailed(row) is None
    assert mail.outbox == []


def test_asking_does_the_same_for_every_address(customer, ask):
    known, unknown = (
        _statements(lambda address=address: ask(address))
        for address in ("jenny@example.com", "nobody@example.com")
    )

    assert known == unknown


def test_guessing_does_the_same_for_every_address(monkeypatch, customer, ask, mailed, at):
    checked = []
    monkeypatch.setattr(
        sign_ins, "check_password", lambda code, kept: checked.append(kept.split("$")[0]) or False
    )
    rows = [ask(), ask("nobody@example.com")]
    mailed(rows[0])

    known, unknown = (_statements(lambda row=row: _refused(row, at)) for row in rows)

    assert known == unknown
    assert checked[0] == checked[1]


def _refused(row, at):
    with pytest.raises(InvalidRequest):
        _guess(row, "000000", at)


def _statements(act):
    with CaptureQueriesContext(connection) as captured:
        act()
    return [query["sql"].split('"s1')[0].split("VALUES")[0][:60] for query in captured]


def test_after_five_guesses_the_right_code_is_wrong_too(customer, ask, mailed, at):
    row = ask()
    code, _secret = mailed(row)
    for _ in range(5):
        with pytest.raises(InvalidRequest):
            _guess(row, _wrong(code), at)

    with pytest.raises(InvalidState):
        _guess(row, code, at)

    row.refresh_from_db()
    assert (row.tries, row.verified_at) == (5, None)


def test_guesses_cannot_be_spread_over_several_codes(customer, ask, mailed, at):
    first, second = ask(), ask()
    code, _secret = mailed(second)

    with pytest.raises(InvalidState):
        _guess(first, code, at)


def test_the_code_of_one_address_is_not_that_of_another(monkeypatch, customer, ask, mailed, at):
    codes = iter([111111, 222222])
    monkeypatch.setattr(sign_ins.secrets, "randbelow", lambda _below: next(codes))
    CustomerFactory(email="other@example.com")
    ours, theirs = ask(), ask("other@example.com")
    mailed(ours)
    mailed(theirs)

    with pytest.raises(InvalidRequest):
        _guess(ours, "222222", at)

    assert _guess(theirs, "222222", at).verified_at == at


def test_ten_guesses_an_hour_are_all_that_an_address_gets(customer, ask, mailed, at):
    for _ in range(2):
        row = ask()
        code, _secret = mailed(row)
        for _ in range(5):
            with pytest.raises(InvalidRequest):
                _guess(row, _wrong(code), at, ip="198.51.100.1")
    row = ask()
    code, _secret = mailed(row)

    with pytest.raises(RateLimited):
        _guess(row, code, at, ip="192.0.2.1")

    row.refresh_from_db()
    assert (row.tries, row.verified_at) == (0, None)


def test_six_mails_an_hour_are_all_that_an_address_gets(customer, ask, at):
    for _ in range(6):
        ask(ip="198.51.100.1")

    with pytest.raises(RateLimited):
        ask("JENNY@example.com", ip="192.0.2.1")

    assert ask(at=at + timedelta(hours=1)).tries == 0
    assert SignIn.objects.count() == 7


def test_a_browser_asks_again_three_times(customer, ask):
    row = ask()
    for _ in range(3):
        row = ask(again=row)

    with pytest.raises(RateLimited):
        ask(again=row)


@pytest.mark.parametrize(
    ("first", "second"),
    [("203.0.113.{}", "198.51.100.1"), ("2001:db8:1:2::{}", "2001:db8:1:3::1")],
)
def test_a_network_has_a_limit_of_its_own(scope, at, first, second):
    hashes = (sign_ins.hash_of_address(f"a{n}@example.com") for n in range(100))
    allowed = [
        limits.allow("mails", address_hash=next(hashes), ip=first.format(n + 1), at=at)
        for n in range(61)
    ]

    assert allowed == [True] * 60 + [False]
    assert limits.allow("mails", address_hash=next(hashes), ip=second, at=at)


def test_a_code_is_good_for_ten_minutes(customer, ask, mailed, at):
    row = ask()
    code, _secret = mailed(row)

    with pytest.raises(InvalidState):
        _guess(row, code, at + timedelta(minutes=10))


def test_a_code_lets_in_once(customer, ask, mailed, at):
    row = ask()
    code, _secret = mailed(row)
    _guess(row, code, at)
    sign_ins.enter(row, customer, agent="", at=at)

    with pytest.raises(InvalidState):
        sign_ins.enter(row, customer, agent="", at=at)
    with pytest.raises(InvalidState):
        _guess(row, code, at)

    assert PortalSession.objects.count() == 1


def test_without_a_code_nobody_enters(customer, ask, at):
    with pytest.raises(InvalidState):
        sign_ins.enter(ask(), customer, agent="", at=at)


def test_the_link_is_as_good_as_the_code_once(customer, ask, mailed, at):
    row = ask()
    _code, secret = mailed(row)

    found = sign_ins.by_link(secret)
    sign_ins.confirm(found, at=at)

    assert found == row
    with pytest.raises(InvalidState):
        sign_ins.confirm(found, at=at)
    assert sign_ins.by_link("another") is None


def test_a_letter_that_is_sent_once_more_has_another_code(customer, ask, mailed, at):
    row = ask()
    _first, first_secret = mailed(row)
    Message.objects.update(status="queued", sent_at=None, next_attempt_at=at)
    second, second_secret = mailed(row)

    row.refresh_from_db()
    assert sign_ins.by_link(first_secret) is None
    assert sign_ins.by_link(second_secret) == row
    assert _guess(row, second, at).verified_at == at


def test_a_letter_that_comes_too_late_is_not_sent(customer, ask, at):
    message = sign_ins.send(ask().pk, at=at)

    sent = messages.send(message, at=at + timedelta(minutes=11))

    assert (sent.status, mail.outbox) == ("failed", [])


def test_each_site_and_mode_has_its_own_customers(site, other, customer, ask, mailed):
    with scoped_to(other[0], livemode=False):
        theirs = ask()
        assert mailed(theirs) is None
    with scoped_to(site, livemode=True):
        live = ask()
        assert mailed(live) is None

    assert mail.outbox == []


def test_several_customers_with_an_address_are_all_found(customer, ask):
    second = CustomerFactory(email="JENNY@example.com")
    CustomerFactory(email="jenny@example.com", deleted_at=clock.now())

    found = sign_ins.customers_of(ask())

    assert found == [customer, second]


def test_a_late_link_goes_on_with_what_it_was_for(customer, ask, mailed, at):
    late = PortalSessionFactory(
        customer=customer, flow={"type": "payment_method_update"}, locale="fr"
    )
    CustomerFactory(email=customer.email)
    row = ask(customer.email, resumes=late)
    code, _secret = mailed(row)

    _guess(row, code, at)
    (only,) = sign_ins.customers_of(row)
    session, _token = sign_ins.enter(row, only, agent="", at=at)

    assert only == customer
    assert (session.flow, session.locale) == ({"type": "payment_method_update"}, "fr")


def test_another_address_than_the_one_that_was_asked_lets_nobody_in(customer, ask, at):
    late = PortalSessionFactory(customer=customer)
    row = ask(customer.email, resumes=late)
    Customer.objects.filter(pk=customer.pk).update(email="new@example.com")

    assert sign_ins.customers_of(sign_ins.get(row.pk)) == []


def test_who_shows_again_who_they_are_keeps_the_session_under_another_secret(
    customer, ask, mailed, at
):
    session = PortalSessionFactory(customer=customer, token="before")
    row = ask(customer.email, renews=session)
    code, _secret = mailed(row)

    _guess(row, code, at)
    renewed, token = sign_ins.enter(row, customer, agent="", at=at)

    assert (renewed.pk, renewed.verified_at) == (session.pk, at)
    assert sessions.with_token("acme", "before") is None
    assert sessions.with_token("acme", token) == session


def test_what_is_old_is_forgotten(customer, ask, at):
    ask()

    assert sign_ins.forget(at=at + timedelta(hours=24)) == 0
    assert sign_ins.forget(at=at + timedelta(hours=25)) == 1
