"""Records of what another system has done or still does: kept, shown, and never acted on from here."""

from typing import Protocol

from customers.kit.errors import InvalidState
from payments.models import GatewayAccount


class Imported(Protocol):
    """A row that may be a record of another system's."""

    imported_from: str


def refuse(thing: Imported, noun: str) -> None:
    """Refuse to act on what is only a record.

    Raises:
        InvalidState: it was imported.
    """
    if thing.imported_from:
        owner = GatewayAccount.Kind(thing.imported_from).label
        raise InvalidState(
            f"This {noun} was imported from {owner} and is a record of what happens there; it can only be changed at "
            f"{owner}.",
            code="imported_record",
        )
