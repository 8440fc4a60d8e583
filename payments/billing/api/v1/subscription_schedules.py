"""`/v1/subscription_schedules`.

Source: https://docs.stripe.com/api/subscription_schedules
"""

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from customers.kit import ids
from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.lists import OwnerFilter, ParamFilter, V1FilterSet, WithinSecond
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Metadata,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.restkit.worded_inputs import InstantOrWordField
from customers.services import customers
from payments.billing.api.v1 import subscription_inputs as reading
from payments.billing.api.v1 import subscription_members as members
from payments.billing.api.v1.discount_inputs import DiscountsField
from payments.billing.models import Price, Subscription, SubscriptionSchedule
from payments.billing.services import schedule_phases, subscription_schedules, subscriptions
from payments.billing.services.subscription_terms import NOW

STATUS = {status: status.value for status in SubscriptionSchedule.Status}
_FREE = {"type": "object", "additionalProperties": True}
_MOST_DAYS = 3650


class DurationHash(Input):
    interval = inputs.ChoiceField(Price.Unit.values, required=True)
    interval_count = inputs.IntegerField(min_value=1, max_value=1095)


class ScheduleInvoiceSettingsHash(reading.SubscriptionInvoiceSettingsHash):
    days_until_due = inputs.IntegerField(min_value=0, max_value=_MOST_DAYS)


class ScheduledExtraHash(Input):
    """Something that is billed once, when its phase begins."""

    discountable = inputs.BooleanField()
    discounts = DiscountsField()
    metadata = inputs.MetadataField()
    price = IdField(required=True)
    quantity = reading.QuantityField()
    tax_rates = reading.TaxRatesField()


class CommonHash(Input):
    """What the schedule can say of all phases, and a phase of itself."""

    billing_cycle_anchor = inputs.ChoiceField(("automatic", "phase_start"))
    collection_method = inputs.ChoiceField(Subscription.Collection.values)
    default_payment_method = IdField()
    description = inputs.TextField(max_length=500)
    invoice_settings = inputs.HashField(ScheduleInvoiceSettingsHash)


class PhaseHash(CommonHash):
    add_invoice_items = inputs.ListField(
        inputs.HashField(ScheduledExtraHash), max_items=reading.MOST_EXTRAS, source="extras"
    )
    currency = inputs.CurrencyField()
    default_tax_rates = reading.TaxRatesField(source="tax_rates")
    discounts = DiscountsField()
    duration = inputs.HashField(DurationHash)
    end_date = inputs.TimestampField()
    items = reading.items_field(reading.ItemHash, required=True)
    iterations = inputs.IntegerField(min_value=1, max_value=schedule_phases.MOST_ITERATIONS)
    metadata = inputs.MetadataField()
    proration_behavior = inputs.ChoiceField(reading.PRORATION)
    trial = inputs.BooleanField()
    trial_end = inputs.TimestampField()


class ChangedPhaseHash(PhaseHash):
    start_date = inputs.TimestampField()


class ScheduleUpdate(Input):
    default_settings = inputs.HashField(CommonHash)
    end_behavior = inputs.ChoiceField(SubscriptionSchedule.End.values)
    metadata = inputs.MetadataField()
    phases = inputs.ListField(
        inputs.HashField(ChangedPhaseHash), max_items=schedule_phases.MOST_PHASES
    )
    proration_behavior = inputs.ChoiceField(reading.PRORATION)


class ScheduleCreate(Input):
    customer = IdField()
    default_settings = inputs.HashField(CommonHash)
    end_behavior = inputs.ChoiceField(SubscriptionSchedule.End.values)
    from_subscription = IdField()
    metadata = inputs.MetadataField()
    phases = inputs.ListField(inputs.HashField(PhaseHash), max_items=schedule_phases.MOST_PHASES)
    start_date = InstantOrWordField((NOW,))


class ScheduleCancel(Input):
    invoice_now = inputs.BooleanField()
    prorate = inputs.BooleanField()


class ScheduleRelease(Input):
    preserve_cancel_date = inputs.BooleanField()


class ScheduledFilter(ParamFilter):
    """The schedules whose subscription has not begun, or the others."""

    def __init__(self) -> None:
        super().__init__(inputs.BooleanField(), "status")

    def filter(self, qs: Any, value: Any) -> Any:
        """Narrow the rows."""
        waiting = {"status": SubscriptionSchedule.Status.NOT_STARTED}
        return qs.filter(**waiting) if value else qs.exclude(**waiting)


