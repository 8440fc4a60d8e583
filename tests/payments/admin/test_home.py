"""The home page's part of payments: the latest ones, and what waits for somebody."""

from datetime import timedelta

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Role
from customers.services import powers
from customers.services.powers import Power
from payments.models import DueClaim, Operation
from payments.services import gateway_accounts
from tests.factories.customers import CustomerFactory
from tests.factories.payments import ChargeFactory, DisputeFactory, ScheduleFactory


def section(client):
    sections = client.get("/admin/").context["sections"]
    (found,) = [section for section in sections if "payments" in section.template]
    return found.context


def concerns(client):
    """Return what needs somebody: under which title, the rows' titles, words and addresses."""
    found = client.get("/admin/").context["concerns"]
    return {
        concern.title: [(row.title, row.words, row.url) for row in concern.shown]
        for concern in found
    }


def unclear(charge, state, at):
    Operation.belonging_to(
        charge, charge=charge, gateway_account=charge.gateway_account, kind="authorize", state=state,
        reference=charge.pk, amount=charge.amount, currency="usd", created_at=at,
    ).save()  # fmt: skip


def test_latest_payments_are_shown(owner, scope, other):
    at = clock.now()
    first = ChargeFactory(customer=CustomerFactory(name="Ada"), created_at=at - timedelta(days=1))
    failed = ChargeFactory(
        customer=CustomerFactory(name="Grace"), status="failed", amount_captured=0, created_at=at,
        failure_code="card_declined", failure_message="Your card was declined.",
    )  # fmt: skip
    with scoped_to(other[0], livemode=False):
        ChargeFactory(created_at=at)

    shown = [
        (row["amount"], row["who"], row["why"], row["url"]) for row in section(owner)["payments"]
    ]
    assert shown == [
        ("$20.00", "Grace", "Your card was declined.", f"/admin/payments/charge/{failed.pk}/"),
        ("$20.00", "Ada", "", f"/admin/payments/charge/{first.pk}/"),
    ]


def test_disputes_come_in_the_order_of_their_deadlines(owner, scope):
    at = clock.now()
    rows = [
        DisputeFactory(
            charge=ChargeFactory(customer=CustomerFactory(name=name)), evidence_due_at=due, status=status
        )
        for name, due, status in (
            ("Last", None, "needs_response"), ("Second", at + timedelta(days=9), "needs_response"),
            ("First", at + timedelta(days=2), "needs_response"), ("Done", at, "under_review"),
        )
    ]  # fmt: skip

    (concern,) = owner.get("/admin/").context["concerns"]

    assert [(row.title, row.text, row.when) for row in concern.shown] == [
        ("First", "$20.00 · general", rows[2].evidence_due_at),
        ("Second", "$20.00 · general", rows[1].evidence_due_at),
        ("Last", "$20.00 · general", None),
    ]
    assert concern.all_url == "/admin/payments/dispute/?status=needs_response"


def test_who_may_not_see_payments_sees_none_here(owner, scope, monkeypatch):
    monkeypatch.setitem(powers.ROLES, Role.OWNER, frozenset(Power) - {Power.VIEW_PAYMENTS})
    ChargeFactory()
    DisputeFactory()

    context = owner.get("/admin/").context

    assert [part for part in context["sections"] if "payments" in part.template] == []
    assert context["concerns"] == []


def test_what_waits_for_somebody_is_listed(owner, scope):
    at = clock.now()
    unclear(ChargeFactory(amount=100), "flagged", at)
    unclear(ChargeFactory(amount=200), "open", at - timedelta(minutes=2))
    unclear(ChargeFactory(amount=300), "open", at)
    unclear(ChargeFactory(amount=400), "done", at - timedelta(hours=2))

    (rows,) = concerns(owner).values()
    assert [row[:2] for row in rows] == [
        ("Charge of $1.00", "To be looked at"),
        ("Charge of $2.00", "No answer yet"),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_home_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    gateway_accounts.active()
    for _number in range(count):
        DisputeFactory()
        unclear(ChargeFactory(), "flagged", clock.now())

    with django_assert_num_queries(18):
        assert owner.get("/admin/").status_code == 200


def test_due_work_that_failed_waits_for_somebody(owner, scope):
    schedule = ScheduleFactory()
    for kind, pk in (("schedule.charge", schedule.pk), ("nothing.known", "x_1")):
        DueClaim.belonging_to(
            schedule, kind=kind, object_id=pk, claimed_until=clock.now(), tries=2,
            said="It is broken.", created_at=clock.now(),
        ).save()  # fmt: skip

    words = "failed 2 times: It is broken."
    assert concerns(owner) == {
        "Due work that fails": [
            (f"schedule.charge {words}", "Due work", f"/admin/payments/schedule/{schedule.pk}/"),
            (f"nothing.known {words}", "Due work", "/admin/"),
        ]
    }
