"""The parameter `match`: what is made only where there is none yet (rules C1 and O34); every dialect takes it."""

import re
from collections.abc import Mapping
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.restkit import inputs
from customers.restkit.inputs import Input

_MATCH = re.compile(r"email|external_id|metadata\[[^\[\]]{1,40}\]")


class MatchHash(Input):
    on = inputs.TextField(required=True, emptied=..., max_length=60)


def matched(match_on: str, body: Mapping[str, Any]) -> str:
    """Return the value to match on, which the body has to hold.

    Raises:
        InvalidRequest: nothing can be matched on that, or the body does not hold it.
    """
    if not _MATCH.fullmatch(match_on):
        raise InvalidRequest(
            "match[on] must be email, external_id or metadata[key].", param="match[on]"
        )
    if match_on.startswith("metadata["):
        value = (body.get("metadata") or {}).get(match_on[len("metadata[") : -1])
    else:
        value = body.get(match_on)
    if not value:
        raise InvalidRequest(
            f"Missing required param: {match_on}.", param=match_on, code="parameter_missing"
        )
    return str(value)


def not_with_method() -> InvalidRequest:
    """Return the refusal of a payment method for a customer who may be there already."""
    return InvalidRequest(
        "A customer who may be there already cannot be matched and given a payment method at once.",
        param="match",
    )
