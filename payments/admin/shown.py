"""How payments are put for people to read: cards, states, reasons and what to do about them."""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.shown import money
from payments.models import (
    Charge,
    Dispute,
    GatewayAccount,
    Operation,
    PaymentIntent,
    PaymentMethod,
    Refund,
)

BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "Eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
EVENTS: dict[str, Any] = {
    "charge.captured": gettext_lazy("Payment captured"),
    "charge.dispute.closed": gettext_lazy("Dispute closed"),
    "charge.dispute.created": gettext_lazy("Payment disputed"),
    "charge.dispute.funds_reinstated": gettext_lazy("Disputed money came back"),
    "charge.dispute.funds_withdrawn": gettext_lazy("Disputed money taken back"),
    "charge.dispute.updated": gettext_lazy("Dispute changed"),
    "charge.expired": gettext_lazy("Authorization expired"),
    "charge.failed": gettext_lazy("Payment failed"),
    "charge.pending": gettext_lazy("Payment on its way"),
    "charge.refunded": gettext_lazy("Payment refunded"),
    "charge.succeeded": gettext_lazy("Payment went through"),
    "charge.updated": gettext_lazy("Payment changed"),
    "customer.source.created": gettext_lazy("Payment method saved"),
    "customer.source.deleted": gettext_lazy("Payment method removed"),
    "customer.source.expiring": gettext_lazy("Card expires soon"),
    "gateway_account.chosen": gettext_lazy("Payment gateway chosen"),
    "link.created": gettext_lazy("Payment link made"),
    "link.deleted": gettext_lazy("Payment link withdrawn"),
    "mandate.updated": gettext_lazy("Permission to debit changed"),
    "payment_intent.amount_capturable_updated": gettext_lazy("Money held for capture"),
    "payment_intent.canceled": gettext_lazy("Payment canceled"),
    "payment_intent.created": gettext_lazy("Payment begun"),
    "payment_intent.payment_failed": gettext_lazy("A try to collect failed"),
    "payment_intent.requires_action": gettext_lazy("Customer asked to authenticate"),
    "payment_intent.succeeded": gettext_lazy("Payment complete"),
    "payment_method.attached": gettext_lazy("Payment method saved"),
    "payment_method.detached": gettext_lazy("Payment method removed"),
    "refund.created": gettext_lazy("Refund begun"),
    "refund.failed": gettext_lazy("Refund failed"),
    "refund.updated": gettext_lazy("Refund changed"),
    "schedule.canceled": gettext_lazy("Recurring payment canceled"),
    "schedule.created": gettext_lazy("Recurring payment set up"),
    "schedule.expired": gettext_lazy("Recurring payment ended"),
    "schedule.expiring": gettext_lazy("Recurring payment about to end"),
    "schedule.suspended": gettext_lazy("Recurring payment stopped after failures"),
    "schedule.updated": gettext_lazy("Recurring payment went on"),
    "setup_intent.canceled": gettext_lazy("Saving a payment method canceled"),
    "setup_intent.created": gettext_lazy("Saving a payment method begun"),
    "setup_intent.requires_action": gettext_lazy("Customer asked to confirm a payment method"),
    "setup_intent.setup_failed": gettext_lazy("A payment method could not be saved"),
    "setup_intent.succeeded": gettext_lazy("Payment method confirmed"),
}
"""Titles of events in timelines."""

_CHARGES = {
    Charge.Status.PENDING: "warn",
    Charge.Status.AUTHORIZED: "warn",
    Charge.Status.SUCCEEDED: "ok",
    Charge.Status.FAILED: "bad",
    Charge.Status.VOIDED: "",
    Charge.Status.EXPIRED: "",
}
_REFUNDS = {
    Refund.Status.PENDING: "warn",
    Refund.Status.SUCCEEDED: "ok",
    Refund.Status.FAILED: "bad",
}
_DISPUTES = {
    Dispute.Status.NEEDS_RESPONSE: "bad",
    Dispute.Status.UNDER_REVIEW: "warn",
    Dispute.Status.WON: "ok",
    Dispute.Status.LOST: "bad",
}
_OPERATIONS = {
    Operation.State.OPEN: "warn",
    Operation.State.WAITING: "warn",
    Operation.State.DONE: "ok",
    Operation.State.REFUSED: "bad",
    Operation.State.FLAGGED: "bad",
}
_INTENTS = {
    PaymentIntent.Status.REQUIRES_PAYMENT_METHOD: "warn",
    PaymentIntent.Status.REQUIRES_CONFIRMATION: "warn",
    PaymentIntent.Status.REQUIRES_ACTION: "warn",
    PaymentIntent.Status.PROCESSING: "warn",
    PaymentIntent.Status.REQUIRES_CAPTURE: "warn",
    PaymentIntent.Status.SUCCEEDED: "ok",
    PaymentIntent.Status.CANCELED: "",
}
_ADVICE: dict[str, Any] = {
    "authentication_required": gettext_lazy(
        "The bank wants the customer to confirm this payment. Ask them to pay while they are there."
    ),
    "expired_card": gettext_lazy("Ask the customer for a card that is still valid."),
    "incorrect_cvc": gettext_lazy("Ask the customer to enter the card again."),
    "insufficient_funds": gettext_lazy("Try again later, or ask for another payment method."),
    "lost_card": gettext_lazy("Do not try this card again. Ask the customer for another one."),
    "never_received": gettext_lazy(
        "The gateway never got this payment, so nothing was taken. It can be tried again."
    ),
    "processing_error": gettext_lazy("The bank had a problem. Try again in a little while."),
    "stolen_card": gettext_lazy("Do not try this card again. Ask the customer for another one."),
}
_ANY_ADVICE = gettext_lazy("Ask the customer to call their bank, or to use another payment method.")
_DOTS = "\N{BULLET}" * 4

