"""What the list of payments can be narrowed to, and how one is found."""

import re
from decimal import Decimal
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.admin.customer_filters import (
    MAX_EXACT,
    MAX_SEARCH,
    QUERY,
    CreatedFilter,
    TableFilter,
)
from customers.admin.customer_filters import found as customers_found
from customers.kit import search_language
from customers.kit.currencies import WITH_THREE_DIGITS, WITHOUT_DIGITS
from customers.models import Customer, Site
from payments.models import Charge, PaymentMethod
from payments.services import search

Status = Charge.Status
_RECENT = 200  # charges whose currencies the filter offers
_LAST4 = re.compile(r"\d{4}")
_AMOUNT = re.compile(r"\d{1,12}(?:[.,]\d{1,3})?")
_PLACES = (0, 2, 3)

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
    return lambda rows: rows.filter(method_details__type=kind.value)


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


def _between(least: int, most: int | None) -> Any:
    """Return what narrows rows to amounts from `least` on and below `most`, in whole units of each currency."""

    def narrow(rows: Rows) -> Rows:
        condition = Q()
        for places, which in _BY_DIGITS:
            scale = 10**places
            within = Q(amount__gte=least * scale)
            if most is not None:
                within &= Q(amount__lt=most * scale)
            condition |= which & within
        return rows.filter(condition)

    return narrow


class AmountFilter(TableFilter):
    title = _("amount")
    parameter_name = "amount"
    table = {
        "10": (_("Below 10"), _between(0, 10)),
        "100": (_("10 to 100"), _between(10, 100)),
        "1000": (_("100 to 1,000"), _between(100, 1000)),
        "more": (_("1,000 and more"), _between(1000, None)),
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
    """Return those of the rows that a text finds.

    A query of the search language is one. Else the text is an id, the last four digits of a card or account, an amount,
    a word of the description, or what finds the customer.

    Raises:
        InvalidRequest: it is a query that breaks the language's rules.
    """
    text = text.strip()[:MAX_SEARCH]
    if not text:
        return rows
    if QUERY.match(text):
        return rows & search.charges_matching(search_language.parse(text))
    if text.startswith(("pi_", "pm_", "card_", "ba_", "src_", f"{Customer.PREFIX}_")):
        return rows.filter(
            Q(payment_intent_id=text) | Q(payment_method_id=text) | Q(customer_id=text)
        )
    condition = Q(pk=text) | Q(description__icontains=text)
    if _LAST4.fullmatch(text):
        for kind in PaymentMethod.Kind.values:
            condition |= Q(**{f"method_details__{kind}__last4": text})
    condition |= _of_amount(text)
    people = customers_found(Customer.objects.all(), text, site=site).values_list("pk", flat=True)
    whose = list(people[:MAX_EXACT])
    if whose:
        condition |= Q(customer_id__in=whose)
    return rows.filter(condition)


def _of_amount(text: str) -> Q:
    """Return the condition for an amount as it is written, in whichever currency; none where it is no amount."""
    if not _AMOUNT.fullmatch(text):
        return Q()
    value = Decimal(text.replace(",", "."))
    condition = Q()
    for places, which in _BY_DIGITS:
        minor = value.scaleb(places)
        if minor == minor.to_integral_value():
            condition |= which & Q(amount=int(minor))
    return condition
