"""Which objects of payments in the Omise dialect a merchant may take away."""

from customers.restkit import takeouts
from payments.api.omise.cards import CardViewSet
from payments.api.omise.charges import ChargeViewSet
from payments.api.omise.disputes import DisputeViewSet
from payments.api.omise.links import LinkViewSet
from payments.api.omise.refunds import RefundViewSet
from payments.api.omise.schedules import ScheduleViewSet
from payments.api.omise.transactions import TransactionViewSet


def register() -> None:
    """Offer them."""
    takeouts.offer(
        takeouts.OMISE,
        {
            "cards": CardViewSet,
            "charges": ChargeViewSet,
            "refunds": RefundViewSet,
            "disputes": DisputeViewSet,
            "links": LinkViewSet,
            "schedules": ScheduleViewSet,
            "transactions": TransactionViewSet,
        },
    )
