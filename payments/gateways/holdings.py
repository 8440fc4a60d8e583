"""The other port: what an account at a gateway holds, page by page, for being brought over."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from payments.gateways.base import Access, NotSent, Unknown

T = TypeVar("T")
PATIENT = (1, 2, 4, 8, 16, 32)
"""How many seconds to wait before asking again, each time; reading may always be repeated."""


class Kind(StrEnum):
    """What an account holds, in the order in which one needs the other."""

    CUSTOMER = "customer"
    PAYMENT_METHOD = "payment_method"
    PRODUCT = "product"
    PRICE = "price"
    SUBSCRIPTION = "subscription"
    INVOICE = "invoice"
    CHARGE = "charge"


@dataclass(frozen=True, slots=True)
class Page:
    """Some objects, and what to ask for in order to go on behind them."""

    objects: list[dict[str, Any]]
    position: str


@dataclass(frozen=True, slots=True)
class HeldMethod:
    """A payment method that a gateway has saved for a customer of its own.

    Args:
        reference: the gateway's id, chargeable again and again.
        customer_reference: the gateway's id of the customer.
        kind: as the gateway calls it; PaymentMethod knows some.
        details: columns of PaymentMethod by name.
    """

    reference: str
    customer_reference: str
    kind: str
    is_default: bool
    details: Mapping[str, Any]


class Holdings(ABC):
    """One account. Every method may raise NotSent, Unknown and Refused.

    Args:
        waits: seconds to wait before asking again where there is no answer, or where the gateway is too busy.
    """

    def __init__(self, access: Access, *, waits: Sequence[int]) -> None:
        self.access = access
        self._waits = waits

    kinds: ClassVar[tuple[Kind, ...]]
    """What can be read of it, in order; methods are asked for by customer."""

    @abstractmethod
    def pages(self, kind: Kind, *, after: str) -> Iterator[Page]:
        """Return all objects of a kind.

        Args:
            after: the position behind which to go on; empty for the beginning.
        """

    @abstractmethod
    def methods_of(self, customer: str) -> list[HeldMethod]:
        """Return what is saved for a customer there.

        Raises:
            Refused: the account has no such customer.
        """

    def patiently(self, ask: Callable[[], T]) -> T:
        """Return the answer, asking again, later and later, as long as there is none."""
        for seconds in self._waits:
            try:
                return ask()
            except (NotSent, Unknown):
                time.sleep(seconds)
        return ask()
