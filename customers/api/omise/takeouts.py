"""Which objects of the Omise dialect a merchant may take away."""

from customers.api.omise.customers import CustomerViewSet
from customers.restkit import takeouts


def register() -> None:
    """Offer them."""
    takeouts.offer(takeouts.OMISE, {"customers": CustomerViewSet})
