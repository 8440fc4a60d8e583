"""The invoices that a subscription brings about: drafted, finalized, collected, as its terms and its pauses say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from customers.kit.errors import InvalidRequest
from payments.billing.models import Invoice, InvoiceItem, Price, Subscription
from payments.billing.services import discounts, invoice_items, invoices, prices, tax_rates
from payments.billing.services.invoice_lines import NewLine

Reason = Invoice.Reason
Pause = Subscription.Pause


def draft(
    subscription: Subscription,
    lines: Sequence[NewLine],
    *,
    reason: Invoice.Reason,
    start: datetime,
    end: datetime,
    takes_pending: bool = True,
    at: datetime,
) -> Invoice:
    """Make the draft of an invoice of a locked subscription, in the caller's transaction.

    Args:
        start: of the period that the invoice is for; a renewal's is the period that has ended.
        takes_pending: whether it bills what is pending.
    """
    invoice = invoices.draft(
        customer=subscription.customer, currency=subscription.currency, lines=lines,
        subscription=subscription, reason=reason, period_start=start, period_end=end,
        collection_method=subscription.collection_method, days_until_due=subscription.days_until_due,
        auto_advance=advances(subscription), payment_settings=subscription.payment_settings,
        subscription_metadata=subscription.metadata, tax_rate_ids=subscription.tax_rate_ids,
        takes_pending=takes_pending, at=at,
    )  # fmt: skip
    subscription.latest_invoice_id = invoice.pk
    return invoice


def advances(subscription: Subscription) -> bool:
    """Tell whether new invoices of a subscription go on by themselves."""
    is_kept = subscription.pause_behavior == Pause.KEEP_AS_DRAFT
    return not is_kept and subscription.status != Subscription.Status.UNPAID


def pend(
    subscription: Subscription, lines: Sequence[NewLine], *, at: datetime
) -> list[InvoiceItem]:
    """Put lines aside as items for the subscription's next invoice, in the caller's transaction."""
    return [invoice_items.pend(line, subscription=subscription, at=at) for line in lines]


def drop_pending(subscription: Subscription) -> None:
    """Take back the prorations that no invoice has billed yet."""
    rows = InvoiceItem.objects.filter(
        subscription=subscription, invoice__isnull=True, is_proration=True
    )
    rows.delete()


def has_pending(subscription: Subscription) -> bool:
    """Tell whether there is something for the subscription's next invoice."""
    return InvoiceItem.objects.filter(subscription=subscription, invoice__isnull=True).exists()


def settle_paused(subscription: Subscription, invoice: Invoice, *, at: datetime) -> None:
    """Do with a new draft what the subscription's pause of collection says."""
    if subscription.pause_behavior not in (Pause.VOID, Pause.MARK_UNCOLLECTIBLE):
        return
    invoice = invoices.finalize(invoice, at=at)
    if invoice.status != Invoice.Status.OPEN:
        return
    if subscription.pause_behavior == Pause.VOID:
        invoices.void(invoice, at=at)
    else:
        invoices.mark_uncollectible(invoice, at=at)


def add_extra(
    subscription: Subscription, extra: Mapping[str, Any], *, param: str, at: datetime
) -> InvoiceItem:
    """Put something aside that is billed once with the subscription's next invoice, in the caller's transaction.

    Args:
        extra: `price` (an id, or a price that was offered before) or `price_data`, and perhaps `quantity`, `metadata`,
            `tax_rates` (ids), `discounts` (hashes), `discountable`, `period` (two instants).
        param: where the request has it.

    Raises:
        NotFound: there is no such price, tax rate, coupon or code.
        InvalidRequest: the price is not for one time, or not in the subscription's currency.
    """
    price = _price_of(extra, param, at=at)
    if price.kind != Price.Kind.ONE_TIME:
        raise InvalidRequest(
            "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.",
            param=f"{param}[price]",
        )
    start, end = extra.get("period") or (at, at)
    details: dict[str, Any] = {
        "price": price,
        "quantity": extra.get("quantity", 1),
        "currency": subscription.currency,
        "metadata": extra.get("metadata") or {},
        "is_discountable": extra.get("discountable", True),
        "period_start": start,
        "period_end": end,
    }
    if extra.get("tax_rates"):
        details["tax_rate_ids"] = tax_rates.resolve(extra["tax_rates"], param=f"{param}[tax_rates]")
    wanted = discounts.read(
        extra.get("discounts"), param=f"{param}[discounts]", customer=subscription.customer, at=at
    )
    return invoice_items.create(
        subscription.customer, subscription=subscription, wanted=wanted, details=details, at=at
    )


def _price_of(extra: Mapping[str, Any], param: str, *, at: datetime) -> Price:
    data = extra.get("price_data")
    if (data is None) is not bool(extra.get("price")):
        raise InvalidRequest(
            "Give one of these parameters: price, price_data.", param=f"{param}[price]"
        )
    if data is not None:
        return prices.inline(data, param=f"{param}[price_data]", at=at)
    if isinstance(extra["price"], Price):
        return extra["price"]
    return prices.usable(extra["price"], param=f"{param}[price]")
