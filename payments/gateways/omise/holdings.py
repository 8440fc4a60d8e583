"""What an account at Omise holds: customers with their cards, and charges.

Source: https://docs.omise.co/api-pagination
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from payments.gateways.base import Access, Refused
from payments.gateways.holdings import HeldMethod, Holdings, Kind, Page
from payments.gateways.omise import answers
from payments.gateways.omise.client import api_of

_PAGE = 100
_LISTS = {Kind.CUSTOMER: "customers", Kind.CHARGE: "charges"}


class OmiseHoldings(Holdings):
    """An account at Omise, or at what speaks its language; the oldest objects come first."""

    kinds: ClassVar[tuple[Kind, ...]] = tuple(_LISTS)

    def __init__(self, access: Access, *, waits: Sequence[int]) -> None:
        super().__init__(access, waits=waits)
        self._api = api_of(access)

    def pages(self, kind: Kind, *, after: str) -> Iterator[Page]:
        yield from self._listed((_LISTS[kind],), offset=int(after or 0))

    def methods_of(self, customer: str) -> list[HeldMethod]:
        owner = self.patiently(lambda: self._api.ask("get", "customers", customer))
        if owner.get("deleted"):
            raise Refused(f"No such customer: '{customer}'", code="resource_missing")
        return [
            _held(card, customer, is_default=card["id"] == owner.get("default_card"))
            for page in self._listed(("customers", customer, "cards"), offset=0)
            for card in page.objects
            if not card.get("deleted")
        ]

    def _listed(self, path: tuple[str, ...], *, offset: int) -> Iterator[Page]:
        while True:
            query = {"order": "chronological", "limit": _PAGE, "offset": offset}
            said = self.patiently(lambda query=query: self._api.ask("get", *path, query=query))  # type: ignore[misc]  # a default binds it early
            objects = list(said["data"])
            offset += len(objects)
            if objects:
                yield Page(objects, str(offset))
            if len(objects) < _PAGE:
                return


def _held(card: Mapping[str, Any], customer: str, *, is_default: bool) -> HeldMethod:
    billing = {"name": card.get("name") or ""}
    shown = {**answers.columns(card), "billing_details": billing, "metadata": {}}
    return HeldMethod(card["id"], customer, "card", is_default, shown)
