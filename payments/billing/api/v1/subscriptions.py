"""`/v1/subscriptions`.

Source: https://docs.stripe.com/api/subscriptions
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse

from customers.kit import together
from customers.kit.errors import NotFound
from customers.kit.search_language import Query
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.lists import OwnerFilter, ParamFilter, V1FilterSet, WithinSecond
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    ExpandableList,
    FilledByIds,
    FilledList,
    Metadata,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.searches import Searchable, SearchQuery
from customers.restkit.worded_inputs import InstantOrWordField
from customers.services import customers
from payments.billing.api.v1 import subscription_inputs as reading
from payments.billing.api.v1 import subscription_members as members
from payments.billing.api.v1.subscription_item_objects import SubscriptionItemObject
from payments.billing.api.v1.tax_rates import TaxRateObject
from payments.billing.models import Subscription, SubscriptionItem
from payments.billing.services import chosen_ids, subscription_search, subscriptions
from payments.billing.services.subscription_payments import BEHAVIORS
from payments.billing.services.subscription_terms import MOST_TRIAL_DAYS, PERIOD_ENDS

STATUS = {status: status.value for status in Subscription.Status}
SHOWN = 10  # how many a customer shows at most


class SubscriptionCreate(reading.TermsInput):
    backdate_start_date = inputs.TimestampField()
    billing_cycle_anchor = inputs.TimestampField(source="anchor_at")
    billing_cycle_anchor_config = inputs.HashField(reading.AnchorConfigHash, source="anchor_config")
    currency = inputs.CurrencyField()
    customer = IdField(required=True)
    items = reading.items_field(reading.ItemHash, required=True)
    trial_from_plan = inputs.BooleanField()
    trial_period_days = inputs.IntegerField(min_value=1, max_value=MOST_TRIAL_DAYS)


class SubscriptionUpdate(reading.TermsInput):
    billing_cycle_anchor = reading.anchor_field()
    cancel_at = InstantOrWordField(PERIOD_ENDS, emptied=None)
    cancellation_details = inputs.HashField(reading.CancellationDetailsHash)
    items = reading.items_field(reading.ChangedItemHash)
    pause_collection = inputs.HashField(reading.PauseHash, emptied=None, source="pause")
    payment_behavior = inputs.ChoiceField(BEHAVIORS)
    proration_date = inputs.TimestampField()


class SubscriptionCancel(Input):
    cancellation_details = inputs.HashField(reading.CancellationDetailsHash)
    invoice_now = inputs.BooleanField()
    prorate = inputs.BooleanField()


class SubscriptionResume(Input):
    billing_cycle_anchor = reading.anchor_field()
    proration_behavior = inputs.ChoiceField(reading.PRORATION)
    proration_date = inputs.TimestampField()


class StatusFilter(ParamFilter):
    """The subscriptions of a status; `all` is each of them, `ended` those that are over."""

    def __init__(self) -> None:
        super().__init__(
            inputs.ChoiceField([*Subscription.Status.values, "all", "ended"]), "status"
        )

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value == "all":
            return qs
        return (
            qs.filter(status__in=Subscription.ENDED)
            if value == "ended"
            else qs.filter(status=value)
        )


class PriceFilter(ParamFilter):
    """The subscriptions with an item at a price."""

    def __init__(self) -> None:
        super().__init__(IdField(), "items__price_id")

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        items = SubscriptionItem.objects.filter(
            subscription=OuterRef("pk"), price__in=chosen_ids.keys(value), deleted_at__isnull=True
        )
        return qs.filter(Exists(items))

    def stand_in(self, name: str, position: int) -> Any:
        """Return nothing: an id stands for two keys."""
        return None


def _instants(name: str, column: str) -> dict[str, ParamFilter]:
    found: dict[str, ParamFilter] = {name: WithinSecond(inputs.TimestampField(), column)}
    for lookup in ("gt", "gte", "lt", "lte"):
        found[f"{name}[{lookup}]"] = ParamFilter(inputs.TimestampField(), column, lookup)
    return found


class SubscriptionFilter(V1FilterSet):
    collection_method = ParamFilter(
        inputs.ChoiceField(Subscription.Collection.values), "collection_method"
    )
    customer = OwnerFilter(IdField(), "customer_id")
    plan = PriceFilter()
    price = PriceFilter()
    status = StatusFilter()
    test_clock = ParamFilter(IdField(), "test_clock_id")

    @classmethod
    def get_filters(cls) -> dict[str, Any]:  # type: ignore[override]  # any mapping will do
        return {
            **super().get_filters(),
            **_instants("current_period_end", "period_end"),
            **_instants("current_period_start", "period_start"),
        }

    @classmethod
    def unasked(cls, qs: QuerySet[Any], asked: Collection[str]) -> QuerySet[Any]:
        """Leave out what was canceled, unless a status is asked for; and what is on a clock, unless that is."""
        if "status" not in asked:
            qs = qs.exclude(status=Subscription.Status.CANCELED)
        if "customer" in asked or "test_clock" in asked:
            return qs
        return qs.filter(test_clock_id="")


class SubscriptionObject(WireObject):
    """What a customer has agreed to pay again and again."""

    id = Plain()
    object = Constant("subscription")
    application = Constant(None)
    application_fee_percent = Constant(None)
    automatic_tax = Constant(members.AUTOMATIC_TAX)
    billing_cycle_anchor = UnixTime("anchor_at")
    billing_cycle_anchor_config = Computed(
        members.anchor_config, "anchor_config", schema=members.ANCHOR_SCHEMA
    )
    billing_mode = Constant(members.BILLING_MODE)
    billing_schedules = Constant([])
    billing_thresholds = Constant(None)
    cancel_at = UnixTime()
    cancel_at_period_end = Plain("cancels_at_period_end")
    canceled_at = UnixTime()
    cancellation_details = Computed(
        members.cancellation, "cancellation_comment", "cancellation_feedback", "cancellation_reason",
        schema=members.CANCELLATION_SCHEMA,
    )  # fmt: skip
    collection_method = Plain()
    created = UnixTime("created_at")
    currency = Plain()
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    days_until_due = Plain()
    default_payment_method = Expandable("default_payment_method_id", resource="payment_method")
    default_source = Constant(None)
    default_tax_rates = FilledByIds(TaxRateObject, "tax_rate_ids")
    description = Text()
    discounts = ExpandableList("discount")
    ended_at = UnixTime()
    invoice_settings = Computed(
        members.invoice_settings, "invoice_settings", schema=members.INVOICE_SETTINGS_SCHEMA
    )
    items = FilledList(SubscriptionItemObject)
    latest_invoice = Expandable("latest_invoice_id", resource="invoice")
    livemode = Plain()
    managed_payments = Constant(None)
    metadata = Metadata()
    next_pending_invoice_item_invoice = Constant(None)
    on_behalf_of = Constant(None)
    pause_collection = Computed(
        members.pause, "pause_behavior", "pause_resumes_at", schema=members.PAUSE_SCHEMA
    )
    payment_settings = Computed(
        members.payment_settings, "payment_settings", schema=members.PAYMENT_SCHEMA
    )
    pending_invoice_item_interval = Constant(None)
    pending_setup_intent = Expandable("pending_setup_intent_id", resource="setup_intent")
    pending_update = Constant(None)
    presentment_details = Constant(None)
    schedule = Expandable("schedule_id", resource="subscription_schedule")
    start_date = UnixTime("start_at")
    status = Spelled(STATUS)
    status_details = Constant(None)
    test_clock = Expandable("test_clock_id", resource="test_helpers.test_clock")
    transfer_data = Constant(None)
    trial_end = UnixTime("trial_end_at")
    trial_settings = Computed(
        members.trial_settings, "trial_end_behavior", schema=members.TRIAL_SCHEMA
    )
    trial_start = UnixTime("trial_start_at")


class SubscriptionViewSet(Searchable):
    resource = "subscriptions"
    model = Subscription
    output = SubscriptionObject
    filterset_class = SubscriptionFilter
    phased = frozenset({"create", "update", "cancel", "resume"})
    compared_whole = frozenset({"metadata"})
    inputs = {
        "create": SubscriptionCreate,
        "update": SubscriptionUpdate,
        "cancel": SubscriptionCancel,
        "resume": SubscriptionResume,
        "search": SearchQuery,
    }

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        members.complete(wires)

    @classmethod
    def matching(cls, query: Query) -> QuerySet[Any]:
        return subscription_search.matching(query)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(SubscriptionCreate)
        customer = customers.get_living(body["customer"])
        subscription = subscriptions.create(
            customer, wishes=reading.wishes(body), details=reading.details_of(body, customer),
            request_key=self.request_key, at=self.at,
        )  # fmt: skip
        return self.write(subscription)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(SubscriptionUpdate)
        subscription = subscriptions.get(pk)
        subscription = subscriptions.update(
            subscription, wishes=reading.wishes(body),
            details=reading.details_of(body, subscription.customer), at=self.at,
        )  # fmt: skip
        return self.write(subscription)

    def cancel(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Cancel a subscription now."""
        body = self.read(SubscriptionCancel)
        subscription = subscriptions.cancel(
            subscriptions.get(pk), details=body.pop("cancellation_details", {}), **body, at=self.at
        )
        return self.write(subscription)

    def resume(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Let a paused subscription go on."""
        body = self.read(SubscriptionResume)
        return self.write(subscriptions.resume(subscriptions.get(pk), details=body, at=self.at))

    def missing(self, pk: str) -> NotFound:
        return subscriptions.no_such_subscription(pk)


def spelled(subscription: Subscription) -> Wire:
    """Return a subscription's wire form, complete."""
    wire = SubscriptionObject.plan().spell_instance(subscription)
    items = together.recalled((SubscriptionItem, subscription.pk))
    if items is None:
        members.complete([wire])
    else:
        members.complete_with(wire, items)
    return wire


def of_customers(owners: Sequence[Wire]) -> list[Wire]:
    """Return each customer's subscriptions, active and past, for `expand` (rule P7)."""
    numbered = Subscription.objects.filter(customer_id__in=[wire["id"] for wire in owners])
    numbered = numbered.annotate(
        position=Window(
            RowNumber(),
            partition_by=F("customer_id"),
            order_by=[F("created_at").desc(), F("id").desc()],
        )
    )
    rows = numbered.filter(position__lte=SHOWN + 1).order_by("position")
    plan = SubscriptionObject.plan()
    wires = [plan.spell(row) for row in rows.values_list(*plan.columns)]
    members.complete(wires)
    found: dict[str, list[Wire]] = defaultdict(list)
    for wire in wires:
        found[wire["customer"]].append(wire)
    return [_envelope(owner["id"], found[owner["id"]]) for owner in owners]


def _envelope(customer: str, data: list[Wire]) -> Wire:
    return {
        "object": "list",
        "data": data[:SHOWN],
        "has_more": len(data) > SHOWN,
        "url": f"/v1/customers/{customer}/subscriptions",
    }
