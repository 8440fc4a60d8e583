"""What imports bring, read by the rules of `/v1/customers`: a row is what a request to make a customer would be.

Source: https://docs.stripe.com/api/customers/create
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from customers.api.v1 import customers
from customers.api.v1.customers import CustomerCreate
from customers.kit import tenancy
from customers.kit.errors import InvalidRequest
from customers.restkit import card_numbers, inputs, params
from customers.services import import_rows

_SECONDS = re.compile(r"[0-9]{1,12}")


class PastField(inputs.TimestampField):
    """An instant that has been: seconds since 1970, or ISO 8601, in UTC where it says nothing else."""

    def read(self, value: Any, path: str) -> datetime:
        text = str(value).strip()
        if _SECONDS.fullmatch(text):
            return super().read(text, path)
        try:
            instant = datetime.fromisoformat(text)
            instant = instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise InvalidRequest(
                f"Invalid date: {text[:60]}; write it like 2026-01-31 or 2026-01-31T08:30:00Z.",
                param=path,
            ) from error
        return instant


class ImportedCustomer(CustomerCreate):
    """A row: what a customer is made with, as far as it makes sense in a file."""

    created = PastField(source="created_at")
    consent_wording = inputs.TextField()

    # What only requests bring; None takes a field off.
    cash_balance = invoice_settings = match = tax = None  # type: ignore[assignment]  # as the comment says
    coupon = payment_method = promotion_code = test_clock = None  # type: ignore[assignment]  # as above
    skip_email_dns_validations = source = None  # type: ignore[assignment]  # as above
    import_payment_methods = payment_gateway_id = None  # type: ignore[assignment]  # as above


def customer(row: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return a row in the terms of the service.

    Raises:
        InvalidRequest: a value is none that its field can have; `param` says which.
    """
    if tenancy.current().site.refuses_card_numbers:
        card_numbers.check(row)
    details = customers.details_of(ImportedCustomer.from_params(row))
    if details.get("created_at", at) > at:
        raise InvalidRequest("This is in the future.", param="created")
    return details


def json_object(line: str) -> dict[str, Any]:
    """Return what a line of a file of JSON objects holds.

    Raises:
        InvalidRequest: no object that can be stored.
    """
    try:
        return params.from_json(line.encode())
    except InvalidRequest as error:
        words = error.message.replace(" in the request body", "").replace("The request body", "It")
        raise InvalidRequest(words, param=error.param) from error


def register() -> None:
    """Enter the functions."""
    import_rows.readers.register("customer", customer)
    import_rows.readers.register("object", json_object)
