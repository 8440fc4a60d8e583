"""An invoice's page: its lines and what they come to, what was paid and tried, in a bounded number of queries."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.admin import shown as people
from customers.events.models import Event
from customers.models import CustomerBalanceTransaction
from payments.admin import shown as paid
from payments.billing.admin import shown
from payments.billing.models import (
    CreditNote,
    Discount,
    Invoice,
    InvoiceLine,
    InvoicePayment,
    TaxRate,
)
from payments.models import Charge

SHOWN = 100  # lines
TRIES = 20
_TIMELINE = 40
Status = Invoice.Status


@dataclass(slots=True)
class Around:
    """What belongs to an invoice."""

    invoice: Invoice
    at: datetime
    lines: list[InvoiceLine] = field(default_factory=list)
    discounts: dict[str, Discount] = field(default_factory=dict)
    rates: dict[str, TaxRate] = field(default_factory=dict)
    payments: list[InvoicePayment] = field(default_factory=list)
    tries: list[Charge] = field(default_factory=list)
    credit_notes: list[CreditNote] = field(default_factory=list)
    entries: list[CustomerBalanceTransaction] = field(default_factory=list)


def around(invoice: Invoice, *, at: datetime) -> Around:
    """Load what belongs to an invoice, as of an instant."""
    newest = ("-created_at", "-id")
    rows = InvoiceLine.objects.filter(invoice=invoice).select_related("price__product")
    payments = InvoicePayment.objects.filter(invoice=invoice).order_by(*newest)
    intents = [one.payment_intent_id for one in payments if one.payment_intent_id]
    intents += [invoice.payment_intent_id] if invoice.payment_intent_id else []
    tries = Charge.objects.filter(payment_intent__in=intents) if intents else Charge.objects.none()
    entries = CustomerBalanceTransaction.objects.filter(
        customer=invoice.customer_id, invoice_id=invoice.pk
    )
    discounts = Discount.objects.select_related("coupon", "promotion_code")
    return Around(
        invoice,
        at,
        list(rows.order_by("position")[: SHOWN + 1]),
        discounts.in_bulk([pk for pk, _amount in invoice.discounts_shown]),
        TaxRate.objects.in_bulk([said["id"] for said in invoice.taxes_shown]),
        list(payments),
        list(tries.newest_first()[:TRIES]),
        list(CreditNote.objects.filter(invoice=invoice).order_by(*newest)[:TRIES]),
        list(entries.order_by(*newest)[:TRIES]),
    )


def context(all_: Around) -> dict[str, Any]:
    """Return what the page shows."""
    invoice = all_.invoice
    return {
        "title": invoice.number or _("Draft for %(customer)s") % {"customer": invoice.customer},
        "said": f"{shown.money(invoice.total, invoice.currency)} {invoice.currency.upper()}",
        "badges": shown.invoice_badges(invoice, at=all_.at),
        "who": str(invoice.customer),
        "who_url": shown.customer_page(invoice.customer_id),
        "notices": _notices(all_),
        "figures": _figures(all_),
        "lines": [_line(line) for line in all_.lines[:SHOWN]],
        "has_more_lines": len(all_.lines) > SHOWN,
        "sums": _sums(all_),
        "tries": [_try(charge) for charge in all_.tries],
        "outside": [_outside(payment) for payment in all_.payments if _is_outside(payment)],
        "credit_notes": [_credit_note(note) for note in all_.credit_notes],
        "details": _details(all_),
        "memo": [text for text in (invoice.description, invoice.footer) if text],
        "timeline": _timeline(all_),
        "metadata": sorted(invoice.metadata.items()),
        "ids": _ids(all_),
    }


def brief(all_: Around) -> dict[str, Any]:
    """Return an invoice as previews show it: lines, sums, and what is to be paid."""
    invoice = all_.invoice
    return {
        "at": invoice.created_at,
        "lines": [_line(line) for line in all_.lines[:SHOWN]],
        "sums": _sums(all_),
        "due": shown.money(invoice.amount_due, invoice.currency),
    }


def due(invoice: Invoice) -> tuple[str, datetime | None]:
    """Return what happens to an invoice next, or happened at last, and when."""
    if invoice.status == Status.PAID:
        return _("paid"), invoice.paid_at
    if invoice.status == Status.VOID:
        return _("voided"), invoice.voided_at
    if invoice.status == Status.UNCOLLECTIBLE:
        return _("given up"), invoice.marked_uncollectible_at
    if invoice.status == Status.DRAFT:
        return _("finalized"), invoice.finalizes_at
    if invoice.due_at:
        return _("due"), invoice.due_at
    return _("next try"), invoice.next_attempt_at


# -- What stands first -------------------------------------------------------------------------------------------------


def _notices(all_: Around) -> list[dict[str, str]]:
    """Return what somebody should know before anything else: a title, a text, a style."""
    invoice = all_.invoice
    if invoice.status == Status.DRAFT and invoice.last_finalization_error:
        said = invoice.last_finalization_error.get("message", "")
        title = _("It could not be finalized")
        return [{"style": "bad", "title": title, "text": said, "url": ""}]
    if invoice.status != Status.OPEN:
        return []
    failed = next(iter(all_.tries), None)
    said = paid.failure(failed) if failed is not None else None
    if said is not None:
        return [_failed(invoice, failed, said)]
    if shown.is_overdue(invoice, at=all_.at):
        days = (all_.at - invoice.due_at).days if invoice.due_at else 0
        title = ngettext("Overdue since %(days)s day", "Overdue since %(days)s days", days)
        owed = shown.money(invoice.amount_remaining, invoice.currency)
        return [
            {
                "style": "bad",
                "title": title % {"days": days} if days else _("Overdue since today"),
                "text": _("%(amount)s is still to be paid.") % {"amount": owed},
                "url": "",
            }
        ]
    return []


def _failed(invoice: Invoice, charge: Any, said: dict[str, str]) -> dict[str, str]:
    retry = invoice.next_attempt_at
    then = (
        _("It is tried again on %(when)s.") % {"when": shown.moment(retry)}
        if retry
        else _("It is not tried again by itself.")
    )
    return {
        "style": "bad",
        "title": said["message"],
        "text": f"{said['advice']} {then}",
        "code": said["code"],
        "url": reverse("admin:payments_charge_page", args=[charge.pk]),
    }


def _figures(all_: Around) -> list[tuple[str, str, str]]:
    """Return what is asked for, what came and what is left: a label, a value, a note."""
    invoice = all_.invoice

    def money(amount: int) -> str:
        return shown.money(amount, invoice.currency)

    figures = [(_("Total"), money(invoice.total), "")]
    if invoice.status == Status.DRAFT:
        when = invoice.finalizes_at
        note = _("by itself on %(when)s") % {"when": shown.moment(when)} if when else ""
        return [*figures, (_("Finalized"), _("Not yet"), note)]
    outside = _("outside of the gateway") if invoice.is_paid_out_of_band else ""
    figures.append((_("Paid"), money(invoice.amount_paid), outside))
    if invoice.status in {Status.OPEN, Status.UNCOLLECTIBLE}:
        figures.append((_("Still to be paid"), money(invoice.amount_remaining), ""))
    _words, when = due(invoice)
    if when is not None:
        figures.append((_date_label(invoice), shown.day(when), ""))
    return figures


def _date_label(invoice: Invoice) -> str:
    """Return what the date that `due` gives is called."""
    if invoice.status == Status.OPEN:
        return _("Due on") if invoice.due_at else _("Next try")
    return {
        Status.PAID: _("Paid on"),
        Status.VOID: _("Voided on"),
        Status.UNCOLLECTIBLE: _("Given up on"),
    }[Status(invoice.status)]


# -- Lines and sums ----------------------------------------------------------------------------------------------------


def _line(line: InvoiceLine) -> dict[str, Any]:
    unit = line.unit_amount_decimal
    return {
        "pk": line.pk,
        "text": line.description or (shown.price_name(line.price) if line.price else ""),
        "period": shown.period(line.period_start, line.period_end),
        "quantity": "" if line.quantity is None else line.quantity,
        "unit": shown.exact_money(unit, line.currency) if unit is not None else "",
        "amount": shown.money(line.amount, line.currency),
        "is_proration": line.is_proration,
        "item": line.invoice_item_id or "",
    }


def _sums(all_: Around) -> list[dict[str, Any]]:
    """Return how the lines come to what is due: labels and amounts, the last one being what is left."""
    invoice = all_.invoice
    sums = [_sum(invoice, _("Subtotal"), invoice.subtotal)]
    sums += [_discount(all_, pk, amount) for pk, amount in invoice.discounts_shown]
    if invoice.shipping_shown:
        said = invoice.shipping_shown
        sums.append(_sum(invoice, _("Shipping: %(name)s") % said, said["amount"]))
    sums += [_tax(all_, said) for said in invoice.taxes_shown]
    sums.append(_sum(invoice, _("Total"), invoice.total, is_strong=True))
    before = invoice.pre_payment_credit
    applied = invoice.total - invoice.amount_due
    if invoice.total < 0:
        sums.append(_sum(invoice, _("Becomes the customer's credit"), -invoice.total))
    elif applied:
        sums.append(_sum(invoice, _("From the customer's balance"), -applied))
    if before:
        sums.append(_sum(invoice, _("Credit notes"), -before))
    if invoice.amount_paid:
        sums.append(_sum(invoice, _("Paid"), -invoice.amount_paid))
    if invoice.total > 0 and (applied or before or invoice.amount_paid):
        sums.append(_sum(invoice, _("Left"), invoice.amount_remaining, is_strong=True))
    if invoice.post_payment_credit:
        sums.append(_sum(invoice, _("Given back later"), -invoice.post_payment_credit))
    return sums


def _discount(all_: Around, pk: str, amount: int) -> dict[str, Any]:
    discount = all_.discounts.get(pk)
    name = shown.discount_line(discount)["name"] if discount else pk
    note = shown.coupon_line(discount.coupon) if discount else ""
    return _sum(all_.invoice, _("Discount %(name)s") % {"name": name}, -amount, note=note)


def _tax(all_: Around, said: dict[str, Any]) -> dict[str, Any]:
    rate = all_.rates.get(said["id"])
    name = said["id"]
    if rate is not None:
        percent = f"{rate.percentage.normalize():f}"
        name = f"{rate.display_name} {percent} %"
    note = _("contained in the price") if said.get("is_inclusive") else ""
    return _sum(all_.invoice, name, said["amount"], note=note)


def _sum(
    invoice: Invoice, label: str, amount: int, *, note: str = "", is_strong: bool = False
) -> dict[str, Any]:
    value = shown.money(amount, invoice.currency)
    return {"label": label, "amount": value, "note": note, "is_strong": is_strong}


# -- What was paid, and the rest ---------------------------------------------------------------------------------------


def _try(charge: Charge) -> dict[str, Any]:
    said = paid.failure(charge)
    return {
        "url": reverse("admin:payments_charge_page", args=[charge.pk]),
        "badges": paid.charge_badges(charge),
        "method": paid.charged_line(charge),
        "amount": shown.money(charge.amount, charge.currency),
        "reason": said["message"] if said else "",
        "code": said["code"] if said else "",
        "created_at": charge.created_at,
    }


def _is_outside(payment: InvoicePayment) -> bool:
    return payment.payment_intent_id is None and payment.status == InvoicePayment.Status.PAID


def _outside(payment: InvoicePayment) -> dict[str, Any]:
    return {
        "amount": shown.money(payment.amount_paid or 0, payment.currency),
        "paid_at": payment.paid_at,
    }


def _credit_note(note: CreditNote) -> dict[str, Any]:
    return {
        "number": note.number,
        "url": _page_of(note),
        "amount": shown.money(note.total, note.currency),
        "words": str(note.get_status_display()),
        "style": "ok" if note.status == CreditNote.Status.ISSUED else "",
        "reason": str(note.get_reason_display()) if note.reason else "",
        "created_at": note.created_at,
    }


def _page_of(note: CreditNote) -> str:
    return shown.page_if_any("creditnote", note.pk)


def _details(all_: Around) -> list[tuple[str, Any]]:
    invoice = all_.invoice
    subscription = invoice.subscription
    pairs = [
        (_("Billed to"), _billed_to(invoice)),
        (_("Imported from"), paid.gateway(invoice.imported_from)),
        (_("For"), str(invoice.get_reason_display())),
        (_("Collection"), str(invoice.get_collection_method_display())),
        (_("Charged to"), _method(invoice)),
        (_("Period"), shown.period(invoice.period_start, invoice.period_end)),
        (_("Advances by itself"), _("Yes") if invoice.auto_advance else _("No")),
        (_("Tries"), invoice.attempt_count or ""),
        (_("Next try"), shown.moment(invoice.next_attempt_at)),
        (_("Due"), shown.moment(invoice.due_at)),
        (_("Finalized"), shown.moment(invoice.finalized_at)),
        (_("Sent"), shown.moment(invoice.sent_at)),
        (_("Paid"), shown.moment(invoice.paid_at)),
        (_("Voided"), shown.moment(invoice.voided_at)),
        (_("Receipt"), invoice.receipt_number),
        (_("On the statement"), invoice.statement_descriptor),
        (_("Subscription"), subscription.description if subscription else ""),
        (_("Takes the place of"), _other(invoice.revises)),
        (_("Replaced by"), _other(invoice.latest_revision)),
    ]
    own = [(said.get("name", ""), said.get("value", "")) for said in invoice.custom_fields]
    return [(label, value) for label, value in [*pairs, *own] if value]


def _other(invoice: Invoice | None) -> str:
    """Return a link to an invoice; empty where there is none."""
    if invoice is None:
        return ""
    url, name = shown.page("invoice", invoice.pk), shown.invoice_name(invoice)
    return format_html('<a href="{}">{}</a>', url, name)


def _billed_to(invoice: Invoice) -> str:
    said = invoice.customer_shown or {}
    parts = (said.get("name"), said.get("email"))
    return ", ".join(part for part in parts if part) or str(invoice.customer)


def _method(invoice: Invoice) -> str:
    method = invoice.default_payment_method
    return paid.method_line(method) if method else ""


def _timeline(all_: Around) -> list[dict[str, Any]]:
    """Return the events of an invoice and its payments, the newest first; they are found by the customer."""
    invoice = all_.invoice
    about = {str(invoice.pk), *(str(charge.pk) for charge in all_.tries)}
    about |= {str(one.payment_intent_id) for one in all_.payments if one.payment_intent_id}
    about |= {str(one.pk) for one in [*all_.payments, *all_.credit_notes]}
    rows = Event.objects.filter(
        customer_id=invoice.customer_id,
        created_at__gte=invoice.created_at,
        object_id__in=sorted(about),
    )
    newest = rows.order_by("-created_at", "-id").defer("snapshot")[:_TIMELINE]
    return [people.event_line(event) for event in newest]


def _ids(all_: Around) -> list[tuple[str, str]]:
    invoice = all_.invoice
    pairs = [
        (_("Invoice"), str(invoice.pk)),
        (_("Customer"), invoice.customer_id),
        (_("Subscription"), invoice.subscription_id or ""),
        (_("Payment intent"), invoice.payment_intent_id or ""),
        (_("Test clock"), invoice.test_clock_id),
    ]
    return [(label, value) for label, value in pairs if value]
