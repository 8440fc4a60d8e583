"""What `/v1/invoices/create_preview` takes of subscriptions, and shows of them.

Source: https://docs.stripe.com/api/invoices/create_preview
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.models import Customer
from customers.restkit import inputs
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.worded_inputs import InstantOrHashField, InstantOrWordField
from customers.services import test_clocks
from payments.billing.api.v1 import subscription_inputs as reading
from payments.billing.api.v1 import subscription_schedules as scheduling
from payments.billing.models import Invoice, InvoiceLine, SubscriptionSchedule
from payments.billing.services import (
    discounts,
    invoice_drafts,
    invoice_lines,
    invoices,
    schedule_phases,
    subscription_previews,
    subscription_schedules,
    subscriptions,
)
from payments.billing.services.invoice_lines import NewLine
from payments.billing.services.subscription_terms import NOW, PERIOD_ENDS, whole

_UNCHANGED = "unchanged"


class PreviewAnchorHash(Input):
    timestamp = inputs.TimestampField()
    type = inputs.ChoiceField((NOW, "timestamp", _UNCHANGED), required=True)


class SubscriptionDetailsHash(Input):
    """What is to become of a subscription, or how one is to begin."""

    billing_cycle_anchor = InstantOrHashField((NOW, _UNCHANGED), PreviewAnchorHash)
    cancel_at = InstantOrWordField(PERIOD_ENDS, emptied=None)
    cancel_at_period_end = inputs.BooleanField(source="cancels_at_period_end")
    cancel_now = inputs.BooleanField(source="cancels_now")
    default_tax_rates = reading.TaxRatesField(source="tax_rates")
    items = reading.items_field(reading.ChangedItemHash)
    metadata = inputs.MetadataField()
    proration_behavior = inputs.ChoiceField(reading.PRORATION)
    proration_date = inputs.TimestampField()
    start_date = inputs.TimestampField(source="backdate_start_date")
    trial_end = InstantOrWordField((NOW,))


class PreviewedPhaseHash(scheduling.PhaseHash):
    start_date = InstantOrWordField((NOW,))


class ScheduleDetailsHash(Input):
    """What is to become of a schedule, or how one is to begin."""

    end_behavior = inputs.ChoiceField(SubscriptionSchedule.End.values)
    phases = inputs.ListField(
        inputs.HashField(PreviewedPhaseHash), max_items=schedule_phases.MOST_PHASES
    )
    proration_behavior = inputs.ChoiceField(reading.PRORATION)


class PreviewsSubscriptions(Input):
    """The parameters of a preview that are about subscriptions and their schedules."""

    preview_mode = inputs.ChoiceField(subscription_previews.MODES)
    schedule = IdField()
    schedule_details = inputs.HashField(ScheduleDetailsHash)
    subscription = IdField()
    subscription_details = inputs.HashField(SubscriptionDetailsHash)


def preview(
    customer: Customer | None,
    body: Mapping[str, Any],
    lines_for: Callable[..., list[NewLine]],
    at: datetime,
) -> tuple[Invoice, list[InvoiceLine]]:
    """Return what a subscription's next invoice would be, in the caller's transaction, which is rolled back.

    Raises:
        NotFound: there is no such subscription, or no invoice will come.
        InvalidRequest: what is asked for cannot be.
    """
    if _OF_SCHEDULES & body.keys():
        return _completed(_of_schedule(customer, body, at), body, lines_for, at=at)
    asked = dict(body.get("subscription_details") or {})
    said = {
        "wishes": reading.wishes(asked, "subscription_details[items]"),
        "mode": body.get("preview_mode", subscription_previews.NEXT),
    }
    if "subscription" in body:
        subscription = subscriptions.get(body["subscription"], param="subscription")
        if customer is not None and subscription.customer_id != customer.pk:
            raise subscriptions.no_such_subscription(body["subscription"], param="subscription")
        details = _changed(asked)
        at = test_clocks.now_for(subscription, at)
        invoice = subscription_previews.of_change(subscription, details=details, at=at, **said)
    else:
        details = _begun(asked, body)
        invoice = subscription_previews.of_new(_named(customer), details=details, at=at, **said)
    return _completed(invoice, body, lines_for, at=at)


def _named(customer: Customer | None) -> Customer:
    if customer is None:
        raise InvalidRequest(
            "Missing required param: customer.", param="customer", code="parameter_missing"
        )
    return customer


def _of_schedule(customer: Customer | None, body: Mapping[str, Any], at: datetime) -> Invoice:
    """Return what a schedule's subscription would be billed next, as the schedule is or with changes."""
    others = [name for name in ("subscription", "subscription_details") if name in body]
    if others:
        raise InvalidRequest(
            f"You may only specify one of these parameters: schedule, {others[0]}.", param=others[0]
        )
    mode = body.get("preview_mode", subscription_previews.NEXT)
    asked = body.get("schedule_details") or {}
    schedule = None
    if "schedule" in body:
        schedule = subscription_schedules.get(body["schedule"], param="schedule")
        if customer is not None and schedule.customer_id != customer.pk:
            raise subscription_schedules.no_such_schedule(body["schedule"], param="schedule")
        at = test_clocks.now_for(schedule, at)
    phases = _phases(asked, at) if "phases" in asked else None
    details = scheduling.details_of(asked)
    if schedule is not None:
        return subscription_previews.of_schedule(
            schedule, phases=phases, details=details, mode=mode, at=at
        )
    if phases is None:
        param = "schedule_details[phases]"
        raise InvalidRequest(
            f"Missing required param: {param}.", param=param, code="parameter_missing"
        )
    return _of_new_schedule(_named(customer), phases, details, mode, at)


