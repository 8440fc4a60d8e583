"""What the log of events can be narrowed to."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown
from customers.admin.customer_filters import TableFilter
from customers.events.models import Delivery
from customers.kit import clock


class TypeFilter(admin.SimpleListFilter):
    title = gettext_lazy("Type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(type_, shown.event_title(type_)) for type_ in shown.EVENTS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(type=self.value()) if self.value() else queryset


class PeriodFilter(admin.SimpleListFilter):
    """Since when, by a word or by the first and the last day in the site's time zone."""

    title = gettext_lazy("Since")
    parameter_name = "since"
    range_names = ("from", "until")
    parameter_names = ("since", *range_names)
    template = "admin/period_filter.html"
    input_type = "date"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.first, self.last = (_day(params.pop(name, [""])) for name in self.range_names)
        self.texts = ["" if day is None else day.isoformat() for day in (self.first, self.last)]
        self.kept = [
            (name, value)
            for name, value in request.GET.items()
            if name not in {*self.parameter_names, "after", "before"}
        ]

    def expected_parameters(self) -> list[str | None]:
        return [*self.parameter_names]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", _("Past day")), ("7", _("Past week")), ("30", _("Past month"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in {"1", "7", "30"}:
            begin = clock.now() - timedelta(days=int(self.value() or 0))
            queryset = queryset.filter(created_at__gte=begin)
        if self.first:
            queryset = queryset.filter(created_at__gte=_midnight(self.first))
        if self.last:
            queryset = queryset.filter(created_at__lt=_midnight(self.last + timedelta(days=1)))
        return queryset

    def choices(self, changelist: Any) -> Any:
        words = [text or "\N{HORIZONTAL ELLIPSIS}" for text in self.texts]
        is_range = self.first is not None or self.last is not None
        every, *others = super().choices(changelist)
        gone = changelist.get_query_string(remove=[*self.parameter_names])
        yield {
            **every, "query_string": gone, "selected": every["selected"] and not is_range,
        }  # fmt: skip
        for choice, (value, _label) in zip(others, self.lookup_choices, strict=True):
            link = changelist.get_query_string({"since": value}, remove=["from", "until"])
            yield {**choice, "query_string": link}
        if is_range:
            display = " \N{EN DASH} ".join(words)
            yield {"selected": True, "query_string": "", "display": display, "is_range": True}


class DeliveryFilter(TableFilter):
    title = gettext_lazy("Delivery")
    parameter_name = "delivery"
    table = {
        "undelivered": (
            gettext_lazy("Did not arrive everywhere"),
            lambda rows: rows.filter(Exists(_undelivered())),
        ),
        "pending": (
            gettext_lazy("Waiting"),
            lambda rows: rows.filter(Exists(_deliveries(Delivery.Status.PENDING))),
        ),
        "failed": (
            gettext_lazy("Given up"),
            lambda rows: rows.filter(Exists(_deliveries(Delivery.Status.FAILED))),
        ),
        "delivered": (
            gettext_lazy("Delivered"),
            lambda rows: rows.filter(
                Exists(_deliveries(Delivery.Status.SUCCEEDED)), ~Exists(_undelivered())
            ),
        ),
    }


class AskedFilter(admin.SimpleListFilter):
    """One value; shown only when a link has asked for it."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        wanted = request.GET.get(str(self.parameter_name), "")
        return [(wanted, wanted)] if wanted else []


class CustomerFilter(AskedFilter):
    """One customer's events."""

    title = gettext_lazy("Customer")
    parameter_name = "customer"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(customer_id=self.value()) if self.value() else queryset


class ObjectFilter(AskedFilter):
    """One object's events."""

    title = gettext_lazy("Object")
    parameter_name = "object"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(object_id=self.value()) if self.value() else queryset


def _undelivered() -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(event=OuterRef("pk"))
    return rows.exclude(status=Delivery.Status.SUCCEEDED)


def _deliveries(status: Delivery.Status) -> QuerySet[Delivery]:
    return Delivery.objects.filter(event=OuterRef("pk"), status=status)


def _day(values: list[str] | str) -> date | None:
    text = values if isinstance(values, str) else values[-1]
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))
