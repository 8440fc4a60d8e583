"""The search in the top bar: what people have in their hands, from an email address to the last four digits of a card.

A text is recognised before anything is asked: the id of any object, in whichever dialect's spelling, leads to that
object alone. For the rest each app asks the few indexes that can know the text, and stops after a few rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from customers.admin import choices, other_names, shown
from customers.kit.registry import Hook
from customers.models import Customer, TenantModel
from customers.restkit import omise_ids
from customers.services import finding

TYPED, ALL = 8, 50
"""How many are shown while somebody types, and on the page."""
_OWNERS = (
    "charge", "refund", "invoice", "credit_note", "subscription", "schedule", "payment_method", "payment_intent",
    "gateway_account", "endpoint", "customer", "job",
    "kept",
)  # fmt: skip
_MOST_STEPS = 3  # from a part to what has a page, such as a line of an invoice


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was found.

    Args:
        kind: what it is, in a word.
        title: its name.
        note: what tells it from others of that name.
    """

    kind: Any
    title: str
    note: str
    url: str


finders: Hook[Callable[[str, int], Sequence[Line]]] = Hook("customers.top_search.finders")
"""What higher apps find by a text, as many at most."""


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show what a text finds.

    Args:
        context: what every page of the dashboard gets.
    """
    text = _text(request)
    lines = found(request, text, limit=ALL)
    more_url = f"{reverse('admin:customers_customer_changelist')}?{urlencode({'q': text})}"
    return TemplateResponse(
        request,
        "admin/search/page.html",
        {**context, "title": _("Search"), "text": text, "lines": lines, "more_url": more_url},
    )


def options(request: HttpRequest) -> HttpResponse:
    """Answer with what a text finds, as the options below the box."""
    text = _text(request)
    lines = found(request, text, limit=TYPED)
    all_url = f"{reverse('admin:search')}?{urlencode({'q': text})}"
    context = {"lines": lines, "text": text, "all_url": all_url}
    return render(request, "admin/search/options.html", context)


def found(request: HttpRequest, text: str, *, limit: int) -> list[Line]:
    """Return what a text finds, as far as the operator may see it.

    Args:
        limit: how many of each kind at most.
    """
    choice = choices.of(request)
    if choice is None or choice.site is None or len(text) < finding.MIN_TEXT:
        return []
    named = _named(request, text)
    if named:
        return named
    lines: list[Line] = []
    if _admin_of(Customer).has_view_permission(request):
        people = finding.beginning_with(text, site=choice.site, limit=limit)
        lines = [line_of(customer) for customer in people]
    for finder in finders:
        lines += finder(text, limit)
    if not lines:
        lines = _named(request, other_names.target_of(request, text))
    return list({line.url + line.title: line for line in lines}.values())[:limit]


def line_of(row: Any, note: str = "") -> Line:
    """Return the line of a row that has a page."""
    if isinstance(row, Customer):
        said = shown.customer_line(row)
        parts = (note, said["email"], row.organization_name, _("Deleted") * row.is_deleted)
        note = " · ".join(part for part in parts if part)
    kind = capfirst(str(row._meta.verbose_name))
    return Line(kind, _title(row), note, _admin_of(type(row)).page_url(row))


def _title(row: Any) -> str:
    """Return what people call a row: its name, or what it is worth where that is no more than an id."""
    name = str(row)
    if name != row.pk or not hasattr(row, "amount"):
        return name
    return shown.money(row.amount, row.currency)


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip().replace("\0", "")[: finding.MAX_TEXT]


def _named(request: HttpRequest, text: str) -> list[Line]:
    """Return what an id names: the object, or what it is a part of where it has no page of its own."""
    for pk in dict.fromkeys([text, *omise_ids.candidates(text)]):
        row = _row(pk)
        shown_row = _with_page(row, _MOST_STEPS) if row is not None else None
        if (
            row is not None
            and shown_row is not None
            and _admin_of(type(shown_row)).has_view_permission(request, shown_row)
        ):
            kind = "" if row is shown_row else f"{capfirst(str(row._meta.verbose_name))} "
            whose = getattr(shown_row, "customer", None)
            note = " · ".join(str(part) for part in (whose, f"{kind}{pk}") if part)
            return [line_of(shown_row, note)]
    return []


def _row(pk: str) -> TenantModel | None:
    """Return the row with an id, whichever model's it is."""
    prefix, key = pk.rpartition("_")[::2]
    model = _models().get(prefix) if key else None
    return model.objects.filter(pk=pk).first() if model is not None else None


@cache
def _models() -> dict[str, type[TenantModel]]:
    """Return the models by the prefix of their ids; those of sources are a payment method's, too."""
    found_models: dict[str, type[TenantModel]] = {}
    for model in apps.get_models():
        if issubclass(model, TenantModel):
            more = getattr(model, "SOURCE_PREFIXES", {}).values()
            found_models.update(dict.fromkeys((model.PREFIX, *more), model))
    return found_models


def _with_page(row: TenantModel, steps: int) -> TenantModel | None:
    """Return the row if it has a page, else what it belongs to that has one."""
    if admin.site.is_registered(type(row)):
        return row
    if not steps:
        return None
    for name in _OWNERS:
        owner = getattr(row, name, None)
        if isinstance(owner, TenantModel):
            return _with_page(owner, steps - 1)
    source = _row(getattr(row, "source_id", None) or "")
    return _with_page(source, steps - 1) if source is not None else None


def _admin_of(model: type[TenantModel]) -> Any:
    return admin.site.get_model_admin(model)
