"""What invoices, receipts and credit notes have alike: who sells, who is billed, lines and sums, as text.

Everything here is called with the reader's language active. Texts that people write are cut off where a document would
take long to make.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal, format_percent
from django.utils.translation import pgettext

from customers.models import Site
from customers.services import branding
from customers.services.letters import Reader
from payments.billing import totals
from payments.billing.documents.content import Columns, Fact, Party, Row, Seller, Total
from payments.billing.models import CreditNoteLine, Discount, Invoice, InvoiceLine, TaxRate
from payments.billing.services import tax_rates
from payments.emails import shown
from payments.money import Money, allocate

LONGEST = 5000
"""How many characters a memo or a footer may have."""
_LONGEST_LINE = 500
_LONGEST_NAME = 120
_REVERSE_CHARGE = "reverse_charge"
_POSTAL_CODE_LAST = frozenset(
    {"AU", "CA", "GB", "HK", "ID", "IE", "IN", "KR", "NZ", "SG", "TH", "TW", "US"}
)
_LETTER_SIZE = frozenset({"US", "CA", "MX", "PH", "CL", "CO"})


@dataclass(frozen=True, slots=True)
class Names:
    """How the discounts and tax rates of a document are called, by id."""

    discounts: Mapping[str, str]
    rates: Mapping[str, TaxRate]


def names_of(owners: Iterable[Any], to: Reader) -> Names:
    """Return what the discounts and rates of an invoice or a credit note and of its lines are called."""
    rows = list(owners)
    discount_ids = {pair[0] for row in rows for pair in row.discounts_shown}
    rate_ids = {tax["id"] for row in rows for tax in row.taxes_shown}
    discounts = Discount.objects.select_related("coupon").filter(pk__in=discount_ids)
    return Names(
        {str(one.pk): _discount_name(one, to) for one in discounts} if discount_ids else {},
        tax_rates.by_id(sorted(rate_ids)) if rate_ids else {},
    )


def seller(site: Site, to: Reader) -> Seller:
    """Return who asks for the money."""
    lines = address_lines(site.address, to)
    return Seller(
        name=cut(site.name, _LONGEST_NAME),
        lines=(*lines, site.website) if site.website else lines,
        email=site.support_email,
        phone=site.support_phone,
        tax_ids=tuple(site.tax_ids),
    )


def logo(site: Site) -> bytes:
    """Return the picture that stands for the seller; empty where there is none."""
    if not site.light_logo:
        return b""
    return bytes(branding.logo(site, site.light_logo).content)


def bill_to(who: Mapping[str, Any], to: Reader) -> Party | None:
    """Return who is billed, from an invoice's `customer_shown`."""
    tax_ids = (
        f"{one['type'].replace('_', ' ').upper()} {one['value']}"
        for one in who.get("tax_ids") or ()
    )
    lines = [
        who.get("name") or "",
        *address_lines(who.get("address") or {}, to),
        who.get("email") or "",
        who.get("phone") or "",
        *tax_ids,
    ]
    return _party(pgettext("document", "Bill to"), lines)


def ship_to(invoice: Invoice, to: Reader) -> Party | None:
    """Return where what was bought goes, if that is known."""
    shipping = invoice.shipping_details or invoice.customer_shown.get("shipping") or {}
    address = address_lines(shipping.get("address") or {}, to)
    lines = [shipping.get("name") or "", *address, shipping.get("phone") or ""]
    return _party(pgettext("document", "Ship to"), lines) if address else None


def address_lines(address: Mapping[str, Any], to: Reader) -> tuple[str, ...]:
    """Return an address as it is written where it is."""
    part = {name: cut(str(text or ""), 200) for name, text in address.items()}
    country = part.get("country", "")
    place, code = part.get("city", ""), part.get("postal_code", "")
    state = part.get("state", "")
    if country in _POSTAL_CODE_LAST:
        town = " ".join(filter(None, [f"{place}," if place and state else place, state, code]))
    else:
        town = ", ".join(filter(None, [" ".join(filter(None, [code, place])), state]))
    named = to.locale.territories.get(country, country)
    lines = (part.get("line1", ""), part.get("line2", ""), town, named)
    return tuple(line for line in lines if line)


