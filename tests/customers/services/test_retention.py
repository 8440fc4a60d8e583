"""Periods: what was kept long enough goes, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from customers.events.models import Event
from customers.kit.errors import InvalidRequest
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import scoped_to
from customers.models import AuditEntry, Consent, Customer, Erasure, Message
from customers.services import audit, consents, customers, retention
from payments.billing.models import Invoice
from portal.models import CheckoutSession
from tests import breaches
from tests.factories.billing import InvoiceFactory
from tests.factories.customers import CustomerFactory, MessageFactory, OperatorFactory

DAY = timedelta(days=1)


def kept_for(site, **periods):
    return retention.choose(site, periods, years=None)


def run(site, at):
    return retention.run_all(at=at)


def test_usual_periods_are_not_written_down(site, scope):
    chosen = kept_for(site, messages=1095, deliveries=30, events=None)

    assert chosen.retention == {"deliveries": 30}


@pytest.mark.parametrize(
    ("periods", "years", "param"),
    [
        pytest.param({"messages": 1}, None, "messages", id="too short"),
        pytest.param({"events": 99_999}, None, "events", id="too long"),
        pytest.param({}, 99, "documents", id="too many years"),
    ],
)
def test_periods_have_bounds(site, scope, periods, years, param):
    with pytest.raises(InvalidRequest) as refusal:
        retention.choose(site, periods, years=years)

    assert refusal.value.param == param


def test_deleted_customers_are_erased_when_a_site_wants_that(site, scope, at):
    old, recent = CustomerFactory(), CustomerFactory()
    customers.delete(old, at=at - 40 * DAY)
    customers.delete(recent, at=at - 2 * DAY)
    run(site, at)
    assert not Erasure.objects.exists()  # by default nobody is

    kept_for(site, deleted_customers=30)
    run(site, at)

    assert [row.customer_id for row in Erasure.objects.all()] == [old.pk]


def test_prospects_are_erased_and_customers_are_not(site, scope, at):
    kept_for(site, prospects=90)
    long_ago = at - 100 * DAY
    prospect, customer = CustomerFactory(created_at=long_ago), CustomerFactory(created_at=long_ago)
    InvoiceFactory(customer=customer)
    heard_of = customers.create(details={"name": "Lee"}, at=long_ago)
    customers.update(heard_of, details={"name": "Lee Books"}, at=at - DAY)

    run(site, at)

    assert [row.customer_id for row in Erasure.objects.all()] == [prospect.pk]


def test_what_emails_said_goes_and_that_there_was_one_stays(site, scope, at):
    customer = CustomerFactory()
    old = MessageFactory(customer=customer, sent=True, created_at=at - 1100 * DAY)
    recent = MessageFactory(customer=customer, sent=True, created_at=at - DAY)

    run(site, at)

    assert (Message.objects.get(pk=old.pk).text, Message.objects.get(pk=old.pk).to) == ("", old.to)
    assert Message.objects.get(pk=recent.pk).text != ""


def test_events_go_when_a_site_wants_that(site, scope, at):
    customers.create(details={"name": "Ada"}, at=at - 100 * DAY)
    run(site, at)
    assert Event.objects.count() == 1

    kept_for(site, events=30)
    run(site, at)

    assert Event.objects.count() == 0


def test_a_site_that_goes_by_the_installation_has_its_old_events_deleted_though_another_keeps_the_month(
    site, other, scope, at, monkeypatch
):
    kinds = [replace(kind, days=60) if kind.name == "events" else kind for kind in retention._OURS]
    monkeypatch.setattr(retention, "_OURS", kinds)
    with scoped_to(other[0], livemode=False):
        retention.choose(other[0], {"events": None}, years=None)
        customers.create(details={"name": "Lee"}, at=at - 100 * DAY)
    customers.create(details={"name": "Ada"}, at=at - 100 * DAY)
    customers.create(details={"name": "Ada"}, at=at - 59 * DAY)

    run(site, at)

    assert [event.created_at for event in Event.objects.all()] == [at - 59 * DAY]
    with scoped_to(other[0], livemode=False):
        assert Event.objects.count() == 1


def test_what_is_gone_stays_known_when_a_site_keeps_more(site, scope, at):
    customers.create(details={"name": "Ada"}, at=at - 100 * DAY)
    assert retention.events_since() is None
    kept_for(site, events=30)
    run(site, at)
    kept_for(site, events=90)
    run(site, at + DAY)

    assert retention.events_since() == at - 30 * DAY
    assert breaches.of("customers.told") == []


def test_nobody_is_a_prospect_where_events_are_gone(site, scope, at):
    CustomerFactory(created_at=at - 100 * DAY)
    customers.create(details={"name": "Lee"}, at=at - 50 * DAY)
    kept_for(site, events=30)
    run(site, at)
    kept_for(site, prospects=90)

    run(site, at)
    assert not Erasure.objects.exists()
    run(site, at + 70 * DAY)
    assert Erasure.objects.count() == 2


def test_prospects_cannot_be_told_by_events_that_go_before(site, scope):
    with pytest.raises(InvalidRequest) as refusal:
        kept_for(site, prospects=90, events=60)

    assert refusal.value.param == "prospects"


def test_the_audit_log_is_kept_unless_a_site_wants_otherwise(site, scope, at):
    robin = OperatorFactory()
    with acting(Provenance("dashboard", robin.email, operator_id=robin.pk)):
        audit.record("site.change", site, at=at - 800 * DAY)
        audit.record("site.change", site, at=at)
    run(site, at)
    assert AuditEntry.objects.count() == 2

    kept_for(site, audit_entries=400)
    run(site, at)

    assert [entry.created_at for entry in AuditEntry.objects.all()] == [at]


def test_what_was_typed_into_an_expired_checkout_goes(site, scope, api, at):
    asked = {"mode": "setup", "success_url": "https://example.com/", "currency": "usd"}
    session = api.post("checkout/sessions", **asked, customer_email="lee@example.com").body["id"]
    rows = CheckoutSession.objects.filter(pk=session)
    rows.update(status="expired", expires_at=at - 31 * DAY, due_at=None, collected={"name": "Lee"})

    run(site, at)

    row = rows.get()
    assert (row.email, row.customer_email, row.collected) == ("", "", {})


def test_documents_of_the_erased_lose_who_it_was_when_the_law_lets_them(site, scope, at):
    customer, other = CustomerFactory(), CustomerFactory()
    shown = {"name": "Ada Lovelace"}
    old_at, kept_at = at.replace(year=at.year - 8, month=12, day=31), at.replace(year=at.year - 7)
    made = [
        InvoiceFactory(customer=who, status="open", finalized_at=when, customer_shown=shown, number=number)
        for number, (who, when) in enumerate([(customer, old_at), (customer, kept_at), (other, old_at)])
    ]  # fmt: skip
    Erasure.belonging_to(
        customer, customer=customer, status="done", created_at=at, finished_at=at
    ).save(force_insert=True)

    run(site, at)

    names = [Invoice.objects.get(pk=row.pk).customer_shown for row in made]
    assert names == [{}, shown, shown]


def test_proof_of_consents_goes_after_three_years(site, scope, at):
    customer = CustomerFactory()
    consents.record(customer, "mail_marketing", granted=True, at=at - 2000 * DAY)
    done = Erasure.belonging_to(
        customer, customer=customer, status="done", created_at=at, finished_at=at - 1000 * DAY
    )
    done.save(force_insert=True)
    run(site, at)
    assert Consent.objects.count() == 1

    Erasure.objects.update(finished_at=at - 1100 * DAY)
    run(site, at)

    assert Consent.objects.count() == 0


def test_each_run_is_written_down(site, scope, at):
    MessageFactory(customer=CustomerFactory(), sent=True, created_at=at - 1100 * DAY)

    run(site, at)
    run(site, at + DAY)

    last = retention.last_runs(site)["messages"]
    assert (last.ran_at, last.removed, last.removed_at) == (at + DAY, 1, at)


def test_another_site_keeps_its_own_periods(site, other, scope, at):
    kept_for(site, deleted_customers=30)
    with scoped_to(other[0], livemode=False):
        theirs = CustomerFactory()
        customers.delete(theirs, at=at - 40 * DAY)

    run(site, at)

    with scoped_to(other[0], livemode=False):
        assert not Erasure.objects.exists()
        assert Customer.objects.get(pk=theirs.pk).name != ""
