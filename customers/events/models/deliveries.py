"""Deliveries: what became of telling one endpoint of one event."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.events.models.events import Event
from customers.events.models.webhook_endpoints import WebhookEndpoint
from customers.models import TenantModel


class Delivery(TenantModel):
    """One event at one endpoint, however often it is tried, and tried again when somebody replays it.

    The database inserts it together with the event (see the migrations). Columns that begin with `last_` tell of the
    last try; when another one is recorded, which sets `last_try_at`, the database puts them aside into `earlier_tries`,
    the oldest first, the fifty newest of them: hashes of `at`, `status_code`, `response`, `error` and `duration_ms`.

    It is kept in the table of its event's month; whoever knows the event's id should name it, too.

    A replay makes the row pending again, with `tries` at 0, and leaves the last try where it is until the next one.
    """

    PREFIX: ClassVar[str] = "dlv"
    CHANNEL: ClassVar[str] = "keeptab_deliveries"
    """Where the database notifies of deliveries that have become due; without a payload."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")  # given up
        CANCELED = "canceled", _("Canceled")  # the endpoint was disabled or deleted

    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.PROTECT, related_name="+", db_constraint=False,
        db_index=False, verbose_name=_("endpoint"),
    )  # fmt: skip
    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="+", db_constraint=False,
        db_index=False, verbose_name=_("event"),
    )  # fmt: skip
    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.PENDING
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    """How often it was tried since it was made, or last replayed."""
    replays = models.PositiveSmallIntegerField(_("replays"), default=0)
    next_try_at = models.DateTimeField(_("next try"), null=True)
    """When it is due, by the database's clock; null where it is not pending."""
    claimed_until = models.DateTimeField(null=True)
    """Until when the process that tries it is left alone with it."""
    last_try_at = models.DateTimeField(_("last try"), null=True)
    last_status_code = models.PositiveSmallIntegerField(_("status code"), null=True)
    """Of the endpoint's answer; null where there was none."""
    last_response = models.TextField(_("response"), blank=True, default="")
    last_error = models.CharField(_("error"), max_length=500, blank=True, default="")
    last_duration_ms = models.PositiveIntegerField(_("milliseconds"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    """When it first succeeded; a replay leaves it."""
    earlier_tries = models.JSONField(_("earlier tries"), default=list)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(status="pending", next_try_at__isnull=False)
                | Q(
                    status__in=["succeeded", "failed", "canceled"],
                    next_try_at=None,
                    claimed_until=None,
                ),
                name="delivery_due_while_pending",
            ),
            models.CheckConstraint(
                condition=~Q(status="succeeded") | Q(delivered_at__isnull=False),
                name="delivery_succeeded_some_time",
            ),
        ]
        indexes = [
            # By endpoint, so that what waits for one that is down is not in the way of the others.
            models.Index(
                "endpoint", "next_try_at", condition=Q(status="pending"), name="delivery_due"
            ),
            # What did not arrive, among ever so much that did.
            models.Index(
                "site",
                "livemode",
                F("event").desc(),
                condition=~Q(status="succeeded"),
                include=["endpoint"],
                name="delivery_undelivered",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
