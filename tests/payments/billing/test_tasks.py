"""The jobs of billing, as the worker runs them."""

from procrastinate.contrib.django import app

from customers.kit import clock
from payments.billing.models import DailyFigure, PendingFigure
from tests.factories.payments import BalanceTransactionFactory


def test_worker_keeps_the_figures(scope):
    at = clock.now()
    BalanceTransactionFactory(created_at=at)

    app.tasks["payments.billing.roll_up_figures"].func(int(at.timestamp()))

    measures = DailyFigure.objects.order_by("measure").values_list("measure", "amount")
    assert list(measures) == [("charges", 2000), ("fees", 88)]
    assert not PendingFigure.objects.exists()