def _of_new_schedule(
    customer: Customer,
    phases: list[dict[str, Any]],
    details: dict[str, Any],
    mode: str,
    at: datetime,
) -> Invoice:
    if "proration_behavior" in details:
        raise InvalidRequest(
            "You can only specify proration_behavior for a schedule that is there.",
            param="schedule_details[proration_behavior]",
        )
    if phases and "start_date" in phases[0]:
        details["start_date"] = phases[0].pop("start_date")
    return subscription_previews.of_new_schedule(
        customer, phases=phases, details=details, mode=mode, at=at
    )


def _phases(asked: Mapping[str, Any], at: datetime) -> list[dict[str, Any]]:
    phases = scheduling.phases_of(asked, "schedule_details")
    for phase in phases:
        if phase.get("start_date") == NOW:
            phase["start_date"] = whole(at)
    return phases


def _changed(asked: Mapping[str, Any]) -> dict[str, Any]:
    details = {name: value for name, value in asked.items() if name not in _OTHER}
    anchor = asked.get("billing_cycle_anchor")
    if anchor is not None:
        if not isinstance(anchor, str):
            raise InvalidRequest(
                "The anchor of a subscription that is there can only be moved to now.",
                param="subscription_details[billing_cycle_anchor]",
            )
        details["anchor"] = anchor
    if "backdate_start_date" in asked:
        raise InvalidRequest(
            "You can only specify start_date for a new subscription.",
            param="subscription_details[start_date]",
        )
    return details


def _begun(asked: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    details = {name: value for name, value in asked.items() if name not in _OTHER}
    for name in ("cancels_now", "proration_date"):
        if name in details:
            where = {"cancels_now": "cancel_now"}.get(name, name)
            raise InvalidRequest(
                f"You can only specify {where} for a subscription that is there.",
                param=f"subscription_details[{where}]",
            )
    anchor = asked.get("billing_cycle_anchor")
    if isinstance(anchor, datetime):
        details["anchor_at"] = anchor
    if "backdate_start_date" in asked:
        details["backdate_start_date"] = asked["backdate_start_date"]
    return details | {name: body[name] for name in ("currency",) if name in body}


def _completed(
    invoice: Invoice,
    body: Mapping[str, Any],
    lines_for: Callable[..., list[NewLine]],
    *,
    at: datetime,
) -> tuple[Invoice, list[InvoiceLine]]:
    """Put what the preview adds of its own on a draft, and return it with its lines."""
    if body.get("currency", invoice.currency) != invoice.currency:
        raise InvalidRequest(
            f"The invoice would be in {invoice.currency}, which is the subscription's currency.",
            param="currency",
        )
    if "discounts" in body:
        wanted = discounts.read(
            body["discounts"], param="discounts", customer=invoice.customer, at=at
        )
        invoices.update(invoice, details={"wanted": wanted}, at=at)
    more = lines_for(invoice.currency, invoice.customer)
    if more:
        invoice_drafts.add(invoices.get(invoice.pk), more, at=at)
    found = invoices.get(invoice.pk)
    return found, invoice_lines.of(found)


_OF_SCHEDULES = frozenset({"schedule", "schedule_details"})
_OTHER = frozenset({"items", "billing_cycle_anchor", "backdate_start_date"})
