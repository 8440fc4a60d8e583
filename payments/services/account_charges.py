"""Charges of another account with their refunds, kept as history: nothing here captures or gives back their money.

Sources: https://docs.stripe.com/api/charges/object, https://docs.omise.co/charges-api
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from customers.kit import tenancy
from customers.kit.errors import InvalidState
from payments.gateways.holdings import Kind
from payments.models import Charge, GatewayAccount, PaymentMethod, Refund
from payments.services.account_ledger import Ledger, Written, free_id, needed, own_id

_TEXTS = ("description", "failure_code", "failure_message", "receipt_email", "statement_descriptor")
_AFTERWARDS = ("amount_refunded", "is_disputed", "metadata")
"""What may still change of a charge that is over."""


def write(
    ledger: Ledger,
    account: GatewayAccount,
    said: Mapping[str, Any],
    object_id: str,
    *,
    at: datetime,
) -> Written:
    """Write a charge down, or what has changed of it, within the open transaction.

    Raises:
        InvalidState: it is not over yet, or its customer was not imported.
    """
    columns, refunds = _FROM[ledger.source](ledger, said)
    pk = object_id or own_id(ledger.source, said["id"])
    charge = Charge.objects.filter(pk=pk).first()
    if charge is None:
        scope = tenancy.current()
        charge = Charge(
            id=free_id(Charge, pk), site=scope.site, livemode=scope.livemode, gateway_account=account,
            imported_from=ledger.source, **columns,
        )  # fmt: skip
        charge.save(force_insert=True)
    elif charge.imported_from:
        for name in _AFTERWARDS:
            setattr(charge, name, columns[name])
        charge.save(update_fields=_AFTERWARDS)
    else:
        raise InvalidState("A charge that was made here has its ID.")
    for refund in refunds:
        _write_refund(charge, refund)
    return Written(charge)


def check(source: str, said: Mapping[str, Any]) -> None:
    """Refuse a charge of which we do not know what will become.

    Raises:
        InvalidState: it is not over yet.
    """
    if _status(source, said) is None:
        raise InvalidState("It is not over yet: import it again once it is paid or has failed.")


def _status(source: str, said: Mapping[str, Any]) -> str | None:
    over = {
        ("stripe", "succeeded", True): Charge.Status.SUCCEEDED,
        ("stripe", "failed", False): Charge.Status.FAILED,
        ("stripe", "failed", True): Charge.Status.FAILED,
        ("omise", "successful", True): Charge.Status.SUCCEEDED,
        ("omise", "failed", False): Charge.Status.FAILED,
    }
    is_taken = said.get("captured") if source == "stripe" else said.get("paid")
    return over.get((source, said["status"], bool(is_taken)))


def _of_stripe(ledger: Ledger, said: Mapping[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    columns = _common(ledger, said) | {name: said.get(name) or "" for name in _TEXTS}
    method = said.get("payment_method") or (said.get("source") or {}).get("id")
    is_paid = columns["status"] == Charge.Status.SUCCEEDED
    columns |= {
        "created_at": datetime.fromtimestamp(said["created"], UTC),
        "amount_captured": (said.get("amount_captured") or said["amount"]) if is_paid else 0,
        "amount_refunded": said.get("amount_refunded") or 0,
        "is_disputed": bool(said.get("disputed")),
        "payment_method": _method(ledger, method),
        "billing_details": said.get("billing_details") or {},
        "method_details": said.get("payment_method_details") or {},
        "outcome": said.get("outcome"),
        "failure_message": (said.get("failure_message") or "")[:500],
        "decline_code": (said.get("outcome") or {}).get("reason") or "" if not is_paid else "",
        "shipping": said.get("shipping"),
    }
    refunds = (said.get("refunds") or {}).get("data", ())
    return columns, [
        {**refund, "created_at": datetime.fromtimestamp(refund["created"], UTC)}
        for refund in refunds
        if refund.get("status") in {None, "succeeded"}
    ]


def _of_omise(ledger: Ledger, said: Mapping[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    card = said.get("card") or {}
    is_paid = bool(said.get("paid"))
    columns = _common(ledger, said) | {
        "created_at": _instant(said),
        "amount_captured": said["amount"] if is_paid else 0,
        "amount_refunded": said.get("refunded_amount") or said.get("refunded") or 0,
        "is_disputed": bool(said.get("disputable") and said.get("dispute")),
        "payment_method": _method(ledger, card.get("id")),
        "method_details": _card_details(card) if card else {},
        "description": said.get("description") or "",
        "failure_code": said.get("failure_code") or "",
        "failure_message": (said.get("failure_message") or "")[:500],
    }
    return columns, [
        {**refund, "created_at": _instant(refund)}
        for refund in (said.get("refunds") or {}).get("data", ())
        if refund.get("status") != "failed"
    ]


_FROM = {"stripe": _of_stripe, "omise": _of_omise}


def _common(ledger: Ledger, said: Mapping[str, Any]) -> dict[str, Any]:
    check(ledger.source, said)
    customer = said.get("customer")
    ours = ledger.ours(Kind.CUSTOMER, customer)
    if customer:
        needed(ours, "customer", customer)
    return {
        "status": _status(ledger.source, said),
        "customer_id": ours or None,
        "amount": said["amount"],
        "currency": said["currency"].lower(),
        "metadata": {name: str(value) for name, value in (said.get("metadata") or {}).items()},
    }


def _method(ledger: Ledger, source_id: str | None) -> PaymentMethod | None:
    known = ledger.ours(Kind.PAYMENT_METHOD, source_id)
    return PaymentMethod.objects.filter(pk=known).first() if known else None


def _card_details(card: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        "brand": str(card.get("brand") or "").lower() or None,
        "last4": card.get("last_digits"),
        "exp_month": card.get("expiration_month"),
        "exp_year": card.get("expiration_year"),
        "funding": card.get("financing") or None,
        "country": str(card.get("country") or "").upper() or None,
        "fingerprint": card.get("fingerprint"),
    }
    return {"type": "card", "card": shown}


def _instant(said: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(said.get("created_at") or said["created"])


def _write_refund(charge: Charge, said: Mapping[str, Any]) -> None:
    """Write a refund down; one of ours is never touched."""
    known = Refund.objects.filter(charge=charge, gateway_reference=said["id"])
    if known.exists():
        return
    Refund.belonging_to(
        charge, charge=charge, status=Refund.Status.SUCCEEDED, amount=said["amount"], currency=charge.currency,
        gateway_reference=said["id"], created_at=said["created_at"], settled_at=said["created_at"],
        reason=said.get("reason") if said.get("reason") in Refund.Reason.values else "",
    ).save(force_insert=True)  # fmt: skip
