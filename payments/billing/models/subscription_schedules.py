"""Subscription schedules: a subscription's changes that are planned ahead, phase by phase."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models import Customer, TenantModel
from payments.billing.models.subscriptions import Subscription


class SubscriptionSchedule(TenantModel):
    """Phases that follow each other, the first of which may begin later.

    A phase is a hash: `start_at`, `end_at` (seconds since 1970), `items` (price, quantity, metadata, tax_rates,
    discounts), and what else of a subscription it sets.

    Source: https://docs.stripe.com/api/subscription_schedules/object
    """

    PREFIX: ClassVar[str] = "sub_sched"

    class Status(models.TextChoices):
        NOT_STARTED = "not_started", _("Not begun")
        ACTIVE = "active", _("Active")
        COMPLETED = "completed", _("Done")
        RELEASED = "released", _("Released")
        CANCELED = "canceled", _("Canceled")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.NOT_STARTED, Status.ACTIVE): "subscription_schedule.updated",
            (Status.NOT_STARTED, Status.CANCELED): "subscription_schedule.canceled",
            (Status.NOT_STARTED, Status.RELEASED): "subscription_schedule.released",
            (Status.ACTIVE, Status.COMPLETED): "subscription_schedule.completed",
            (Status.ACTIVE, Status.CANCELED): "subscription_schedule.canceled",
            (Status.ACTIVE, Status.RELEASED): "subscription_schedule.released",
        }
    )
    RUNNING: ClassVar[tuple[Status, ...]] = (Status.NOT_STARTED, Status.ACTIVE)

    class End(models.TextChoices):
        RELEASE = "release", _("The subscription goes on")
        CANCEL = "cancel", _("The subscription ends")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    status = models.CharField(_("status"), max_length=11, choices=Status.choices)
    end_behavior = models.CharField(max_length=7, choices=End.choices, default=End.RELEASE)
    phases = models.JSONField(default=list)
    default_settings = models.JSONField(default=dict, blank=True)
    current_phase = models.IntegerField(null=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    released_subscription_id = models.CharField(max_length=64, blank=True, default="")
    canceled_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    next_step_at = models.DateTimeField(null=True)
    test_clock_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("subscription schedule")
        verbose_name_plural = _("subscription schedules")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "site", "livemode"], name="subscription_schedule_tenant"
            ),
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(subscription__isnull=False, status__in=["not_started", "active"]),
                name="subscription_schedule_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["not_started", "active", "completed", "released", "canceled"]
                ),
                name="subscription_schedule_status",
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(),
                name="subscription_schedule_newest",
            ),
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(),
                name="subscription_schedule_of_cust",
            ),
            models.Index(
                "next_step_at", "id", condition=Q(next_step_at__isnull=False),
                name="subscription_schedule_due",
            ),
        ]  # fmt: skip
