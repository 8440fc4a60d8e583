"""Subscriptions: what a customer has agreed to pay again and again."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models import Customer, TenantModel
from payments.billing.models.prices import Price
from payments.models import PaymentMethod

_ENDED = ["incomplete_expired", "canceled"]

PAUSED = Q(status="paused") | (~Q(pause_behavior="") & ~Q(status__in=_ENDED))
"""Which subscriptions are paused, or their collection is; spelled as their index is."""

ENDING = ~Q(status__in=_ENDED) & (Q(cancels_at_period_end=True) | Q(cancel_at__isnull=False))
"""Which subscriptions will be canceled; spelled as their index is."""


class Subscription(TenantModel):
    """Items at recurring prices, billed by one calendar: `anchor_at` and the interval that the prices have.

    Period n of the calendar begins at anchor + n times the interval; the current one is `period_start` to
    `period_end`, and `next_step_at` is the instant at which something is due: a renewal, the end of a trial or of a
    pause, a cancellation, the end of the time for a first payment or for a resumption's.

    Source: https://docs.stripe.com/api/subscriptions/object
    """

    PREFIX: ClassVar[str] = "sub"

    class Status(models.TextChoices):
        INCOMPLETE = "incomplete", _("Waits for its first payment")
        INCOMPLETE_EXPIRED = "incomplete_expired", _("Never paid")
        TRIALING = "trialing", _("On trial")
        ACTIVE = "active", _("Active")
        PAST_DUE = "past_due", _("Past due")
        UNPAID = "unpaid", _("Unpaid")
        PAUSED = "paused", _("Paused")
        CANCELED = "canceled", _("Canceled")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.INCOMPLETE, Status.ACTIVE): "customer.subscription.updated",
            (Status.INCOMPLETE, Status.TRIALING): "customer.subscription.updated",
            (Status.INCOMPLETE, Status.INCOMPLETE_EXPIRED): "customer.subscription.updated",
            (Status.INCOMPLETE, Status.CANCELED): "customer.subscription.deleted",
            (Status.TRIALING, Status.ACTIVE): "customer.subscription.updated",
            (Status.TRIALING, Status.PAST_DUE): "customer.subscription.updated",
            (Status.TRIALING, Status.PAUSED): "customer.subscription.paused",
            (Status.TRIALING, Status.CANCELED): "customer.subscription.deleted",
            (Status.ACTIVE, Status.TRIALING): "customer.subscription.updated",
            (Status.ACTIVE, Status.PAST_DUE): "customer.subscription.updated",
            (Status.ACTIVE, Status.UNPAID): "customer.subscription.updated",
            (Status.ACTIVE, Status.CANCELED): "customer.subscription.deleted",
            (Status.PAST_DUE, Status.ACTIVE): "customer.subscription.updated",
            (Status.PAST_DUE, Status.TRIALING): "customer.subscription.updated",
            (Status.PAST_DUE, Status.UNPAID): "customer.subscription.updated",
            (Status.PAST_DUE, Status.CANCELED): "customer.subscription.deleted",
            (Status.UNPAID, Status.ACTIVE): "customer.subscription.updated",
            (Status.UNPAID, Status.TRIALING): "customer.subscription.updated",
            (Status.UNPAID, Status.CANCELED): "customer.subscription.deleted",
            (Status.PAUSED, Status.ACTIVE): "customer.subscription.resumed",
            (Status.PAUSED, Status.PAST_DUE): "customer.subscription.resumed",
            (Status.PAUSED, Status.CANCELED): "customer.subscription.deleted",
        }
    )
    ENDED: ClassVar[tuple[Status, ...]] = (Status.INCOMPLETE_EXPIRED, Status.CANCELED)
    BILLED: ClassVar[tuple[Status, ...]] = (
        Status.TRIALING, Status.ACTIVE, Status.PAST_DUE, Status.UNPAID,
    )  # fmt: skip
    """Those that are given a new period when one ends."""

    class Collection(models.TextChoices):
        CHARGE = "charge_automatically", _("Charged automatically")
        SEND = "send_invoice", _("By invoice")

    class Pause(models.TextChoices):
        KEEP_AS_DRAFT = "keep_as_draft", _("Invoices stay drafts")
        MARK_UNCOLLECTIBLE = "mark_uncollectible", _("Invoices count as uncollectible")
        VOID = "void", _("Invoices are void")

    class TrialEnd(models.TextChoices):
        CREATE_INVOICE = "create_invoice", _("Bill it")
        CANCEL = "cancel", _("Cancel")
        PAUSE = "pause", _("Pause")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="subscriptions", db_constraint=False,
        db_index=False, verbose_name=_("customer"),
    )  # fmt: skip
    status = models.CharField(_("status"), max_length=18, choices=Status.choices)
    currency = models.CharField(_("currency"), max_length=3)
    collection_method = models.CharField(
        _("collection"), max_length=20, choices=Collection.choices, default=Collection.CHARGE
    )
    days_until_due = models.PositiveIntegerField(_("days until due"), null=True)
    default_payment_method = models.ForeignKey(
        PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    description = models.CharField(_("description"), max_length=500, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    payment_settings = models.JSONField(default=dict, blank=True)
    invoice_settings = models.JSONField(default=dict, blank=True)
    """What its invoices say beside their lines: custom_fields, description, footer."""
    off_session = models.BooleanField(default=False)
    tax_rate_ids = ArrayField(models.CharField(max_length=64), default=list, blank=True)

    interval = models.CharField(max_length=5, choices=Price.Unit.choices)
    interval_count = models.PositiveIntegerField(default=1)
    start_at = models.DateTimeField(_("started"))
    anchor_at = models.DateTimeField(_("billing anchor"))
    anchor_config = models.JSONField(null=True)
    period_start = models.DateTimeField(_("period from"))
    period_end = models.DateTimeField(_("period until"))
    trial_start_at = models.DateTimeField(_("trial from"), null=True)
    trial_end_at = models.DateTimeField(_("trial until"), null=True)
    trial_end_behavior = models.CharField(
        max_length=14, choices=TrialEnd.choices, default=TrialEnd.CREATE_INVOICE
    )
    trial_end_told_at = models.DateTimeField(null=True)
    pause_behavior = models.CharField(
        _("collection paused"), max_length=18, choices=Pause.choices, blank=True, default=""
    )
    pause_resumes_at = models.DateTimeField(_("resumes"), null=True)
    cancel_at = models.DateTimeField(_("will be canceled"), null=True)
    cancels_at_period_end = models.BooleanField(_("ends with its period"), default=False)
    canceled_at = models.DateTimeField(_("canceled"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    cancellation_comment = models.CharField(max_length=500, blank=True, default="")
    cancellation_feedback = models.CharField(max_length=24, blank=True, default="")
    cancellation_reason = models.CharField(max_length=24, blank=True, default="")
    latest_invoice_id = models.CharField(max_length=64, blank=True, default="")
    pending_setup_intent_id = models.CharField(max_length=64, blank=True, default="")
    schedule_id = models.CharField(max_length=64, blank=True, default="")
    resumption_expires_at = models.DateTimeField(null=True)
    """Until when a paused subscription's invoice for going on can be paid; it is void then."""
    next_step_at = models.DateTimeField(null=True)
    upcoming_at = models.DateTimeField(null=True)
    """When the invoice that the period's end brings is to be told of; None once it was, and where it is not."""
    test_clock_id = models.CharField(max_length=64, blank=True, default="")
    """Its customer's clock, so that who looks for due work knows whose time counts."""
    imported_from = models.CharField(_("billed by"), max_length=12, blank=True, default="")
    """The gateway that bills it, where it is the record of a subscription there; nothing here bills it then."""

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="subscription_tenant"),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "incomplete",
                        "incomplete_expired",
                        "trialing",
                        "active",
                        "past_due",
                        "unpaid",
                        "paused",
                        "canceled",
                    ]
                ),
                name="subscription_status_known",
            ),
            models.CheckConstraint(
                condition=Q(period_end__gt=F("period_start")), name="subscription_period"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["incomplete_expired", "canceled"],
                    ended_at__isnull=False,
                    next_step_at__isnull=True,
                )
                | (~Q(status__in=["incomplete_expired", "canceled"]) & Q(ended_at__isnull=True)),
                name="subscription_ended_has_instant",
            ),
            models.CheckConstraint(
                condition=Q(collection_method="send_invoice", days_until_due__isnull=False)
                | Q(collection_method="charge_automatically"),
                name="subscription_collection",
            ),
            models.CheckConstraint(
                condition=Q(interval_count__gte=1), name="subscription_interval_count"
            ),
            models.CheckConstraint(
                condition=Q(imported_from="")
                | Q(
                    imported_from__in=["stripe", "omise"],
                    next_step_at__isnull=True,
                    upcoming_at__isnull=True,
                    test_clock_id="",
                ),
                name="subscription_imported_is_history",
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="subscription_newest"
            ),
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(),
                condition=~Q(status="canceled"), name="subscription_not_canceled",
            ),
            models.Index(
                "site", "livemode", "status", F("created_at").desc(), F("id").desc(),
                name="subscription_of_status",
            ),
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(), name="subscription_of_customer"
            ),
            models.Index(
                "customer", condition=Q(status__in=["active", "past_due"]), name="subscription_earning"
            ),
            models.Index(
                "site", "livemode", "collection_method", F("created_at").desc(), F("id").desc(),
                name="subscription_of_collection",
            ),
            *(
                models.Index(
                    "site", "livemode", F("created_at").desc(), F("id").desc(), condition=condition, name=name
                )
                for name, condition in (
                    ("subscription_paused", PAUSED),
                    ("subscription_ending", ENDING),
                    ("subscription_ended", Q(status__in=_ENDED)),
                )
            ),
            models.Index(
                "site", "livemode", "period_end", "id",
                condition=Q(
                    status__in=["trialing", "active", "past_due", "unpaid"], cancels_at_period_end=False
                ),
                name="subscription_to_renew",
            ),
            models.Index(
                "next_step_at", "id", condition=Q(next_step_at__isnull=False, test_clock_id=""),
                name="subscription_due",
            ),
            models.Index(
                "test_clock_id", "next_step_at",
                condition=~Q(test_clock_id="") & Q(next_step_at__isnull=False),
                name="subscription_due_on_clock",
            ),
            models.Index(
                "upcoming_at", "id", condition=Q(upcoming_at__isnull=False, test_clock_id=""),
                name="subscription_upcoming",
            ),
            models.Index(
                "test_clock_id", "upcoming_at",
                condition=~Q(test_clock_id="") & Q(upcoming_at__isnull=False),
                name="subscription_upcoming_on_clock",
            ),
            GinIndex(fields=["metadata"], opclasses=["jsonb_path_ops"], name="subscription_metadata"),
        ]  # fmt: skip


class SubscriptionItem(TenantModel):
    """A price and a quantity of a subscription.

    Source: https://docs.stripe.com/api/subscription_items/object
    """

    PREFIX: ClassVar[str] = "si"

    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="items", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    price = models.ForeignKey(
        Price, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    quantity = models.BigIntegerField(_("quantity"), default=1)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    tax_rate_ids = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    position = models.PositiveIntegerField(default=0)
    subscribed_at = models.DateTimeField()
    """When the subscription was made: so the subscriptions to a price stand in an index, the newest first."""
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("subscription item")
        verbose_name_plural = _("subscription items")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="subscription_item_tenant"),
            models.UniqueConstraint(
                fields=["subscription", "price"], condition=Q(deleted_at__isnull=True),
                name="subscription_item_price_once",
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="subscription_item_quantity"),
        ]  # fmt: skip
        indexes = [
            models.Index("subscription", "position", "id", name="subscription_item_of_subscript"),
            models.Index(
                "price",
                F("subscribed_at").desc(),
                F("subscription").desc(),
                name="subscription_item_of_price",
            ),
        ]
