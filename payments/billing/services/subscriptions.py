"""Subscriptions, as the rest of billing and its doors call them: made, changed, renewed, resumed, ended.

Source: https://docs.stripe.com/billing/subscriptions/overview
"""

from payments.billing.models import Subscription
from payments.billing.services.subscription_changes import update
from payments.billing.services.subscription_creation import create
from payments.billing.services.subscription_endings import cancel, cancel_all
from payments.billing.services.subscription_resumption import resume
from payments.billing.services.subscription_states import no_such_subscription

__all__ = ["cancel", "cancel_all", "create", "get", "no_such_subscription", "resume", "update"]


def get(pk: str, *, param: str = "id") -> Subscription:
    """Return a subscription of the chosen site, with its customer.

    Raises:
        NotFound: there is none.
    """
    found = Subscription.objects.select_related("customer").filter(pk=pk).first()
    if found is None:
        raise no_such_subscription(pk, param=param)
    return found
