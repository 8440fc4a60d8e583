"""What a checkout comes to, by the arithmetic of invoices."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.models import Customer
from payments import money
from payments.billing import pricing, totals
from payments.billing.models import Invoice, Price, TaxRate
from payments.billing.services import (
    discounts,
    invoice_lines,
    invoice_totals,
    prices,
    shipping_rates,
    tax_rates,
)
from payments.billing.services.discounts import Wanted
from payments.billing.totals import Cut
from portal.models import CheckoutItem, CheckoutSession

COLUMNS = (
    "amount_subtotal", "amount_discount", "amount_shipping", "amount_tax", "amount_total", "amount_due",
    "discounts_shown", "taxes_shown", "shipping_shown", "shipping_rate", "discounts_asked",
)  # fmt: skip
"""The columns of a session that this sets, or that it is worked out from."""
OF_ITEMS = ("quantity", "amount_subtotal", "amount_discount", "amount_tax", "amount_total")


def work_out(
    session: CheckoutSession,
    items: Sequence[CheckoutItem],
    *,
    customer: Customer | None,
    at: datetime,
) -> list[Wanted]:
    """Set the amounts of a session and of its items, unsaved, and return the discounts that are asked for.

    Args:
        customer: who pays, where that is known.

    Raises:
        NotFound: a coupon or a promotion code is gone.
        InvalidRequest: a discount cannot be had (any more, or by this customer), or it comes to too much.
    """
    wanted = discounts.read(session.discounts_asked, param="discounts", customer=customer, at=at)
    rates = _rates(session, items)
    exemption: totals.Exemption = "none" if customer is None else customer.tax_exempt  # type: ignore[assignment]  # the column's choices
    found = totals.totals(
        [_line(session, item, rates) for item in items],
        [cut for each in wanted if (cut := _cut(each, session.currency)) is not None],
        exemption=exemption,
    )
    discounts.check_minimum(
        wanted, amount=sum(_amount(item) for item in items), currency=session.currency
    )
    for item, line, amount in zip(items, found.lines, map(_now(session), items), strict=True):
        item.amount_subtotal = amount
        item.amount_discount = sum(cut.amount for cut in line.discounts)
        item.amount_tax = sum(tax.amount for tax in line.taxes)
        item.amount_total = line.total
    _set(session, wanted, found)
    return wanted


def follow_invoice(
    session: CheckoutSession, items: Sequence[CheckoutItem], invoice: Invoice
) -> None:
    """Set the amounts of a session to those of the invoice by which it is paid, unsaved.

    The invoice may know more: what was pending, and a discount or a balance of the customer's.
    """
    lines = invoice_lines.of(invoice)
    session.amount_subtotal = max(invoice.subtotal, 0)
    session.amount_total, session.amount_due = max(invoice.total, 0), invoice.amount_due
    session.amount_tax = max(sum(tax["amount"] for tax in invoice.taxes_shown), 0)
    taken = sum(amount for _pk, amount in invoice.discounts_shown)
    session.amount_discount = max(taken, 0)
    session.taxes_shown = invoice.taxes_shown
    by_price = {line.price_id: line for line in lines}
    for item in items:
        line = by_price.get(item.price_id)
        if line is None:
            continue
        item.amount_subtotal = max(line.amount, 0)
        item.amount_discount = max(sum(amount for _pk, amount in line.discounts_shown), 0)
        item.amount_tax = max(sum(tax["amount"] for tax in line.taxes_shown), 0)
        added = sum(tax["amount"] for tax in line.taxes_shown if not tax["is_inclusive"])
        item.amount_total = max(item.amount_subtotal - item.amount_discount + added, 0)


def is_trial(session: CheckoutSession) -> bool:
    """Tell whether what recurs costs nothing at first."""
    said = session.subscription_data
    return bool(said.get("trial_period_days") or said.get("trial_end"))


def _set(session: CheckoutSession, wanted: Sequence[Wanted], found: totals.Totals) -> None:
    session.shipping_shown = _shipping(session)
    session.amount_shipping = session.shipping_shown.get("amount", 0)
    session.amount_subtotal = found.subtotal
    session.amount_discount = sum(found.discounts.values())
    session.amount_tax = sum(tax.amount for tax in found.taxes.values())
    session.amount_total = found.total + session.amount_shipping
    session.amount_due = session.amount_total
    session.taxes_shown = [totals.shown(tax) for tax in found.taxes.values()]
    session.discounts_shown = [
        {**_names(each), "amount": found.discounts.get(each.coupon.pk, 0)} for each in wanted
    ]
    if session.amount_total > money.MOST:
        raise InvalidRequest(
            f"The total must be no more than {money.MOST} in the currency's smallest unit.",
            param="line_items",
            code="amount_too_large",
        )


def _names(wanted: Wanted) -> dict[str, Any]:
    code = wanted.promotion_code
    return {"coupon": wanted.coupon.pk, "promotion_code": None if code is None else code.pk}


def _rates(session: CheckoutSession, items: Sequence[CheckoutItem]) -> dict[str, TaxRate]:
    own = session.subscription_data.get("tax_rates") or []
    return tax_rates.by_id({*own, *(pk for item in items for pk in item.tax_rate_ids)})


def _line(
    session: CheckoutSession, item: CheckoutItem, rates: Mapping[str, TaxRate]
) -> totals.Line:
    ids = item.tax_rate_ids or session.subscription_data.get("tax_rates") or []
    return totals.Line(
        amount=_now(session)(item),
        taxes=tuple(invoice_totals.rate_of(rates[pk]) for pk in ids if pk in rates),
        product=item.price.product_id,
    )


def _now(session: CheckoutSession) -> Any:
    """Return the function that says what an item costs at first: nothing, where it recurs after a trial."""
    in_trial = is_trial(session)

    def amount(item: CheckoutItem) -> int:
        is_later = in_trial and item.price.kind == Price.Kind.RECURRING
        return 0 if is_later else _amount(item)

    return amount


def _amount(item: CheckoutItem) -> int:
    amount = pricing.amount(prices.pricing(item.price, item.currency), item.quantity)
    if amount > money.MOST:
        raise InvalidRequest(
            f"The amount must be no more than {money.MOST} in the currency's smallest unit.",
            param=f"line_items[{item.position}][quantity]",
            code="amount_too_large",
        )
    return amount


def _cut(wanted: Wanted, currency: str) -> Cut | None:
    coupon = wanted.coupon
    products = frozenset(coupon.product_ids) or None
    if coupon.percent_off is not None:
        return Cut(coupon.pk, percent=Fraction(coupon.percent_off), products=products)
    amount = discounts.amount_off(coupon, currency)
    return None if amount is None else Cut(coupon.pk, amount_off=amount, products=products)


def _shipping(session: CheckoutSession) -> dict[str, Any]:
    if session.shipping_rate is None:
        return {}
    rate = session.shipping_rate
    amount, _behavior = shipping_rates.cost(rate, session.currency)
    return {"name": rate.display_name, "amount": amount}
