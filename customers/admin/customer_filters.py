"""What the list of customers can be narrowed to, and how one is found."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.kit import clock, search_language
from customers.models import Customer, Site
from customers.services import phone_numbers, search

MAX_SEARCH, MAX_WORDS, MAX_EXACT = 200, 6, 200
QUERY = re.compile(
    r"""-?[a-z_]+(?:\[["'][^"']+["']\])?\s*(?:[:~]\s*["']|:null|[<>]=?\s*\d)""", re.IGNORECASE
)

Rows = QuerySet[Customer]


class TableFilter(SimpleListFilter):
    """A filter that is a table: by the word in the address, a label and what it asks of the rows."""

    table: ClassVar[dict[str, tuple[Any, Callable[[Any], Any]]]] = {}

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, Any]]:
        return [(word, label) for word, (label, _narrow) in self.table.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        entry = self.table.get(self.value() or "")
        return entry[1](queryset) if entry else queryset


class CreatedFilter(TableFilter):
    title = _("created")
    parameter_name = "created"
    table = {
        "day": (_("In the last 24 hours"), lambda rows: rows.filter(created_at__gte=ago(1))),
        "week": (_("In the last 7 days"), lambda rows: rows.filter(created_at__gte=ago(7))),
        "month": (_("In the last 30 days"), lambda rows: rows.filter(created_at__gte=ago(30))),
        "year": (_("In the last 365 days"), lambda rows: rows.filter(created_at__gte=ago(365))),
        "before": (_("Longer ago"), lambda rows: rows.filter(created_at__lt=ago(365))),
    }


class EmailFilter(TableFilter):
    title = _("email")
    parameter_name = "email"
    table = {
        "yes": (_("With an email address"), lambda rows: rows.exclude(email="")),
        "no": (_("Without an email address"), lambda rows: rows.filter(email="")),
    }


class ConsentFilter(TableFilter):
    title = _("email marketing")
    parameter_name = "consent"
    table = {
        "yes": (_("Agreed"), lambda rows: rows.filter(mail_marketing=True)),
        # Whoever refused was asked: said so, or the index of those who were asked is not considered.
        "no": (
            _("Refused"),
            lambda rows: rows.filter(mail_marketing=False, mail_marketing__isnull=False),
        ),
        "unknown": (_("Never asked"), lambda rows: rows.filter(mail_marketing=None)),
    }


class BalanceFilter(TableFilter):
    title = _("balance")
    parameter_name = "balance"
    table = {
        "credit": (_("Has credit"), lambda rows: rows.filter(balance__lt=0)),
        "owed": (_("Owes"), lambda rows: rows.filter(balance__gt=0)),
    }


class DeletedFilter(SimpleListFilter):
    """Leaves the deleted out, unless they are asked for."""

    title = _("deleted")
    parameter_name = "deleted"

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, Any]]:
        return [("yes", _("Deleted"))]

    def choices(self, changelist: ChangeList) -> Any:
        existing, *rest = super().choices(changelist)
        return [{**existing, "display": _("Existing")}, *rest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return queryset.exclude(deleted_at=None)
        return queryset.filter(deleted_at=None)


def ago(days: int) -> datetime:
    """Return the instant that many days ago."""
    return clock.now() - timedelta(days=days)


def found(rows: Rows, text: str, *, site: Site) -> Rows:
    """Return those of the rows that a text finds.

    A query of the search language is one. Else what the text names exactly comes first: an id, external id, username,
    email address or phone number. Where it names nothing, each of its words is looked for in names and email addresses.

    Raises:
        InvalidRequest: it is a query that breaks the language's rules.
    """
    text = text.strip()[:MAX_SEARCH]
    if not text:
        return rows
    if QUERY.match(text):
        return rows & search.matching(search_language.parse(text))
    exact = _exactly(text, site=site)
    if exact:
        return rows.filter(pk__in=exact)
    for word in text.split()[:MAX_WORDS]:
        rows = rows.filter(Q(full_name__icontains=word) | Q(email__icontains=word))
    return rows


def _exactly(text: str, *, site: Site) -> list[str]:
    """Return the ids of customers that a text names; each question has an index of its own, so they are asked apart."""
    conditions = [
        Q(pk=text),
        Q(external_id=text),
        Q(username=text),
        Q(email__iexact=text) & ~Q(email=""),
    ]
    if number := phone_numbers.normalised(text, country=site.country):
        conditions.append(Q(phone_e164=number))
    living = Customer.objects.living().order_by()
    first, *others = [living.filter(condition).values_list("pk") for condition in conditions]
    return [pk for (pk,) in first.union(*others)[:MAX_EXACT]]
