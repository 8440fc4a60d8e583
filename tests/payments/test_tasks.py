from datetime import timedelta

import pytest
from procrastinate.contrib.django import app

from customers.events.models import Event
from payments import tasks
from payments.models import Charge
from payments.money import Money
from payments.recurrence import Recurrence
from payments.services import charges, schedules
from tests.factories.payments import PaymentMethodFactory
from tests.payments.fake_gateway import Acted, FakeGateway

OFTEN = {
    "payments.reconcile": "* * * * * */10",
    "payments.work_off_notifications": "* * * * * */5",
    "payments.expire_authorizations": "* * * * *",
    "payments.charge_schedules": "* * * * *",
    "payments.run_due_work": "* * * * * */5",
    "payments.forget_due_claims": "37 4 * * *",
    "payments.compare_books": "17 * * * *",
    "payments.forget_detached_methods": "* * * * *",
    "payments.expire_tokens": "27 5 * * *",
    "payments.announce_expiring_cards": "7 6 * * *",
    "payments.add_up_spending": "* * * * *",
    "payments.billing.roll_up_figures": "* * * * * */15",
}


@pytest.fixture
def gateway(monkeypatch):
    fake = FakeGateway()
    monkeypatch.setattr("payments.services.gateway_accounts.gateway_of", lambda account: fake)
    return fake


def due(name, at):
    """Run a periodic job as the worker does."""
    return app.tasks[name].func(int(at.timestamp()))


def test_the_jobs_run_by_their_schedule():
    schedules = {
        periodic.task.name: periodic.cron
        for periodic in app.periodic_registry.periodic_tasks.values()
    }

    assert {name: cron for name, cron in schedules.items() if name.startswith("payments.")} == OFTEN


def test_the_reconciler_settles_in_the_workers_name(customer, gateway, at):
    gateway.plan("authorize", Acted())
    charges.create(money=Money(2000, "usd"), method=PaymentMethodFactory(), at=at)

    due("payments.reconcile", at + timedelta(minutes=1))

    assert Charge.objects.get().status == "succeeded"
    assert Event.objects.get(type="charge.succeeded").door == "worker"


def test_holds_expire_by_themselves(customer, gateway, at):
    charges.create(money=Money(2000, "usd"), method=PaymentMethodFactory(), takes_now=False, at=at)

    due("payments.expire_authorizations", at + timedelta(days=8))

    assert Charge.objects.get().status == "expired"


def test_expiring_cards_are_announced(customer, at):
    PaymentMethodFactory(customer=customer, attached_at=at, exp_month=at.month, exp_year=at.year)

    due("payments.announce_expiring_cards", at.replace(day=1))

    assert Event.objects.filter(type="customer.source.expiring").count() == 1


def test_schedules_are_charged_in_the_workers_name(customer, gateway, at):
    card = PaymentMethodFactory(customer=customer, attached_at=at)
    today = at.date()
    rhythm = Recurrence(1, "day", today, today + timedelta(days=30))
    schedules.create(customer, money=Money(2000, "usd"), rhythm=rhythm, method=card, at=at)

    due("payments.charge_schedules", at + timedelta(days=1))

    assert Charge.objects.get().schedule is not None
    assert {event.door for event in Event.objects.filter(type="charge.succeeded")} == {"worker"}


@pytest.mark.parametrize("name", sorted(OFTEN))
def test_a_job_with_nothing_to_do_does_nothing(scope, name, nothing_written, at):
    with nothing_written():
        due(name, at)


def test_a_notification_is_worked_off_under_its_name():
    assert tasks.work_off_notification.name == "payments.work_off_notification"
