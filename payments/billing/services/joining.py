"""Where billing joins in when customers and payments act; registered in `payments.billing.apps`."""


def register() -> None:
    """Enter the functions."""
