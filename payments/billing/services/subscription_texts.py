"""What the lines of a subscription's invoices say, in the customer's language."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency
from django.utils.translation import pgettext

from customers.kit import currencies, dates
from customers.models import Customer
from customers.services import letters
from payments.billing.models import Price
from payments.billing.services import prices


@dataclass(frozen=True, slots=True)
class Voice:
    """How amounts and dates are written for a customer."""

    locale: Locale

    def period(self, price: Price, quantity: int, currency: str) -> str:
        """Return what a line for a period says, such as `2 × Gold (at $5.00 / month)`."""
        words = {"quantity": quantity, "product": price.product.name, "every": every(price)}
        unit = prices.unit_amount(price, currency)
        if unit is None or price.divide_by is not None:
            return pgettext("document", "%(quantity)s × %(product)s (per %(every)s)") % words
        amount = self.amount(unit, currency)
        return pgettext("document", "%(quantity)s × %(product)s (at %(amount)s / %(every)s)") % (
            words | {"amount": amount}
        )

    def unused(self, price: Price, quantity: int, since: datetime) -> str:
        """Return what a credit says."""
        return pgettext("document", "Unused time on %(what)s after %(date)s") % self._part(
            price, quantity, since
        )

    def remaining(self, price: Price, quantity: int, since: datetime) -> str:
        """Return what the debit for the rest of a period says."""
        return pgettext("document", "Remaining time on %(what)s after %(date)s") % self._part(
            price, quantity, since
        )

    def amount(self, minor: Decimal, currency: str) -> str:
        """Return an amount of minor units, with all digits that it has."""
        value = (minor / 10 ** currencies.digits(currency)).normalize()
        is_fine = -int(value.as_tuple().exponent) > currencies.digits(currency)
        return format_currency(
            value, currency.upper(), locale=self.locale, decimal_quantization=not is_fine
        )

    def _part(self, price: Price, quantity: int, since: datetime) -> dict[str, str]:
        name = price.product.name
        what = name if quantity == 1 else f"{quantity} × {name}"
        return {"what": what, "date": dates.day(since, self.locale, width="medium")}


@contextmanager
def voice_for(customer: Customer) -> Iterator[Voice]:
    """Let texts inside be in the customer's language."""
    reader = letters.reader(customer, customer.site, livemode=customer.livemode)
    with letters.in_language_of(reader):
        yield Voice(reader.locale)


def trial(price: Price, quantity: int) -> str:
    """Return what the line of a trial says."""
    words = {"quantity": quantity, "product": price.product.name}
    return pgettext("document", "Free trial for %(quantity)s × %(product)s") % words


def every(price: Price) -> str:
    """Return a price's interval in words, such as `month` or `3 months`."""
    words = {"count": price.interval_count}
    unit = Price.Unit(price.interval)
    return (_ONE if price.interval_count == 1 else _SEVERAL)[unit]() % words


_ONE = {
    Price.Unit.DAY: lambda: pgettext("document", "day"),
    Price.Unit.WEEK: lambda: pgettext("document", "week"),
    Price.Unit.MONTH: lambda: pgettext("document", "month"),
    Price.Unit.YEAR: lambda: pgettext("document", "year"),
}
_SEVERAL = {
    Price.Unit.DAY: lambda: pgettext("document", "%(count)s days"),
    Price.Unit.WEEK: lambda: pgettext("document", "%(count)s weeks"),
    Price.Unit.MONTH: lambda: pgettext("document", "%(count)s months"),
    Price.Unit.YEAR: lambda: pgettext("document", "%(count)s years"),
}
