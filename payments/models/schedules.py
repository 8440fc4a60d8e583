"""Schedules: charges that recur by the calendar, and their occurrences."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models import Customer, TenantModel
from payments import recurrence
from payments.models.payment_methods import PaymentMethod
from payments.recurrence import Recurrence


class Schedule(TenantModel):
    """A customer who is charged the same amount again and again. The amount is minor units of `currency`.

    Dates are those of the site's time zone.

    Source: https://docs.omise.co/schedules-api
    """

    PREFIX: ClassVar[str] = "schd"

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        EXPIRING = "expiring", _("Last payment ahead")
        EXPIRED = "expired", _("Ended")
        SUSPENDED = "suspended", _("Stopped after failures")
        CANCELED = "canceled", _("Canceled")

    class Period(models.TextChoices):
        DAY = recurrence.DAY, _("Day")
        WEEK = recurrence.WEEK, _("Week")
        MONTH = recurrence.MONTH, _("Month")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.ACTIVE, Status.EXPIRING): "schedule.expiring",
            (Status.ACTIVE, Status.EXPIRED): "schedule.expired",
            (Status.EXPIRING, Status.EXPIRED): "schedule.expired",
            (Status.ACTIVE, Status.SUSPENDED): "schedule.suspended",
            (Status.EXPIRING, Status.SUSPENDED): "schedule.suspended",
            (Status.ACTIVE, Status.CANCELED): "schedule.canceled",
            (Status.EXPIRING, Status.CANCELED): "schedule.canceled",
            (Status.SUSPENDED, Status.CANCELED): "schedule.canceled",
        }
    )
    RUNNING: ClassVar[tuple[Status, ...]] = (Status.ACTIVE, Status.EXPIRING)

    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="schedules",
        db_constraint=False,
        db_index=False,
    )
    payment_method = models.ForeignKey(
        PaymentMethod,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    """The card to charge; the customer's default one where there is none."""
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    description = models.CharField(_("description"), max_length=5000, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    every = models.SmallIntegerField()
    period = models.CharField(max_length=5, choices=Period.choices)
    weekdays = ArrayField(models.CharField(max_length=9), default=list)
    days_of_month = ArrayField(models.SmallIntegerField(), default=list)
    weekday_of_month = models.CharField(max_length=16, blank=True, default="")
    start_on = models.DateField(_("from"))
    end_on = models.DateField(_("until"))

    last_on = models.DateField(null=True)
    """The latest of its dates that came; what is ahead begins behind it."""
    next_on = models.DateField(_("next payment"), null=True)
    """When the next try is made: at a date of its own, or to try again."""
    due_at = models.DateTimeField(null=True)
    """When the worker takes it up; while a try is under way, when it is looked after."""
    failures = models.SmallIntegerField(_("failures in a row"), default=0)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="schedule_tenant"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="schedule_amount"),
            models.CheckConstraint(condition=Q(every__gt=0), name="schedule_every"),
            models.CheckConstraint(condition=Q(end_on__gte=F("start_on")), name="schedule_dates"),
            models.CheckConstraint(
                condition=Q(period__in=["day", "week", "month"]), name="schedule_period_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "expiring", "expired", "suspended", "canceled"]),
                name="schedule_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["active", "expiring"]) | Q(next_on__isnull=False, due_at__isnull=False),
                name="schedule_running_is_due",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index("site", "livemode", F("created_at").desc(), F("id").desc(), name="schedule_newest"),
            models.Index("customer", F("created_at").desc(), F("id").desc(), name="schedule_of_customer"),
            models.Index("due_at", condition=Q(due_at__isnull=False), name="schedule_due"),
        ]  # fmt: skip

    @property
    def recurrence(self) -> Recurrence:
        """The rhythm of its dates."""
        return Recurrence(
            self.every, self.period, self.start_on, self.end_on, self.weekdays, self.days_of_month,
            self.weekday_of_month,
        )  # fmt: skip

    @property
    def is_running(self) -> bool:
        """Whether payments are ahead."""
        return self.status in self.RUNNING


class Occurrence(TenantModel):
    """One date of a schedule and what became of it. While its status is `pending`, a try is under way.

    Source: https://docs.omise.co/occurrences-api
    """

    PREFIX: ClassVar[str] = "occu"

    class Status(models.TextChoices):
        PENDING = "pending", _("Under way")
        SUCCEEDED = "succeeded", _("Paid")
        FAILED = "failed", _("Failed")
        SKIPPED = "skipped", _("Skipped")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.PENDING, Status.SUCCEEDED): "",  # the schedule's events tell of it
            (Status.PENDING, Status.FAILED): "",
            (Status.PENDING, Status.SKIPPED): "",
            (Status.FAILED, Status.PENDING): "",  # it is tried again
        }
    )

    schedule = models.ForeignKey(
        Schedule,
        on_delete=models.PROTECT,
        related_name="occurrences",
        db_constraint=False,
        db_index=False,
    )
    charge = models.ForeignKey(
        "payments.Charge",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    """The latest try's, where it came to one."""
    scheduled_on = models.DateField(_("date"))
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    tries = models.SmallIntegerField(_("tries"), default=0)
    message = models.CharField(_("reason"), max_length=500, blank=True, default="")
    retry_on = models.DateField(_("tried again on"), null=True)
    processed_at = models.DateTimeField(_("carried out"), null=True)

    class Meta:
        verbose_name = _("occurrence")
        verbose_name_plural = _("occurrences")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "livemode", "schedule", "scheduled_on"], name="occurrence_once"
            ),
            models.UniqueConstraint(
                fields=["site", "livemode", "schedule"],
                condition=Q(status="pending"),
                name="occurrence_one_pending",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "succeeded", "failed", "skipped"]),
                name="occurrence_status_known",
            ),
        ]
        indexes = [models.Index("schedule", "created_at", "id", name="occurrence_in_order")]
