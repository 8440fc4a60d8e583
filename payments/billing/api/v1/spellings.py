"""Which function spells which model of billing for `/v1/`."""


def register() -> None:
    """Enter the functions."""
