"""What sending the goods adds to an invoice: the rate's amount, taxed by the invoice's own tax rates.

Discounts do not touch it. Where the shipping rate says whether its amount contains tax, that counts; else each tax rate
says it.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from payments.billing import totals
from payments.billing.models import Invoice, ShippingRate, TaxRate
from payments.billing.services import shipping_rates
from payments.billing.totals import Rate

Behavior = ShippingRate.TaxBehavior


def worked_out(
    invoice: Invoice, rates: Mapping[str, TaxRate], exemption: totals.Exemption
) -> totals.Totals | None:
    """Set what an invoice says of shipping, unsaved, and return what it comes to; None where nothing is sent.

    Args:
        rates: the invoice's own tax rates at least, by id.
        exemption: the customer's.
    """
    if invoice.shipping_rate_id is None:
        invoice.shipping_shown = {}
        return None
    rate = shipping_rates.get(invoice.shipping_rate_id)
    own = [rates[pk] for pk in invoice.tax_rate_ids if pk in rates]
    found = taxed(rate, invoice.currency, own, exemption)
    invoice.shipping_shown = {
        "name": rate.display_name,
        "amount": shipping_rates.cost(rate, invoice.currency)[0],
        "amount_subtotal": found.total_excluding_tax,
        "amount_tax": found.total - found.total_excluding_tax,
        "amount_total": found.total,
        "taxes": [totals.shown(tax) for tax in found.lines[0].taxes],
    }
    return found


def taxed(
    rate: ShippingRate, currency: str, rates: Iterable[TaxRate], exemption: totals.Exemption
) -> totals.Totals:
    """Return what a shipping rate comes to in one of its currencies, taxed."""
    amount, behavior = shipping_rates.cost(rate, currency)
    says = {Behavior.INCLUSIVE: True, Behavior.EXCLUSIVE: False}
    taxes = tuple(
        Rate(each.pk, Fraction(each.percentage), says.get(Behavior(behavior), each.is_inclusive))
        for each in rates
    )
    return totals.totals([totals.Line(amount, taxes=taxes)], exemption=exemption)


def together(lines: Iterable[Any], shipping: Iterable[Any]) -> list[dict[str, Any]]:
    """Return taxes of lines and of shipping, added up where the same rate is contained, or added, in both."""
    found: dict[tuple[str, bool], dict[str, Any]] = {}
    for tax in [*lines, *shipping]:
        key = (tax["id"], tax["is_inclusive"])
        known = found.get(key, {**tax, "amount": 0, "taxable_amount": 0})
        found[key] = {
            **known,
            "amount": known["amount"] + tax["amount"],
            "taxable_amount": known["taxable_amount"] + tax["taxable_amount"],
        }
    return list(found.values())
