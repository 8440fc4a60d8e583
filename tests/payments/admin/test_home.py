"""The home page's part of payments: what came in, what failed, what waits."""

from datetime import timedelta

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.models import DueClaim, Operation
from payments.services import gateway_accounts
from tests.factories.payments import ChargeFactory, DisputeFactory, ScheduleFactory


def section(client):
    (found,) = client.get("/admin/").context["sections"]
    return found.context


def values(client):
    return [(value, note) for _label, value, note, _url in section(client)["figures"]]


def unclear(charge, state, at):
    Operation.belonging_to(
        charge, charge=charge, gateway_account=charge.gateway_account, kind="authorize", state=state,
        reference=charge.pk, amount=charge.amount, currency="usd", created_at=at,
    ).save()  # fmt: skip


def test_new_site_has_taken_nothing(owner, scope):
    assert values(owner) == [("$0.00", ""), ("$0.00", ""), ("0", ""), ("0", "")]


def test_figures_add_up_by_currency(owner, scope, other):
    at = clock.now()
    ChargeFactory(created_at=at, amount_refunded=500)
    ChargeFactory(created_at=at - timedelta(days=3))
    ChargeFactory(created_at=at - timedelta(days=3), currency="jpy")
    ChargeFactory(created_at=at - timedelta(days=3), status="failed", amount_captured=0)
    ChargeFactory(created_at=at - timedelta(days=31))
    with scoped_to(other[0], livemode=False):
        ChargeFactory(created_at=at)

    assert values(owner) == [("$15.00", ""), ("$35.00", "¥2,000"), ("3", ""), ("1", "")]


def test_what_waits_for_somebody_is_listed(owner, scope):
    at = clock.now()
    DisputeFactory()
    DisputeFactory(status="under_review")
    unclear(ChargeFactory(amount=100), "flagged", at)
    unclear(ChargeFactory(amount=200), "open", at - timedelta(minutes=2))
    unclear(ChargeFactory(amount=300), "open", at)
    unclear(ChargeFactory(amount=400), "done", at - timedelta(hours=2))

    assert [(item["title"], item["words"]) for item in section(owner)["waiting"]] == [
        ("Answer the dispute of $20.00", "Dispute"),
        ("Charge of $1.00", "To be looked at"),
        ("Charge of $2.00", "No answer yet"),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_home_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    gateway_accounts.active()
    for _number in range(count):
        DisputeFactory()
        unclear(ChargeFactory(), "flagged", clock.now())

    with django_assert_num_queries(9):
        assert owner.get("/admin/").status_code == 200


def test_due_work_that_failed_waits_for_somebody(owner, scope):
    schedule = ScheduleFactory()
    for kind, pk in (("schedule.charge", schedule.pk), ("nothing.known", "x_1")):
        DueClaim.belonging_to(
            schedule, kind=kind, object_id=pk, claimed_until=clock.now(), tries=2,
            said="It is broken.", created_at=clock.now(),
        ).save()  # fmt: skip

    waiting = section(owner)["waiting"]

    assert [(item["title"], item["url"]) for item in waiting] == [
        (
            "schedule.charge failed 2 times: It is broken.",
            f"/admin/payments/schedule/{schedule.pk}/",
        ),
        ("nothing.known failed 2 times: It is broken.", "/admin/"),
    ]
