"""Erasing customers: planned, asked for, begun when nothing is open, and gone on with after an interruption."""

from datetime import date, timedelta

import pytest

from customers.events.models import Event
from customers.kit import clock
from customers.kit.errors import InvalidState
from customers.kit.provenance import NotPermitted, Provenance, acting
from customers.kit.tenancy import scoped_to
from customers.models import AuditEntry, Consent, Customer, Erasure, Tombstone
from customers.services import (
    consents,
    customers,
    erasing,
    erasures,
    notes,
    retention_laws,
    tombstones,
)
from payments.billing.models import Invoice, Subscription
from payments.money import Money
from payments.services import charges, payment_methods
from tests.factories.billing import InvoiceFactory, SubscriptionFactory, SubscriptionItemFactory
from tests.factories.customers import CustomerFactory, NoteFactory, OperatorFactory, SiteFactory

Status = Erasure.Status
EMAIL = "ada.lovelace@example.com"


@pytest.fixture
def ada(scope, at):
    details = {
        "name": "Ada Lovelace-Byron",
        "email": EMAIL,
        "address": {"line1": "12 Analytical Row", "country": "GB"},
    }
    return customers.create(details=details, at=at)


def carried_out(erasure, *, until=None):
    return erasures.run(
        erasure.pk, until=until or clock.now() + timedelta(minutes=5), now=clock.now
    )


def test_a_customer_is_erased(ada, at):
    erasure = carried_out(erasures.create(ada, at=at))

    stored = Customer.objects.get(pk=ada.pk)
    assert (erasure.status, erasure.findings, bytes(erasure.sealed_values)) == (
        Status.DONE,
        [],
        b"",
    )
    assert erasure.counts["addresses"] == {"removed": 1}
    assert erasure.counts["customer"] == {"redacted": 1}
    assert (stored.email, stored.name, stored.deleted_at is None) == ("", "", False)
    assert str(stored) == ada.pk


def test_what_happens_is_told_without_who_it_was(ada, at):
    carried_out(erasures.create(ada, at=at))

    told = Event.objects.filter(customer_id=ada.pk).order_by("sequence")
    assert [event.type for event in told] == [
        "customer.created", "customer.address.created", "customer.erasure.created",
        "customer.deleted", "customer.erased",
    ]  # fmt: skip
    assert [event.snapshot["customer"] for event in told if "eras" in event.type] == [ada.pk] * 2


# -- the plan ----------------------------------------------------------------------------------------------------------


def test_the_plan_counts_what_there_is(ada, at):
    NoteFactory(customer=ada)
    InvoiceFactory(customer=ada, status=Invoice.Status.OPEN, finalized_at=at)
    SubscriptionItemFactory(subscription=SubscriptionFactory(customer=ada))

    plan = erasures.plan(ada)

    counted = {line.treatment.name: (line.treatment.act.value, line.count) for line in plan.lines}
    assert counted["notes"] == ("removed", 1)
    assert counted["invoices"] == ("kept", 1)
    assert counted["customer"] == ("redacted", 1)
    assert [(item.name, item.count) for item in plan.waits_for] == [("invoices", 1)]
    assert [(item.name, item.count) for item in plan.ends] == [("subscriptions", 1)]


@pytest.mark.parametrize(
    ("country", "settings", "years"),
    [
        pytest.param("DE", {}, 8, id="Germany"),
        pytest.param("FR", {}, 10, id="France"),
        pytest.param("TH", {}, 5, id="Thailand"),
        pytest.param("BR", {}, 10, id="no entry"),
        pytest.param("DE", {"documents": 10}, 10, id="the site's own"),
    ],
)
def test_documents_are_kept_as_the_law_of_the_site_s_country_wants(country, settings, years):
    law = retention_laws.of(SiteFactory.build(country=country, retention=settings))

    assert law.years == years
    assert retention_laws.end(date(2026, 2, 3), law) == date(2026 + years, 12, 31)


def test_a_plan_says_until_when_documents_are_kept(ada, at):
    InvoiceFactory(customer=ada, status=Invoice.Status.OPEN, finalized_at=at)

    assert erasures.plan(ada).kept_until == date(at.year + 7, 12, 31)


def test_planning_writes_nothing(ada, nothing_written):
    with nothing_written():
        erasures.plan(ada)


# -- asking for it -----------------------------------------------------------------------------------------------------


def test_asking_twice_is_asking_once(ada, at):
    first = erasures.create(ada, at=at)

    assert erasures.create(ada, at=at).pk == first.pk


def test_a_customer_s_wish_is_due_within_a_month(ada, at):
    wish = erasures.request(ada, at=at)

    assert (wish.status, wish.due_at) == (Status.REQUESTED, at + timedelta(days=30))
    assert carried_out(wish).status == Status.REQUESTED  # nobody has decided
    with pytest.raises(InvalidState):
        erasures.request(ada, at=at)


def test_a_wish_is_granted(ada, at):
    wish = erasures.request(ada, at=at)

    granted = erasures.create(ada, at=at)

    assert (granted.pk, granted.status) == (wish.pk, Status.WAITING)
    assert carried_out(granted).status == Status.DONE


def test_an_erasure_is_called_off_before_it_begins(ada, at):
    erasure = erasures.cancel(erasures.create(ada, at=at), at=at)

    assert carried_out(erasure).status == Status.CANCELED
    assert Customer.objects.get(pk=ada.pk).email == EMAIL
    with pytest.raises(InvalidState):
        erasures.cancel(erasure, at=at)


def test_staff_without_the_power_erase_nobody(ada, at, nothing_written):
    with (
        nothing_written(),
        acting(Provenance(door="dashboard", powers=frozenset({"edit customers"}))),
        pytest.raises(NotPermitted),
    ):
        erasures.create(ada, at=at)


