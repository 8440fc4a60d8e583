"""Members of charges that are worked out from several columns.

Source: https://docs.omise.co/charges-api
"""

from datetime import datetime
from typing import Any

from customers.restkit import omise_ids
from customers.restkit.omise_objects import iso
from customers.restkit.views import Wire
from payments.api.omise.cards import ADDRESS, brand_of, parsed
from payments.models import Charge
from payments.services import failures

Status = Charge.Status
STATUS = {
    Status.PENDING: "pending",
    Status.AUTHORIZED: "pending",  # with `authorized` true
    Status.SUCCEEDED: "successful",
    Status.FAILED: "failed",
    Status.VOIDED: "reversed",
    Status.EXPIRED: "expired",
}
"""Omise's word for each of ours, but for charges that were not paid in time."""
_AUTHORIZED = {Status.AUTHORIZED, Status.SUCCEEDED, Status.VOIDED, Status.EXPIRED}


def status_of(status: str, failure: str) -> str:
    """Return a charge's status; one that ended while it waited for its customer has expired."""
    is_late = status == Status.FAILED and failure in failures.NOT_IN_TIME
    return "expired" if is_late else STATUS[Status(status)]


def is_authorized(status: str) -> bool:
    """Tell whether the issuer once agreed, whatever became of it afterwards."""
    return status in _AUTHORIZED


def is_held(status: str) -> bool:
    """Tell whether a charge holds money, to be captured or released."""
    return status == Status.AUTHORIZED


def is_paid(status: str) -> bool:
    """Tell whether a charge's money was taken."""
    return status == Status.SUCCEEDED


def is_reversed(status: str) -> bool:
    """Tell whether what a charge held was released."""
    return status == Status.VOIDED


def is_expired(status: str, failure: str) -> bool:
    """Tell whether a charge ended since its time was over, or since it was called off."""
    return status_of(status, failure) == "expired"


def is_refundable(captured: int, refunded: int, refunding: int, is_withdrawn: bool) -> bool:  # noqa: FBT001 -- a column's value
    """Tell whether there is something left to give back, and no dispute holds it or has kept it."""
    return captured > refunded + refunding and not is_withdrawn


def is_disputable(status: str, details: Any, is_disputed: bool) -> bool:  # noqa: FBT001 -- a column's value
    """Tell whether the card's holder could still dispute a charge."""
    return is_paid(status) and _kind(details) == "card" and not is_disputed


def is_voided(status: str, has_refunds: bool) -> bool:  # noqa: FBT001 -- a column's value
    """Tell whether what a charge held was released by a refund."""
    return is_reversed(status) and has_refunds


def authorization_type(captures_later: bool, must_capture_all: bool) -> str | None:  # noqa: FBT001 -- columns' values
    """Return whether less than what is held may be captured; None where nothing is held."""
    if not captures_later:
        return None
    return "final_auth" if must_capture_all else "pre_auth"


def authorized_amount(status: str, amount: int) -> int:
    """Return what the issuer agreed to."""
    return amount if is_authorized(status) else 0


def net(amount: int, captured: int, fee: int | None) -> int:
    """Return what is left of a charge once the gateway has kept its fee."""
    return (captured or amount) - (fee or 0)


def failure_message(code: str, message: str) -> str | None:
    """Return why a charge failed, for people."""
    return None if code in failures.NOT_IN_TIME else message or None


def paid_at(status: str, settled_at: datetime | None) -> str | None:
    """Return when a charge's money was taken."""
    return _instant(settled_at, is_then=is_paid(status))


def reversed_at(status: str, settled_at: datetime | None) -> str | None:
    """Return when what a charge held was released."""
    return _instant(settled_at, is_then=is_reversed(status))


def expired_at(status: str, failure: str, settled_at: datetime | None) -> str | None:
    """Return when a charge's time was over."""
    return _instant(settled_at, is_then=is_expired(status, failure))


def expires_at(chosen: datetime | None, capture_before: datetime | None) -> str | None:
    """Return until when a charge can be paid or captured; None where no time was set."""
    last = capture_before or chosen
    return None if last is None else iso(last)


def approval_code(details: Any) -> str | None:
    """Return the issuer's code of its approval."""
    return _inner(details).get("authorization_code") or None


def authenticated_by(details: Any) -> str | None:
    """Return how the card's holder authenticated."""
    return "3DS" if _inner(details).get("three_d_secure") else None


def card(
    pk: str | None,
    livemode: bool,  # noqa: FBT001 -- a column's value
    customer: str | None,
    owner: str | None,
    detached_at: datetime | None,
    created_at: datetime | None,
    details: Any,
    billing: Any,
) -> Wire | None:
    """Return the card that was charged, as it was then; None where it was none.

    Args:
        customer: the charge's.
        owner: whose the card is now: it has a location where that is the same.
    """
    if not pk or _kind(details) != "card":
        return None
    spelled = omise_ids.spelled(pk, livemode)
    location = None
    if owner and owner == customer:
        path = f"/customers/{omise_ids.spelled(owner, livemode)}/cards/{spelled}"
        location = omise_ids.located(path)
    return {
        "object": "card",
        "id": spelled,
        "livemode": livemode,
        "location": location,
        "deleted": detached_at is not None,
        **_shown(_inner(details), parsed(billing) or {}),
        "created_at": None if created_at is None else iso(created_at),
    }


def source(pk: str | None, livemode: bool, details: Any, amount: int, currency: str) -> Wire | None:  # noqa: FBT001 -- a column's value
    """Return the bank account that was debited, as it was then; None where it was a card."""
    kind = _kind(details)
    if not pk or kind == "card":
        return None
    shown = _inner(details)
    spelled = omise_ids.spelled_as_source(pk, livemode)
    return {
        "object": "source",
        "id": spelled,
        "livemode": livemode,
        "location": omise_ids.located(f"/sources/{spelled}"),
        "amount": amount,
        "currency": currency.upper(),
        "type": kind,
        "flow": "offline",
        "bank": shown.get("bank_name") or shown.get("bank_code"),
        "last_digits": shown.get("last4"),
    }


def _shown(card: dict[str, Any], billing: dict[str, Any]) -> Wire:
    address = billing.get("address") or {}
    return {
        **{name: address.get(ours) or None for name, ours in ADDRESS.items() if name != "country"},
        "phone_number": billing.get("phone") or None,
        "country": card.get("country"),
        "financing": card.get("funding") or "",
        "bank": "",
        "brand": brand_of(card.get("brand") or ""),
        "fingerprint": card.get("fingerprint"),
        "first_digits": None,
        "last_digits": card.get("last4"),
        "name": billing.get("name") or None,
        "expiration_month": card.get("exp_month"),
        "expiration_year": card.get("exp_year"),
        "security_code_check": (card.get("checks") or {}).get("cvc_check") == "pass",
        "tokenization_method": None,
    }


def _kind(details: Any) -> str:
    """Return the kind of payment method of a charge; what was found at a gateway tells of none, and is a card's."""
    return str((parsed(details) or {}).get("type") or "card")


def _inner(details: Any) -> dict[str, Any]:
    told = parsed(details) or {}
    return told.get(told.get("type", "")) or {}


def _instant(instant: datetime | None, *, is_then: bool) -> str | None:
    return iso(instant) if is_then and instant is not None else None
