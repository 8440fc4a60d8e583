"""Where billing joins in when customers and payments act; registered in `payments.billing.apps`."""

<<<<<<< HEAD
from customers.services import customers, discounting, paying
from payments.billing.services import (
    discounts,
    due_invoices,
    invoice_drafts,
    invoice_settling,
    invoices,
)
from payments.services import intent_progress
=======
from django.db.models import Q

from customers.services import customers, discounting
from payments.billing.models import Discount
from payments.billing.services import discounts
from payments.services import due_work
>>>>>>> 2bfcc4e1242b1a2bb0004a60b00ab212ed0f914d


def register() -> None:
    """Enter the functions."""
    customers.when_deleted.register(discounts.end_all)
    customers.when_deleted.register(invoice_drafts.stop_all)
    discounting.prepares.register("default", discounts.prepare_for_customer)
<<<<<<< HEAD
    paying.when_replaced.register(invoices.retry_open)
    intent_progress.when_moved.register(invoice_settling.follow)
    due_invoices.register()
=======
    due_work.register(
        due_work.Kind(
            "discount.end", Discount, "end_at",
            lambda discount, at: discounts.finish(discount, at=at),
            condition=Q(removed_at=None, invoice=None, invoice_item=None),
            clock="customer__test_clock",
        )
    )  # fmt: skip
>>>>>>> 2bfcc4e1242b1a2bb0004a60b00ab212ed0f914d