# -- beginning ---------------------------------------------------------------------------------------------------------


def test_it_waits_until_nothing_is_open(ada, at):
    invoice = InvoiceFactory(customer=ada, status=Invoice.Status.OPEN, finalized_at=at)
    erasure = erasures.create(ada, at=at)

    assert carried_out(erasure).status == Status.WAITING
    assert not Customer.objects.get(pk=ada.pk).is_deleted

    Invoice.objects.filter(pk=invoice.pk).update(status=Invoice.Status.VOID)

    assert carried_out(erasure).status == Status.DONE


def test_subscriptions_end_with_it(ada, at):
    subscription = SubscriptionItemFactory(
        subscription=SubscriptionFactory(customer=ada)
    ).subscription

    carried_out(erasures.create(ada, at=at))

    assert Subscription.objects.get(pk=subscription.pk).status == Subscription.Status.CANCELED


def test_a_customer_who_was_deleted_before_is_erased(ada, at):
    customers.delete(ada, at=at)

    assert carried_out(erasures.create(ada, at=at)).status == Status.DONE
    assert Customer.objects.get(pk=ada.pk).name == ""


# -- carrying out ------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """As a worker that is killed."""


def test_killed_between_any_two_steps_it_goes_on(ada, at, monkeypatch):
    monkeypatch.setattr(erasures, "AT_ONCE", 2)
    for number in range(5):
        notes.create(ada, author=OperatorFactory(), text=f"{number}", is_pinned=False, at=at)
    card = payment_methods.attach(payment_methods.resolve("pm_card_visa", at=at), ada, at=at)
    charges.create(money=Money(2000, "usd"), method=card, customer=ada, at=at)
    erasure, empty, steps = erasures.create(ada, at=at), erasing.empty, 0

    def empty_and_die(*arguments):
        nonlocal steps
        steps += 1
        if steps % 2:  # every other step dies after it has written, before it is committed
            empty(*arguments)
            raise Killed
        empty(*arguments)

    monkeypatch.setattr(erasing, "empty", empty_and_die)
    while erasure.status != Status.DONE:
        try:
            erasure = carried_out(erasure)
        except Killed:
            continue

    assert steps > 80
    assert erasure.counts["notes"] == {"removed": 5}
    assert erasure.counts["charges"] == {"redacted": 1}
    assert (erasure.findings, Customer.objects.get(pk=ada.pk).name) == ([], "")


def test_what_a_turn_leaves_is_for_the_next(ada, at):
    erasure = carried_out(erasures.create(ada, at=at), until=clock.now() - timedelta(days=1))

    assert erasure.status == Status.RUNNING
    assert carried_out(erasure).status == Status.DONE


def test_an_erasure_that_is_done_is_done_once(ada, at):
    done = carried_out(erasures.create(ada, at=at))

    again = carried_out(erasures.create(ada, at=at))

    assert (again.pk, again.finished_at, again.counts) == (done.pk, done.finished_at, done.counts)


def test_rows_that_were_missed_are_reported(ada, at, monkeypatch):
    monkeypatch.setattr(erasing, "_empty_columns", lambda _rows, _emptied, _subject: None)

    erasure = carried_out(erasures.create(ada, at=at))

    assert erasure.status == Status.DONE
    assert {"rows": "customer", "column": "email"} in erasure.findings


def test_proof_of_a_consent_stays_without_who_it_was(ada, at):
    origin = Provenance("portal", EMAIL, ip_address="203.0.113.9")
    with acting(origin):
        consents.record(ada, "mail_marketing", granted=True, wording="Send me news.", at=at)

    carried_out(erasures.create(ada, at=at))

    (proof,) = Consent.objects.filter(customer=ada)
    assert (proof.granted, proof.wording, proof.created_at, proof.door) == (
        True, "Send me news.", at, "portal",
    )  # fmt: skip
    assert (proof.actor, proof.ip_address) == ("", None)
    assert tombstones.was_erased(email=EMAIL)


def test_the_audit_log_keeps_who_of_the_staff_did_what(ada, at):
    robin = OperatorFactory(email="robin@example.com")
    with acting(Provenance("dashboard", robin.email, operator_id=robin.pk)):
        customers.update(ada, details={"name": "Ada King"}, at=at)
    carried_out(erasures.create(ada, at=at))

    entry = AuditEntry.objects.get(action="customer.updated")

    assert (entry.actor, entry.object_id, entry.created_at) == (robin.email, ada.pk, at)
    assert (entry.object_label, entry.before, entry.after) == ("", None, None)


# -- afterwards --------------------------------------------------------------------------------------------------------


def test_who_was_erased_is_known_by_digests_only(ada, at):
    carried_out(erasures.create(ada, at=at))

    assert {bytes(row.digest) for row in Tombstone.objects.all()} != set()
    assert tombstones.was_erased(email="ADA.LOVELACE@example.com")
    assert not tombstones.was_erased(email="ada@example.com")
    assert not tombstones.was_erased()


def test_another_mode_knows_nothing_of_it(ada, at, site):
    carried_out(erasures.create(ada, at=at))

    with scoped_to(site, livemode=True):
        assert not tombstones.was_erased(email=EMAIL)


def test_who_comes_back_is_a_new_customer(ada, at):
    carried_out(erasures.create(ada, at=at))

    again = customers.create(details={"email": EMAIL}, at=at)

    assert (again.email, again.pk == ada.pk) == (EMAIL, False)


def test_a_namesake_stays_as_they_were(ada, at):
    namesake = CustomerFactory(name="Ada Lovelace-Byron", email="other@example.com")

    carried_out(erasures.create(ada, at=at))

    assert Customer.objects.get(pk=namesake.pk).name == "Ada Lovelace-Byron"
