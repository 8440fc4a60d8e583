"""Where billing joins in when customers and payments act; registered in `payments.billing.apps`."""

from customers.services import customers, discounting, paying, test_clocks
from payments.billing.services import (
    discounts,
    due_invoices,
    invoice_drafts,
    invoice_settling,
    invoices,
    subscription_outcomes,
    subscription_steps,
    subscriptions,
)
from payments.services import intent_progress


def register() -> None:
    """Enter the functions; subscriptions end before what they are billed with."""
    customers.when_deleted.register(subscriptions.cancel_all)
    customers.when_deleted.register(discounts.end_all)
    customers.when_deleted.register(invoice_drafts.stop_all)
    discounting.prepares.register("default", discounts.prepare_for_customer)
    paying.when_replaced.register(invoices.retry_open)
    intent_progress.when_moved.register(invoice_settling.follow)
    due_invoices.register()
    subscription_outcomes.register()
    subscription_steps.register()
    test_clocks.limits.register(subscription_steps.farthest)
