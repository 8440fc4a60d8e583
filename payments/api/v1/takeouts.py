"""Which objects of payments below `/v1/` a merchant may take away."""

from customers.restkit import takeouts
from payments.api.v1.balance_transactions import BalanceTransactionViewSet
from payments.api.v1.charges import ChargeViewSet
from payments.api.v1.disputes import DisputeViewSet
from payments.api.v1.mandates import MandateViewSet
from payments.api.v1.payment_intents import PaymentIntentViewSet
from payments.api.v1.payment_methods import OwnPaymentMethodViewSet
from payments.api.v1.refunds import RefundViewSet
from payments.api.v1.setup_intents import SetupIntentViewSet


def register() -> None:
    """Offer them."""
    takeouts.offer(
        takeouts.STRIPE,
        {
            "payment_methods": OwnPaymentMethodViewSet,
            "mandates": MandateViewSet,
            "setup_intents": SetupIntentViewSet,
            "payment_intents": PaymentIntentViewSet,
            "charges": ChargeViewSet,
            "refunds": RefundViewSet,
            "disputes": DisputeViewSet,
            "balance_transactions": BalanceTransactionViewSet,
        },
    )
