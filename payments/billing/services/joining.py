"""Where billing joins in when customers and payments act; registered in `payments.billing.apps`."""

from customers.services import customers, discounting
from payments.billing.services import discounts


def register() -> None:
    """Enter the functions."""
    customers.when_deleted.register(discounts.end_all)
    discounting.prepares.register("default", discounts.prepare_for_customer)
