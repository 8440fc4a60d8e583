"""What the list of payments can be narrowed to, and how one is found."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.postgres.search import SearchQuery, SearchVectorExact
from django.db.models import F, Q, QuerySet, Value
from django.db.models.lookups import Exact
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.admin.customer_filters import (
    MAX_EXACT,
    MAX_SEARCH,
    MAX_WORDS,
    QUERY,
    CreatedFilter,
    TableFilter,
)
from customers.admin.customer_filters import found as customers_found
from customers.kit import search_language
from customers.kit.currencies import WITH_THREE_DIGITS, WITHOUT_DIGITS
from customers.models import Customer, Site
from payments.models import Charge, PaymentMethod
from payments.models.charges import AMOUNT_RANGE, DESCRIPTION_WORDS, KIND, LAST4, SEPARATORS
from payments.services import search

Status = Charge.Status
_MOST_DESCRIBED = 2000  # charges that words of descriptions find
_RECENT = 200  # charges whose currencies the filter offers
_LAST4 = re.compile(r"\d{4}")
_AMOUNT = re.compile(r"\d{1,12}(?:[.,]\d{1,3})?")
_BY_ID = {
    "pi": "payment_intent_id", Customer.PREFIX: "customer_id", PaymentMethod.PREFIX: "payment_method_id",
    **dict.fromkeys(PaymentMethod.SOURCE_PREFIXES.values(), "payment_method_id"),
}  # fmt: skip

_BY_DIGITS = (
    (0, Q(currency__in=sorted(WITHOUT_DIGITS))),
    (2, ~Q(currency__in=sorted(WITHOUT_DIGITS | WITH_THREE_DIGITS))),
    (3, Q(currency__in=sorted(WITH_THREE_DIGITS))),
)
Rows = QuerySet[Charge]


def _status(status: Status) -> Any:
    return lambda rows: rows.filter(status=status)


class StatusFilter(TableFilter):
    title = _("status")
    parameter_name = "status"
    table = {
        "paid": (_("Paid"), _status(Status.SUCCEEDED)),
        "authorized": (_("Authorized"), _status(Status.AUTHORIZED)),
        "pending": (_("Pending"), _status(Status.PENDING)),
        "failed": (_("Failed"), _status(Status.FAILED)),
        "canceled": (
            _("Canceled or expired"),
            lambda rows: rows.filter(status__in=[Status.VOIDED, Status.EXPIRED]),
        ),
    }


class BackFilter(TableFilter):
    title = _("given back")
    parameter_name = "back"
    table = {
        "refunded": (
            _("Refunded in full"),
            lambda rows: rows.filter(amount_refunded__gt=0, amount_refunded=F("amount_captured")),
        ),
        "partly": (
            _("Refunded in part"),
            lambda rows: rows.filter(
                amount_refunded__gt=0, amount_refunded__lt=F("amount_captured")
            ),
        ),
        "disputed": (_("Disputed"), lambda rows: rows.filter(is_disputed=True)),
    }


def _kind(kind: PaymentMethod.Kind) -> Any:
    return lambda rows: rows.filter(Exact(KIND, Value(kind.value)))


class MethodFilter(TableFilter):
    title = _("method")
    parameter_name = "method"
    table = {kind.value: (kind.label, _kind(kind)) for kind in PaymentMethod.Kind}


class SinceFilter(CreatedFilter):
    title = _("date")


class CurrencyFilter(SimpleListFilter):
    """The currencies of the newest payments; a site has few."""

    title = _("currency")
    parameter_name = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = Charge.objects.newest_first().values_list("currency", flat=True)[:_RECENT]
        wanted = request.GET.get(self.parameter_name, "")
        codes = {*newest, *([wanted] if wanted.isalpha() else [])}
        return [(code, code.upper()) for code in sorted(codes)]

    def has_output(self) -> bool:
        return True  # else the number of filters would depend on the rows

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(currency=self.value()) if self.value() else queryset


def _within(which: int) -> Any:
    """Return what narrows rows to a range of amounts, in whole units of each currency."""
    return lambda rows: rows.filter(Exact(AMOUNT_RANGE, which))


class AmountFilter(TableFilter):
    title = _("amount")
    parameter_name = "amount"
    table = {
        "10": (_("Below 10"), _within(0)),
        "100": (_("10 to 100"), _within(1)),
        "1000": (_("100 to 1,000"), _within(2)),
        "more": (_("1,000 and more"), _within(3)),
    }


class CustomerFilter(SimpleListFilter):
    """One customer's payments; shown only when a link has asked for it."""

    title = _("customer")
    parameter_name = "customer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        wanted = request.GET.get(self.parameter_name, "")
        return [(wanted, wanted)] if wanted else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(customer_id=self.value()) if self.value() else queryset


def found(rows: Rows, text: str, *, site: Site) -> Rows:
    """Return those of the rows that a text finds; what it looks at, an index answers, however many rows there are.

    A query of the search language is one. Else the text is an id of what payments belong to, four digits that end the
    number of a card or account, an amount, words of the description, or what finds the customer.

    Raises:
        InvalidRequest: it is a query that breaks the language's rules.
    """
    text = text.strip()[:MAX_SEARCH]
    if not text:
        return rows
    if QUERY.match(text):
        return rows & search.charges_matching(search_language.parse(text))
    column = _BY_ID.get(text.partition("_")[0]) if "_" in text else None
    if column is not None:
        return rows.filter(**{column: text})
    if _LAST4.fullmatch(text):
        return rows.filter(Exact(LAST4, text))
    if _AMOUNT.fullmatch(text):
        return rows.filter(_of_amount(text))
    people = customers_found(Customer.objects.all(), text, site=site).values_list("pk", flat=True)
    whose = Q(customer_id__in=list(people[:MAX_EXACT]))
    return rows.filter(whose | Q(pk__in=_described(rows, text)))


def _described(rows: Rows, text: str) -> list[str]:
    """Return the newest of the rows whose descriptions have all of a text's words."""
    words = text.translate(dict.fromkeys(map(ord, SEPARATORS), " ")).replace("\0", " ").split()
    if not words:
        return []
    query = SearchQuery(" ".join(words[:MAX_WORDS]), config="simple", search_type="plain")
    # Ordered so that no index gives the order: PostgreSQL would go through it from the newest row on, expecting to come
    # upon a rare word soon.
    newest = (F("created_at") + Value(timedelta(0))).desc()
    found = rows.filter(SearchVectorExact(DESCRIPTION_WORDS, query)).order_by(newest)
    return list(found.values_list("pk", flat=True)[:_MOST_DESCRIBED])


def _of_amount(text: str) -> Q:
    """Return the condition for an amount as it is written, in whichever currency."""
    value = Decimal(text.replace(",", "."))
    condition, amounts = Q(), set()
    for places, which in _BY_DIGITS:
        minor = value.scaleb(places)
        if minor == minor.to_integral_value():
            condition |= which & Q(amount=int(minor))
            amounts.add(int(minor))
    return condition & Q(amount__in=sorted(amounts))  # the last is what an index can begin with
