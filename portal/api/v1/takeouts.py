"""Which objects of checkout a merchant may take away."""

from customers.restkit import takeouts
from portal.api.v1.checkout_sessions import CheckoutSessionViewSet
from portal.api.v1.payment_links import PaymentLinkViewSet


def register() -> None:
    """Offer them."""
    takeouts.offer(
        takeouts.STRIPE,
        {"checkout_sessions": CheckoutSessionViewSet, "payment_links": PaymentLinkViewSet},
    )