class ScheduleFilter(V1FilterSet):
    customer = OwnerFilter(IdField(), "customer_id")
    scheduled = ScheduledFilter()

    @classmethod
    def get_filters(cls) -> dict[str, Any]:  # type: ignore[override]  # any mapping will do
        found = super().get_filters()
        for name in ("canceled_at", "completed_at", "released_at"):
            found[name] = WithinSecond(inputs.TimestampField(), name)
            for lookup in ("gt", "gte", "lt", "lte"):
                found[f"{name}[{lookup}]"] = ParamFilter(inputs.TimestampField(), name, lookup)
        return found


def _parsed(stored: Any) -> Any:
    return orjson.loads(stored) if isinstance(stored, str | bytes) else stored


def _current(stored: Any, place: int | None) -> Wire | None:
    if place is None:
        return None
    phase = _parsed(stored)[place]
    return {"end_date": phase["end_at"], "start_date": phase["start_at"]}


def _phases(stored: Any) -> list[Wire]:
    return [_phase(phase) for phase in _parsed(stored)]


def _phase(phase: Mapping[str, Any]) -> Wire:
    return {
        "add_invoice_items": [_extra(extra) for extra in phase.get("extras", ())],
        "application_fee_percent": None,
        "automatic_tax": None,
        "billing_cycle_anchor": "phase_start" if phase.get("anchor") == NOW else None,
        "billing_thresholds": None,
        "collection_method": phase.get("collection_method"),
        "currency": phase["currency"],
        "default_payment_method": phase.get("default_payment_method"),
        "default_tax_rates": phase.get("tax_rates", []),
        "description": phase.get("description"),
        "discounts": [_discount(each) for each in phase.get("discounts", ())],
        "end_date": phase["end_at"],
        "invoice_settings": _invoice_settings(phase) if _SETTINGS & phase.keys() else None,
        "items": [_item(item) for item in phase["items"]],
        "metadata": phase.get("metadata", {}),
        "on_behalf_of": None,
        "proration_behavior": phase.get("proration_behavior", "create_prorations"),
        "start_date": phase["start_at"],
        "transfer_data": None,
        "trial": None,
        "trial_end": phase.get("trial_end"),
    }


def _item(item: Mapping[str, Any]) -> Wire:
    price = ids.shown(item["price"])
    return {
        "billing_thresholds": None,
        "discounts": [_discount(each) for each in item["discounts"]],
        "metadata": item["metadata"],
        "plan": price,
        "price": price,
        "quantity": item["quantity"],
        "tax_rates": item["tax_rates"],
    }


def _extra(extra: Mapping[str, Any]) -> Wire:
    return {
        "discountable": extra.get("discountable"),
        "discounts": [_discount(each) for each in extra.get("discounts") or ()],
        "metadata": extra.get("metadata") or {},
        "period": {"end": {"type": "phase_start"}, "start": {"type": "phase_start"}},
        "price": ids.shown(extra["price"]),
        "quantity": extra.get("quantity", 1),
        "tax_rates": extra.get("tax_rates") or [],
    }


def _discount(wanted: Mapping[str, str]) -> Wire:
    return {name: wanted.get(name) for name in ("coupon", "discount", "promotion_code")}


def _invoice_settings(said: Mapping[str, Any]) -> Wire:
    shown = members.invoice_settings(said.get("invoice_settings"))
    return {**shown, "days_until_due": said.get("days_until_due")}


def _settings(stored: Any) -> Wire:
    said = _parsed(stored)
    return {
        "application_fee_percent": None,
        "automatic_tax": members.AUTOMATIC_TAX,
        "billing_cycle_anchor": "phase_start" if said.get("anchor") == NOW else "automatic",
        "billing_thresholds": None,
        "collection_method": said.get("collection_method", "charge_automatically"),
        "default_payment_method": said.get("default_payment_method"),
        "description": said.get("description"),
        "invoice_settings": _invoice_settings(said),
        "on_behalf_of": None,
        "transfer_data": None,
    }


