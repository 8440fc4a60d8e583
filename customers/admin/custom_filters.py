"""Custom fields as filters and columns of the list of customers.

Values are found by containment, which the index of `custom_fields` answers: so one looks for a value, not for parts of
it. A period is looked for day by day.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import reduce
from math import ceil, floor
from operator import or_
from typing import Any, ClassVar, cast

from django.contrib.admin import SimpleListFilter
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customers.models import Customer, CustomField
from customers.services import custom_fields

PREFIX = "cf_"
MOST_DAYS = 366
MOST_NUMBERS = 366
_KEPT = "custom_fields_in_use"
_PLACES = frozenset({"after", "before"})
Kind = CustomField.Kind


def in_use(request: HttpRequest) -> list[CustomField]:
    """Return the fields that the site uses, read once for a request."""
    if not hasattr(request, _KEPT):
        setattr(request, _KEPT, custom_fields.in_use())
    return cast(list[CustomField], getattr(request, _KEPT))


def columns(request: HttpRequest) -> dict[str, Callable[[Customer], str]]:
    """Return a column for each field, by name."""
    return {f"{PREFIX}{field.key}": _column(field) for field in in_use(request)}


def filters(request: HttpRequest) -> list[type[SimpleListFilter]]:
    """Return a filter for each field."""
    return [_filter(field) for field in in_use(request)]


def written(field: CustomField, value: Any) -> str:
    """Return a value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field.kind == Kind.DATE:
        day = _day(str(value))
        return date_format(day, "j M Y") if day else str(value)
    return str(value)


def _column(field: CustomField) -> Callable[[Customer], str]:
    def column(row: Customer) -> str:
        return written(field, row.custom_fields.get(field.key))

    column.__name__ = f"{PREFIX}{field.key}"
    column.short_description = field.label  # type: ignore[attr-defined]  # as the stock admin wants it
    return column


class _FieldFilter(SimpleListFilter):
    """Customers with a value, which is chosen or typed."""

    field: ClassVar[CustomField]

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.kept = [
            (name, value)
            for name, value in request.GET.items()
            if name not in {*self.expected_parameters(), *_PLACES}
        ]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        value = self.value()
        return [(value, value)] if value else []

    def has_output(self) -> bool:
        return True  # a value can be typed

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        value = _stored(self.field, self.value() or "")
        return queryset.none() if value is None else queryset.filter(_having(self.field, value))


class _TypedFilter(_FieldFilter):
    template = "admin/typed_filter.html"


class _ChosenFilter(_FieldFilter):
    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        if self.field.kind == Kind.CHECKBOX:
            return [("true", _("Yes")), ("false", _("No"))]
        return [(option, option) for option in self.field.constraints.get("options", ())]


class _RangeFilter(_FieldFilter):
    """Customers with a value from one to another; either may be missing."""

    template = "admin/period_filter.html"
    range_names: ClassVar[tuple[str, str]]
    first: Any
    last: Any

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.first, self.last = (
            _end(self.field, _last(params.pop(name, ""))) for name in self.range_names
        )
        self.texts = ["" if end is None else str(end) for end in (self.first, self.last)]

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter_name, *self.range_names]

    def choices(self, changelist: Any) -> Any:
        words = [text or "\N{HORIZONTAL ELLIPSIS}" for text in self.texts]
        display = " \N{EN DASH} ".join(words) if any(self.texts) else self.value()
        gone = changelist.get_query_string(remove=self.expected_parameters())
        yield {"selected": not display, "query_string": gone, "display": _("All")}
        if display:
            yield {"selected": True, "query_string": "", "display": display, "is_range": True}


class _NumberFilter(_RangeFilter):
    """Customers with a number, or one from one number to another.

    Of few whole numbers each is looked for in the index; else the newest customers are looked through.
    """

    input_type = "number"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.first is None and self.last is None:
            return super().queryset(request, queryset)
        largest = int(custom_fields.MAX_NUMBER)
        least = -largest if self.first is None else self.first
        most = largest if self.last is None else self.last
        if least == most:
            return queryset.filter(_having(self.field, least))
        if self.field.constraints.get("integer") and most - least < MOST_NUMBERS:
            wanted = range(ceil(least), floor(most) + 1)
            each = (_having(self.field, number) for number in wanted)
            return queryset.filter(reduce(or_, each)) if wanted else queryset.none()
        within = Func(
            F("custom_fields"),
            Value(f"$.{json.dumps(self.field.key)} ? (@ >= $least && @ <= $most)"),
            Value(json.dumps({"least": least, "most": most})),
            function="jsonb_path_exists",
            output_field=BooleanField(),
        )
        return queryset.filter(~Q(custom_fields={}), within)


class _DateFilter(_RangeFilter):
    """Customers with a date from one day to another, a year at most."""

    input_type = "date"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days = self._days()
        if days is None:
            return super().queryset(request, queryset)
        return queryset.filter(reduce(or_, (_having(self.field, day.isoformat()) for day in days)))

    def _days(self) -> list[date] | None:
        """Return the days that are asked for; with one end, a year from there."""
        if self.first is None and self.last is None:
            return None
        whole = timedelta(days=MOST_DAYS - 1)
        first = self.first or _shifted(cast(date, self.last), -whole)
        last = min(self.last or date.max, _shifted(first, whole))
        return [first + timedelta(days=count) for count in range((last - first).days + 1)] or [
            first
        ]


_KINDS: dict[str, type[_FieldFilter]] = {
    Kind.TEXT: _TypedFilter,
    Kind.NUMBER: _NumberFilter,
    Kind.DATE: _DateFilter,
    Kind.DROPDOWN: _ChosenFilter,
    Kind.CHECKBOX: _ChosenFilter,
}


def _filter(field: CustomField) -> type[SimpleListFilter]:
    name = f"{PREFIX}{field.key}"
    members: dict[str, Any] = {"field": field, "title": field.label, "parameter_name": name}
    if issubclass(_KINDS[field.kind], _RangeFilter):
        members["range_names"] = (f"{name}__from", f"{name}__until")
        members["parameter_names"] = (name, *members["range_names"])
    return type(f"{field.key}_filter", (_KINDS[field.kind],), members)


def _having(field: CustomField, value: Any) -> Q:
    # The first condition follows from the second, and is the one by which the index is known to have the row.
    return ~Q(custom_fields={}) & Q(custom_fields__contains={field.key: value})


def _stored(field: CustomField, text: str) -> Any:
    """Return a value as customers have it; None where nobody can have it."""
    if field.kind == Kind.CHECKBOX:
        return {"true": True, "false": False}.get(text)
    if field.kind != Kind.NUMBER:
        return text
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > custom_fields.MAX_NUMBER:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def _end(field: CustomField, text: str) -> Any:
    """Return an end of a range as it was typed; None where it is none."""
    return _day(text) if field.kind == Kind.DATE else _stored(field, text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _last(values: Any) -> str:
    return values[-1] if isinstance(values, list) and values else str(values or "")


def _shifted(day: date, by: timedelta) -> date:
    try:
        return day + by
    except OverflowError:
        return date.max if by > timedelta(0) else date.min