Badge = tuple[str, str]
"""Words and a style: `ok`, `warn`, `bad` or none."""


def charge_badges(charge: Charge, dispute: Dispute | None = None) -> list[Badge]:
    """Return a charge's state, and beside it the dispute, if there is one."""
    badges = [(_charge_words(charge), _charge_style(charge))]
    if dispute is not None:
        badges.append(dispute_badge(dispute))
    elif charge.is_disputed:
        badges.append((_("Disputed"), "warn"))
    return badges


def _charge_words(charge: Charge) -> str:
    if charge.status == Charge.Status.PENDING and charge.action_url:
        return _("Waiting for the customer")
    if charge.status == Charge.Status.VOIDED:
        return _("Canceled")
    if charge.status != Charge.Status.SUCCEEDED:
        return str(charge.get_status_display())
    if charge.amount_refunding:
        return _("Refund on its way")
    if charge.amount_refunded:
        is_whole = charge.amount_refunded == charge.amount_captured
        return _("Refunded") if is_whole else _("Partly refunded")
    return str(charge.get_status_display())


def _charge_style(charge: Charge) -> str:
    if charge.amount_refunding:
        return "warn"
    if charge.amount_refunded:
        return ""
    return _CHARGES[Charge.Status(charge.status)]


def refund_badge(refund: Refund) -> Badge:
    """Return a refund's state."""
    return str(refund.get_status_display()), _REFUNDS[Refund.Status(refund.status)]


def dispute_badge(dispute: Dispute) -> Badge:
    """Return a dispute's state, said so that it is understood beside a payment."""
    words = {
        Dispute.Status.NEEDS_RESPONSE: _("Dispute needs an answer"),
        Dispute.Status.UNDER_REVIEW: _("Dispute under review"),
        Dispute.Status.WON: _("Dispute won"),
        Dispute.Status.LOST: _("Dispute lost"),
    }
    status = Dispute.Status(dispute.status)
    return words[status], _DISPUTES[status]


def operation_badge(operation: Operation) -> Badge:
    """Return what is known of an act at the gateway."""
    state = Operation.State(operation.state)
    words = _("No answer yet") if state == Operation.State.OPEN else operation.get_state_display()
    return str(words), _OPERATIONS[state]


def intent_badge(intent: PaymentIntent) -> Badge:
    """Return a payment intent's state."""
    return str(intent.get_status_display()), _INTENTS[PaymentIntent.Status(intent.status)]


def gateway(kind: str) -> str:
    """Return what a gateway is called; empty where there is none."""
    return str(GatewayAccount.Kind(kind).label) if kind else ""


def brand(name: str) -> str:
    """Return a card brand's name."""
    return BRANDS.get(name, name.replace("_", " ").capitalize() or _("Card"))


def method_line(method: PaymentMethod) -> str:
    """Return how a payment method is told from others."""
    return _line(
        method.kind, {"brand": method.brand, "bank_name": method.bank_name, "last4": method.last4}
    )


def charged_line(charge: Charge) -> str:
    """Return what a charge was made with, as it was then."""
    kind = charge.method_details.get("type", "")
    return _line(kind, charge.method_details.get(kind) or {}) if kind else ""


def details_line(kind: str, details: Mapping[str, Any]) -> str:
    """Return a payment method by its kind, and what `/v1/` says of it."""
    return _line(kind, details)


def day(instant: Any) -> str:
    """Return the day of an instant in the site's time zone; empty where there is none."""
    return date_format(localtime(instant)) if instant else ""


def _line(kind: str, details: Mapping[str, Any]) -> str:
    names = {
        PaymentMethod.Kind.CARD: brand(details.get("brand") or ""),
        PaymentMethod.Kind.US_BANK_ACCOUNT: details.get("bank_name") or _("US bank account"),
        PaymentMethod.Kind.SEPA_DEBIT: _("SEPA debit"),
    }
    name = names.get(PaymentMethod.Kind(kind), "") if kind in PaymentMethod.Kind.values else kind
    last4 = details.get("last4") or ""
    return f"{name} {_DOTS} {last4}" if last4 else str(name)


def failure(charge: Charge) -> dict[str, str] | None:
    """Return why a charge failed and what to do; None where it did not."""
    if charge.status != Charge.Status.FAILED:
        return None
    codes = [code for code in (charge.failure_code, charge.decline_code) if code]
    known = [_ADVICE[code] for code in reversed(codes) if code in _ADVICE]
    return {
        "message": charge.failure_message or _("The payment did not go through."),
        "code": " · ".join(dict.fromkeys(codes)),
        "advice": str(known[0] if known else _ANY_ADVICE),
    }


def payer(charge: Charge) -> str:
    """Return who pays, by the customer or else by what the card's holder said."""
    if charge.customer is not None:
        return str(charge.customer)
    details = charge.billing_details or {}
    return str(details.get("name") or details.get("email") or charge.receipt_email or "")


def moment(instant: Any) -> str:
    """Return an instant as people write it, in the site's time zone; empty where there is none."""
    return date_format(localtime(instant), "DATETIME_FORMAT") if instant else ""


__all__ = [
    "BRANDS", "EVENTS", "Badge", "brand", "charge_badges", "charged_line", "day", "details_line",
    "dispute_badge", "failure", "intent_badge",
    "method_line", "moment", "money", "operation_badge", "payer", "refund_badge",
]  # fmt: skip
