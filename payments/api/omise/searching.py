"""What of payments `/omise/search` finds."""

from customers.api.omise.search import enter
from payments.api.omise.charges import ChargeViewSet
from payments.api.omise.disputes import DisputeViewSet
from payments.api.omise.links import LinkViewSet
from payments.api.omise.refunds import RefundViewSet
from payments.api.omise.schedules import ScheduleViewSet
from payments.api.omise.transactions import TransactionViewSet
from payments.services import filtering


def register() -> None:
    """Enter the scopes."""
    enter("charge", ChargeViewSet, filtering.CHARGES)
    enter("dispute", DisputeViewSet, filtering.DISPUTES)
    enter("link", LinkViewSet, filtering.LINKS)
    enter("refund", RefundViewSet, filtering.REFUNDS)
    enter("schedule", ScheduleViewSet, filtering.SCHEDULES)
    enter("transaction", TransactionViewSet, filtering.TRANSACTIONS)
