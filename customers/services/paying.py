"""What a customer pays with, as far as the ground floor knows: payments keeps the methods, and joins in here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from customers.kit.registry import Hook, Lookup
from customers.models import Customer


class Attachment(Protocol):
    """A payment method that is about to become a customer's, written down with the customer's change."""

    @property
    def method_id(self) -> str:
        """The id of the method, or of the default among several; empty where there is none."""

    def attach(self, customer: Customer, *, at: datetime) -> None:
        """Write it down in the transaction of the customer's change; the caller saves the customer."""


class Prepare(Protocol):
    def __call__(
        self, customer: Mapping[str, str], pk: str, *, request_key: str | None, at: datetime
    ) -> Attachment:
        """Get a method ready for a customer of whom id, email and name are told; no transaction may be open."""


class Choose(Protocol):
    def __call__(self, customer: Customer, pk: str | None, *, param: str) -> None:
        """Put the default on a locked customer, which the caller saves."""


prepares: Lookup[Prepare] = Lookup("customers.paying.prepares")
"""By parameter: `source` makes a method of a token, `payment_method` takes one that is there, and for
`payment_gateway_id` they come from the gateway's customer."""


class Replaced(Protocol):
    def __call__(self, customer: Customer, *, at: datetime) -> object:
        """Try again what could not be paid before; no transaction may be open."""


when_replaced: Hook[Replaced] = Hook("customers.paying.when_replaced")
"""Called once a customer has another active source (rule S11); billing joins in here."""

chooses: Lookup[Choose] = Lookup("customers.paying.chooses")
"""The one entry `default` makes a method the default, or takes the default away."""


def prepare(
    param: str, pk: str, *, customer: Mapping[str, str], request_key: str | None, at: datetime
) -> Attachment:
    """Get a payment method ready to be attached; this asks the gateway, so no transaction may be open.

    Args:
        param: `source`, `payment_method` or `payment_gateway_id`.
        pk: of a token, of a method, or of the gateway's customer.
        customer: `id`, `email` and `name`, of one who is there or about to be made.
        request_key: the digest of the request's idempotency key.

    Raises:
        NotFound: there is no such token or method.
        InvalidRequest: the token was used before.
        InvalidState: the method cannot be attached.
        CardDeclined: the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    return prepares[param](customer, pk, request_key=request_key, at=at)


def replaced(customer: Customer, *, at: datetime) -> None:
    """Let what could not be paid before be tried again, since the customer has a new source (rule S11).

    No transaction may be open. What comes of it is in what is paid, and no error here.
    """
    for retry in when_replaced:
        retry(customer, at=at)


def choose_default(customer: Customer, pk: str | None, *, param: str) -> None:
    """Put the default payment method on a locked customer, which the caller saves.

    Raises:
        InvalidRequest: the method is not the customer's.
    """
    chooses["default"](customer, pk, param=param)
