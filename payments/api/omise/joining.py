"""Where payments joins in the Omise dialect of what stands below it; registered in `payments.apps`."""

from customers.api.omise import customers
from payments.api.omise import cards, pictures, searching, takeouts


def register() -> None:
    """Enter the functions."""
    customers.cards.register("of_customers", cards.of_customers)
    pictures.register()
    searching.register()
    takeouts.register()