def columns(rows: Sequence[Row]) -> Columns:
    """Return the headings of the table; a column that is empty everywhere has none."""
    return Columns(
        description=pgettext("document", "Description"),
        quantity=pgettext("document", "Qty") if any(row.quantity for row in rows) else "",
        unit_price=pgettext("document", "Unit price")
        if any(row.unit_price for row in rows)
        else "",
        tax=pgettext("document", "Tax") if any(row.tax for row in rows) else "",
        amount=pgettext("document", "Amount"),
    )


def invoice_row(line: InvoiceLine, names: Names, to: Reader) -> Row:
    """Return a line of an invoice."""
    period = shown.period(line.period_start, line.period_end, to)
    unnamed = pgettext("document", "Item")
    return _row(line, line.currency, names, to, unnamed=unnamed, detail=period)


def row_without_tax(line: InvoiceLine, names: Names, to: Reader) -> Row:
    """Return a line of an invoice whose amounts are told without the tax that they include."""
    row = invoice_row(line, names, to)
    rates = _included(line, names)
    if not rates:
        return row
    unit = line.unit_amount_decimal
    net = None if unit is None else unit * 100 / (100 + sum(rates))
    return replace(
        row,
        unit_price="" if net is None else shown.unit_amount(net.quantize(1), line.currency, to),
        amount=shown.money(Money(totals.without_tax(line.amount, rates), line.currency), to),
    )


def credit_row(line: CreditNoteLine, currency: str, names: Names, to: Reader) -> Row:
    """Return a line of a credit note."""
    return _row(line, currency, names, to, unnamed=pgettext("document", "Credit"))


def sums(row: Any, names: Names, to: Reader) -> list[Total]:
    """Return what leads from an invoice's or a credit note's subtotal to its total."""
    found = [Total(pgettext("document", "Subtotal"), money(row.subtotal, row, to))]
    for pk, amount in row.discounts_shown:
        label = names.discounts.get(pk) or pgettext("document", "Discount")
        found.append(Total(label, money(-amount, row, to)))
    if isinstance(row, Invoice) and row.shipping_shown:
        said = row.shipping_shown
        found.append(Total(cut(said["name"], _LONGEST_NAME), money(said["amount"], row, to)))
    if row.taxes_shown:
        label = pgettext("document", "Total excluding tax")
        found.append(Total(label, money(row.total_excluding_tax, row, to)))
        found += [
            Total(_tax_label(tax, names, to), money(tax["amount"], row, to))
            for tax in row.taxes_shown
        ]
    found.append(Total(pgettext("document", "Total"), money(row.total, row, to)))
    return found


def sums_without_tax(invoice: Invoice, names: Names, to: Reader) -> list[Total]:
    """Return the same where lines are told without the tax that they include: so is all above the sum without tax."""
    subtotal, *others = sums(invoice, names, to)
    shipping = invoice.shipping_shown.get("amount_subtotal", 0)
    without = invoice.subtotal_excluding_tax - invoice.total_excluding_tax + shipping
    amounts = [amount for _pk, amount in invoice.discounts_shown]
    shares = allocate(without, amounts) if without > 0 and sum(amounts) > 0 else amounts
    cuts = [
        replace(total, value=money(-share, invoice, to))
        for total, share in zip(others, shares, strict=False)
    ]
    if invoice.shipping_shown:
        sent = others[len(cuts)]
        cuts.append(replace(sent, value=money(shipping, invoice, to)))
    net = money(invoice.subtotal_excluding_tax, invoice, to)
    return [replace(subtotal, value=net), *cuts, *others[len(cuts) :]]


