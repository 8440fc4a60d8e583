"""What charges, payment intents and refunds have in common on their way in."""

from collections.abc import Mapping
from typing import Any

from customers.api.v1.addresses import AddressHash
from customers.kit.errors import InvalidRequest, NotFound
from customers.models import Customer
from customers.restkit import inputs
from customers.restkit.inputs import EMPTIED, Input
from customers.services import customers

DESCRIPTOR_LENGTH = 22  # characters, of what a bank statement shows
_FORBIDDEN = frozenset("<>\\'\"*")


class AmountField(inputs.IntegerField):
    """Minor units of a currency, one at least."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, **options)


class StatementDescriptorField(inputs.TextField):
    """What a bank statement shows: 22 characters at most, one letter at least.

    Source: https://docs.stripe.com/get-started/account/statement-descriptors
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=DESCRIPTOR_LENGTH, **options)

    def read(self, value: Any, path: str) -> str:
        text = super().read(value, path).strip()
        if _FORBIDDEN & set(text) or not text.isascii() or not any(map(str.isalpha, text)):
            raise InvalidRequest(
                f"Invalid {path}: it has Latin letters (one at least), digits and signs other than < > \\ ' \" *.",
                param=path,
            )
        return text


class PaymentShippingHash(Input):
    address = inputs.HashField(AddressHash, required=True)
    carrier = inputs.TextField()
    name = inputs.TextField(required=True, emptied=...)
    phone = inputs.TextField(max_length=64)
    tracking_number = inputs.TextField()


SHIPPING = inputs.HashField(PaymentShippingHash, emptied=EMPTIED)


def given(metadata: Mapping[str, str] | None) -> dict[str, str]:
    """Return the metadata of a new object: what is empty is not there."""
    return {key: value for key, value in (metadata or {}).items() if value}


def customer_of(body: dict[str, Any]) -> Customer | None:
    """Take the customer out of a body and return it; None where the body names none.

    Raises:
        NotFound: there is none with this id, or it was deleted.
    """
    pk = body.pop("customer", None)
    return customers.get_living(pk, param="customer") if pk else None


def missing(noun: str, pk: str, *, param: str = "id") -> NotFound:
    """Return Stripe's error for an object that is not there."""
    return NotFound(f"No such {noun}: '{pk}'", param=param)