class SubscriptionScheduleObject(WireObject):
    """A subscription's changes that are planned ahead, phase by phase."""

    id = Plain()
    object = Constant("subscription_schedule")
    application = Constant(None)
    billing_mode = Constant(members.BILLING_MODE)
    canceled_at = UnixTime()
    completed_at = UnixTime()
    created = UnixTime("created_at")
    current_phase = Computed(
        _current, "phases", "current_phase",
        schema={
            "type": ["object", "null"],
            "properties": {"end_date": {"type": "integer"}, "start_date": {"type": "integer"}},
        },
    )  # fmt: skip
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    default_settings = Computed(_settings, "default_settings", schema=_FREE)
    end_behavior = Plain()
    livemode = Plain()
    metadata = Metadata()
    pause_schedules = Constant([])
    phases = Computed(_phases, "phases", schema={"type": "array", "items": _FREE})
    released_at = UnixTime()
    released_subscription = Text("released_subscription_id")
    status = Spelled(STATUS)
    subscription = Expandable("subscription_id", resource="subscription")
    test_clock = Expandable("test_clock_id", resource="test_helpers.test_clock")


class SubscriptionScheduleViewSet(V1ViewSet):
    resource = "subscriptions"
    model = SubscriptionSchedule
    output = SubscriptionScheduleObject
    filterset_class = ScheduleFilter
    inputs = {
        "create": ScheduleCreate,
        "update": ScheduleUpdate,
        "cancel": ScheduleCancel,
        "release": ScheduleRelease,
    }

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(ScheduleCreate)
        if "from_subscription" in body:
            return self.write(self._from(body))
        for name in ("customer", "phases"):
            if name not in body:
                raise InvalidRequest(
                    f"Missing required param: {name}.", param=name, code="parameter_missing"
                )
        schedule = subscription_schedules.create(
            customers.get_living(body["customer"]), phases=phases_of(body), details=details_of(body),
            at=self.at,
        )  # fmt: skip
        return self.write(schedule)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(ScheduleUpdate)
        phases = phases_of(body) if "phases" in body else None
        schedule = subscription_schedules.update(
            subscription_schedules.get(pk), phases=phases, details=details_of(body), at=self.at
        )
        return self.write(schedule)

    def cancel(self, request: HttpRequest, pk: str) -> HttpResponse:
        """End a schedule and its subscription now."""
        body = self.read(ScheduleCancel)
        schedule = subscription_schedules.get(pk)
        return self.write(subscription_schedules.cancel(schedule, **body, at=self.at))

    def release(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Let the subscription go on without its schedule."""
        body = self.read(ScheduleRelease)
        schedule = subscription_schedules.release(
            subscription_schedules.get(pk), keeps_end=body.get("preserve_cancel_date", False),
            at=self.at,
        )  # fmt: skip
        return self.write(schedule)

    def missing(self, pk: str) -> NotFound:
        return subscription_schedules.no_such_schedule(pk)

    def _from(self, body: Mapping[str, Any]) -> SubscriptionSchedule:
        others = [name for name in ("customer", "phases", "start_date") if name in body]
        if others:
            raise InvalidRequest(
                f"You cannot set `{others[0]}` if `from_subscription` is set.", param=others[0]
            )
        subscription = subscriptions.get(body["from_subscription"], param="from_subscription")
        return subscription_schedules.create_from(
            subscription, details=details_of(body), at=self.at
        )


def details_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a body says beside the phases, in the terms of the service."""
    kept = {
        name: body[name]
        for name in ("end_behavior", "metadata", "start_date", "proration_behavior")
        if name in body
    }
    if "default_settings" in body:
        kept["settings"] = _common(body["default_settings"])
    return kept


def phases_of(body: Mapping[str, Any], within: str = "") -> list[dict[str, Any]]:
    """Return the phases that a body wants, in the terms of the service.

    Args:
        within: the parameter that holds the body, where one does.
    """
    phases = f"{within}[phases]" if within else "phases"
    found = []
    for position, phase in enumerate(body["phases"]):
        wanted = _common({name: value for name, value in phase.items() if name != "items"})
        wanted["wishes"] = reading.wishes(phase, f"{phases}[{position}][items]")
        if "duration" in phase:
            said = phase["duration"]
            wanted["duration"] = (said["interval"], said.get("interval_count", 1))
        found.append(wanted)
    return found


def _common(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what phases and schedules say alike, in the terms of subscriptions."""
    kept = {name: value for name, value in said.items() if name not in _RESHAPED}
    if "billing_cycle_anchor" in said:
        kept["anchor"] = NOW if said["billing_cycle_anchor"] == "phase_start" else "automatic"
    settings = said.get("invoice_settings", {})
    if "days_until_due" in settings:
        kept["days_until_due"] = settings["days_until_due"]
    if reading.said_on_invoices(settings):
        kept["invoice_settings"] = reading.said_on_invoices(settings)
    return kept


_RESHAPED = frozenset({"billing_cycle_anchor", "invoice_settings"})
_SETTINGS = frozenset({"days_until_due", "invoice_settings"})
