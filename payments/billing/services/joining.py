"""Where billing joins in when customers and payments act; registered in `payments.billing.apps`."""

from customers.services import customers, discounting, test_clocks
from payments.billing.services import (
    discounts,
    subscription_outcomes,
    subscription_steps,
    subscriptions,
)


def register() -> None:
    """Enter the functions."""
    discounting.prepares.register("default", discounts.prepare_for_customer)
    customers.when_deleted.register(subscriptions.cancel_all)
    customers.when_deleted.register(discounts.end_all)
    test_clocks.limits.register(subscription_steps.farthest)
    subscription_outcomes.register()
    subscription_steps.register()
