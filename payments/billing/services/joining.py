"""Where billing joins in when customers and payments act; registered in `payments.billing.apps`."""

from django.db.models import Q

from customers.services import customers, discounting
from payments.billing.models import Discount
from payments.billing.services import discounts
from payments.services import due_work


def register() -> None:
    """Enter the functions."""
    customers.when_deleted.register(discounts.end_all)
    discounting.prepares.register("default", discounts.prepare_for_customer)
    due_work.register(
        due_work.Kind(
            "discount.end", Discount, "end_at",
            lambda discount, at: discounts.finish(discount, at=at),
            condition=Q(removed_at=None, invoice=None, invoice_item=None),
            clock="customer__test_clock",
        )
    )  # fmt: skip
