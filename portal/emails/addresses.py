"""Email addresses as they are put where somebody else may read them."""

_DOTS = "\N{BULLET}" * 3


def masked(address: str) -> str:
    """Return as much of an address as tells its owner which one it is."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}{_DOTS}{at}{domain}"