def notes(invoice: Invoice, memo: str) -> str:
    """Return a memo, and what the law wants to be said beside it."""
    is_reverse = any(tax["reason"] == _REVERSE_CHARGE for tax in invoice.taxes_shown)
    exemption = invoice.customer_shown.get("tax_exempt")
    said = [cut(memo, LONGEST)]
    if is_reverse or exemption == "reverse":
        said.append(pgettext("document", "Reverse charge: the recipient is liable for the tax."))
    return "\n\n".join(filter(None, said))


def custom_fields(invoice: Invoice) -> tuple[Fact, ...]:
    """Return what the merchant wants to stand on top."""
    return tuple(
        Fact(cut(str(one["name"]), _LONGEST_NAME), cut(str(one["value"]), _LONGEST_NAME))
        for one in invoice.custom_fields
    )


def page_label() -> str:
    """Return how pages are counted."""
    return pgettext("document", "Page {page} of {pages}")


def page_size(invoice: Invoice) -> Any:
    """Return the size of paper: the one that is said, or that is usual where the site is; for `auto`, the customer."""
    said = invoice.rendering.get("page_size")
    if said in {"a4", "letter"}:
        return said
    where = (invoice.customer_shown.get("address") or {}).get("country") if said == "auto" else ""
    return "letter" if (where or invoice.site.country) in _LETTER_SIZE else "a4"


def money(amount: int, row: Any, to: Reader) -> str:
    """Return an amount in the currency of an invoice or a credit note."""
    return shown.money(Money(amount, row.currency), to)


def cut(text: str, longest: int) -> str:
    """Return a text, cut off where it is too long."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


# -- below the public ones --------------------------------------------------------------------------------------------


def _party(heading: str, lines: Iterable[str]) -> Party | None:
    said = tuple(cut(line, 2 * _LONGEST_NAME) for line in lines if line)
    return Party(heading, said) if said else None


def _row(
    line: Any, currency: str, names: Names, to: Reader, *, unnamed: str, detail: str = ""
) -> Row:
    unit: Decimal | None = line.unit_amount_decimal
    rates = [names.rates[tax["id"]] for tax in line.taxes_shown if tax["id"] in names.rates]
    quantity = line.quantity
    return Row(
        description=cut(line.description, _LONGEST_LINE) or unnamed,
        quantity="" if quantity is None else format_decimal(quantity, locale=to.locale),
        unit_price="" if unit is None else shown.unit_amount(unit, currency, to),
        tax=", ".join(dict.fromkeys(_percent(rate.percentage, to) for rate in rates)),
        amount=shown.money(Money(line.amount, currency), to),
        detail=detail,
    )


def _included(line: InvoiceLine, names: Names) -> list[Decimal]:
    """Return the percentages of the tax rates that a line's amount includes."""
    return [
        names.rates[tax["id"]].percentage
        for tax in line.taxes_shown
        if tax["is_inclusive"] and tax["id"] in names.rates
    ]


def _discount_name(discount: Discount, to: Reader) -> str:
    coupon = discount.coupon
    named = cut(coupon.name, _LONGEST_NAME) or pgettext("document", "Discount")
    if coupon.percent_off is None:
        return named
    words = {"name": named, "percent": _percent(coupon.percent_off, to)}
    return pgettext("document", "%(name)s (%(percent)s off)") % words


def _tax_label(tax: Mapping[str, Any], names: Names, to: Reader) -> str:
    rate = names.rates.get(tax["id"])
    if rate is None:
        return pgettext("document", "Tax")
    words = {
        "name": cut(rate.display_name, _LONGEST_NAME),
        "percent": _percent(rate.percentage, to),
    }
    if tax["reason"] == _REVERSE_CHARGE:
        return pgettext("document", "%(name)s %(percent)s, reverse charge") % words
    if tax["is_inclusive"]:
        return pgettext("document", "%(name)s %(percent)s, included") % words
    return pgettext("document", "%(name)s %(percent)s") % words


def _percent(percent: Decimal, to: Reader) -> str:
    return format_percent(percent / 100, "#,##0.####%", locale=to.locale)
