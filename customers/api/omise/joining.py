"""What events and searches know of customers in the Omise dialect; registered in `customers.apps`."""

from customers.api.omise import events, search, takeouts


def register() -> None:
    """Enter the functions."""
    events.register()
    search.register()
    takeouts.register()
