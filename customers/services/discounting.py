"""What a customer is given off, as far as the ground floor knows: billing keeps coupons, and joins in here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from customers.events.services import events
from customers.kit.registry import Lookup
from customers.kit.statements import NewRow
from customers.models import Customer, TenantModel

PARAMS = ("coupon", "promotion_code")


@dataclass(frozen=True)
class Change:
    """What a customer's discount becomes, to be written down with the customer.

    Args:
        rows: what is inserted.
        told: the type of the event that tells of it, what it tells of, and the values before.
    """

    rows: list[TenantModel] = field(default_factory=list)
    told: list[tuple[str, TenantModel, Mapping[str, Any] | None]] = field(default_factory=list)

    def events(self, *, at: datetime) -> list[NewRow]:
        """Return the rows of the events."""
        return [
            events.prepare(type_, thing, previous=previous, at=at)
            for type_, thing, previous in self.told
        ]


class Prepare(Protocol):
    def __call__(self, customer: Customer, param: str, pk: str, *, at: datetime) -> Change:
        """Put a discount on an unsaved or locked customer, whom the caller saves."""


prepares: Lookup[Prepare] = Lookup("customers.discounting.prepares")
"""The one entry `default` gives a customer a discount, or takes it away."""


def prepare(customer: Customer, param: str, pk: str, *, at: datetime) -> Change:
    """Put a discount on an unsaved or locked customer, whom the caller saves.

    Args:
        param: `coupon` or `promotion_code`.
        pk: of that; an empty one takes the customer's discount away.

    Raises:
        NotFound: there is no such coupon or promotion code.
        InvalidRequest: it cannot be had any more, or not by this customer.
    """
    return prepares["default"](customer, param, pk, at=at)
