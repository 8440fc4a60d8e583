"""A payment's page: what it is, what became of it, and what can be done, in a bounded number of queries."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown as people
from customers.events.models import Event
from customers.kit import clock
from payments.admin import shown
from payments.models import BalanceTransaction, Charge, Dispute, Operation, Refund

SHOWN = 50  # of each kind
_TIMELINE = 60
Kind = BalanceTransaction.Kind


@dataclass(slots=True)
class Around:
    """What belongs to a charge, the newest first."""

    charge: Charge
    refunds: list[Refund] = field(default_factory=list)
    dispute: Dispute | None = None
    operations: list[Operation] = field(default_factory=list)
    movements: list[BalanceTransaction] = field(default_factory=list)
    tries: list[Charge] = field(default_factory=list)


def around(charge: Charge) -> Around:
    """Load what belongs to a charge."""
    newest = ("-created_at", "-id")
    refunds = list(Refund.objects.filter(charge=charge).order_by(*newest)[:SHOWN])
    dispute = Dispute.objects.filter(charge=charge).order_by(*newest).first()
    sources = [str(charge.pk), *(str(refund.pk) for refund in refunds)]
    if dispute is not None:
        sources.append(str(dispute.pk))
    tries: list[Charge] = []
    if charge.payment_intent_id is not None:
        rows = Charge.objects.filter(payment_intent_id=charge.payment_intent_id)
        tries = list(rows.newest_first()[:SHOWN])
    return Around(
        charge,
        refunds,
        dispute,
        list(Operation.objects.filter(charge=charge).order_by(*newest)[:SHOWN]),
        list(
            BalanceTransaction.objects.filter(source_id__in=sources).order_by(*newest)[: SHOWN * 2]
        ),
        tries,
    )


def context(all_: Around, retried: Charge | None) -> dict[str, Any]:
    """Return what the page shows."""
    charge = all_.charge
    return {
        "amount": people.money_with_code(charge.amount, charge.currency),
        "badges": shown.charge_badges(charge, all_.dispute),
        "payer": shown.payer(charge),
        "payer_url": _page("customers_customer", charge.customer_id),
        "method": shown.charged_line(charge),
        "failure": shown.failure(charge),
        "retried_url": _page("payments_charge", retried.pk if retried else None),
        "unknown": _unknown(all_.operations),
        "figures": _figures(all_),
        "details": _details(charge),
        "method_facts": _method_facts(charge),
        "ids": _ids(charge),
        "refunds": [_refund_line(refund) for refund in all_.refunds],
        "dispute": _dispute(all_.dispute),
        "operations": [_operation_line(operation) for operation in all_.operations],
        "movements": [_movement_line(entry) for entry in all_.movements],
        "tries": [_try_line(one, charge) for one in all_.tries] if len(all_.tries) > 1 else [],
        "timeline": _timeline(all_),
        "metadata": sorted(charge.metadata.items()),
    }


def _page(name: str, pk: str | None) -> str:
    return reverse(f"admin:{name}_page", args=[pk]) if pk else ""


def _figures(all_: Around) -> list[tuple[str, str, str]]:
    """Return what was taken, given back, and is left: a label, a value, a note."""
    charge = all_.charge

    def money(amount: int) -> str:
        return shown.money(amount, charge.currency)

    figures = [(_("Amount"), money(charge.amount), _held_until(charge))]
    if charge.amount_captured and charge.amount_captured != charge.amount:
        figures.append((_("Captured"), money(charge.amount_captured), ""))
    if charge.amount_refunded or charge.amount_refunding:
        on_its_way = money(charge.amount_refunding) if charge.amount_refunding else ""
        note = _("%(amount)s more on its way") % {"amount": on_its_way} if on_its_way else ""
        figures.append((_("Refunded"), money(charge.amount_refunded), note))
    if all_.movements:
        own = [entry for entry in all_.movements if entry.currency == charge.currency]
        figures.append((_("Fees"), money(sum(entry.fee for entry in own)), ""))
        net = sum(entry.net for entry in own)
        figures.append((_("Net"), money(net), _("what you keep") if net > 0 else ""))
    return figures


def _held_until(charge: Charge) -> str:
    if charge.status != Charge.Status.AUTHORIZED or charge.capture_before is None:
        return ""
    return _("held until %(when)s") % {"when": shown.moment(charge.capture_before)}


def _unknown(operations: list[Operation]) -> dict[str, str] | None:
    """Return what is said while the gateway has not answered, or a person has to look."""
    for operation in operations:
        if operation.state == Operation.State.FLAGGED:
            return {
                "title": _("Somebody has to look at this payment"),
                "text": operation.said,
                "style": "bad",
                "next": "",
            }
        if operation.state in {Operation.State.OPEN, Operation.State.WAITING}:
            is_open = operation.state == Operation.State.OPEN
            due = operation.next_check_at
            return {
                "title": _("The gateway has not confirmed this yet")
                if is_open
                else _("Waiting for the customer or the bank"),
                "text": operation.said
                or (
                    _("It is asked again until it answers. Nothing is charged twice.")
                    if is_open
                    else ""
                ),
                "style": "warn",
                "next": "" if due is None or due < clock.now() else shown.moment(due),
            }
    return None


def _details(charge: Charge) -> list[tuple[str, Any]]:
    descriptor = " ".join(
        part for part in (charge.statement_descriptor, charge.statement_descriptor_suffix) if part
    )
    pairs = [
        (_("Description"), charge.description),
        (_("Created"), charge.created_at),
        (_("Settled"), charge.settled_at),
        (_("Customer present"), "" if charge.off_session else _("Yes")),
        (_("Receipt to"), charge.receipt_email),
        (_("On the statement"), descriptor),
        (_("Gateway"), charge.gateway_account.get_kind_display()),
        (_("Imported from"), shown.gateway(charge.imported_from)),
        (_("Part of the customer's credit"), _("Yes") if charge.credits_customer else ""),
    ]
    return [(label, value) for label, value in pairs if value]


def _method_facts(charge: Charge) -> list[tuple[str, Any]]:
    kind = charge.method_details.get("type", "")
    inner = charge.method_details.get(kind) or {}
    billing = charge.billing_details or {}
    month, year = inner.get("exp_month"), inner.get("exp_year")
    checks = inner.get("checks") or {}
    pairs = [
        (_("Method"), shown.charged_line(charge)),
        (_("Holder"), billing.get("name")),
        (_("Expires"), f"{month:02} / {year}" if month and year else ""),
        (_("Type"), _FUNDING.get(inner.get("funding") or "", "")),
        (_("Issued in"), people.country(inner.get("country") or "")),
        (_("Security code"), _CHECKS.get(checks.get("cvc_check") or "", "")),
        (_("Fingerprint"), inner.get("fingerprint")),
    ]
    return [(label, value) for label, value in pairs if value]


def _ids(charge: Charge) -> list[tuple[str, str]]:
    pairs = [
        (_("Payment"), str(charge.pk)),
        (_("Payment intent"), charge.payment_intent_id or ""),
        (_("Payment method"), charge.payment_method_id or ""),
        (_("Customer"), charge.customer_id or ""),
        (_("Balance transaction"), charge.balance_transaction_id),
        (_("At the gateway"), charge.gateway_reference),
    ]
    return [(label, value) for label, value in pairs if value]


def _refund_line(refund: Refund) -> dict[str, Any]:
    words, style = shown.refund_badge(refund)
    return {
        "pk": refund.pk,
        "amount": shown.money(refund.amount, refund.currency),
        "words": words,
        "style": style,
        "reason": refund.get_reason_display() if refund.reason else "",
        "failure": refund.failure_reason,
        "created_at": refund.created_at,
    }


def _dispute(dispute: Dispute | None) -> dict[str, Any] | None:
    if dispute is None:
        return None
    words, style = shown.dispute_badge(dispute)
    return {
        "words": words,
        "style": style,
        "url": _page("payments_dispute", dispute.pk),
        "amount": shown.money(dispute.amount, dispute.currency),
        "reason": dispute.reason.replace("_", " ").capitalize(),
        "due": dispute.evidence_due_at,
        "is_open": dispute.status == Dispute.Status.NEEDS_RESPONSE,
    }


def _operation_line(operation: Operation) -> dict[str, Any]:
    words, style = shown.operation_badge(operation)
    return {
        "kind": operation.get_kind_display(),
        "amount": shown.money(operation.amount, operation.currency),
        "words": words,
        "style": style,
        "reference": operation.reference,
        "said": operation.said,
        "checks": operation.checks,
        "created_at": operation.created_at,
    }


def _movement_line(entry: BalanceTransaction) -> dict[str, Any]:
    return {
        "kind": entry.get_kind_display(),
        "amount": shown.money(entry.amount, entry.currency),
        "fee": shown.money(entry.fee, entry.currency) if entry.fee else "\N{EN DASH}",
        "net": shown.money(entry.net, entry.currency),
        "created_at": entry.created_at,
        "available_on": entry.available_on,
    }


def _try_line(one: Charge, here: Charge) -> dict[str, Any]:
    said = shown.failure(one)
    return {
        "url": "" if one.pk == here.pk else _page("payments_charge", one.pk),
        "badges": shown.charge_badges(one),
        "method": shown.charged_line(one),
        "reason": said["message"] if said else "",
        "created_at": one.created_at,
    }


def _timeline(all_: Around) -> list[dict[str, Any]]:
    """Return the events of a charge and what belongs to it, the newest first."""
    charge = all_.charge
    about = [str(charge.pk), *(str(refund.pk) for refund in all_.refunds)]
    about += [charge.payment_intent_id] if charge.payment_intent_id else []
    about += [str(all_.dispute.pk)] if all_.dispute else []
    rows = Event.objects.filter(object_id__in=about).order_by("-created_at", "-id")
    return [people.event_line(event) for event in rows.defer("snapshot")[:_TIMELINE]]


_FUNDING = {
    "credit": gettext_lazy("Credit card"),
    "debit": gettext_lazy("Debit card"),
    "prepaid": gettext_lazy("Prepaid card"),
}
_CHECKS = {
    "pass": gettext_lazy("Correct"),
    "fail": gettext_lazy("Wrong"),
    "unavailable": gettext_lazy("Not checked"),
    "unchecked": gettext_lazy("Not checked"),
}
