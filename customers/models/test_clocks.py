"""Test clocks: the time of customers who are only tried out, standing still until it is advanced."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models.base import TenantModel


class TestClock(TenantModel):
    """A clock of the test mode; its customers and all that is theirs live by `frozen_at`.

    While it is advancing, `frozen_at` moves towards `target_at`, and nothing of its customers may be changed by
    requests.

    Source: https://docs.stripe.com/api/test_clocks/object
    """

    PREFIX: ClassVar[str] = "clock"

    class Status(models.TextChoices):
        READY = "ready", _("Ready")
        ADVANCING = "advancing", _("Advancing")
        INTERNAL_FAILURE = "internal_failure", _("Failed")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.READY, Status.ADVANCING): "test_helpers.test_clock.advancing",
            (Status.ADVANCING, Status.READY): "test_helpers.test_clock.ready",
            (
                Status.ADVANCING,
                Status.INTERNAL_FAILURE,
            ): "test_helpers.test_clock.internal_failure",
        }
    )

    name = models.CharField(_("name"), max_length=300, blank=True, default="")
    status = models.CharField(
        _("status"), max_length=16, choices=Status.choices, default=Status.READY
    )
    frozen_at = models.DateTimeField(_("time"))
    target_at = models.DateTimeField(_("advancing to"), null=True)
    claimed_until = models.DateTimeField(null=True)
    """Until when a process that advances the clock is left alone with it."""
    deletes_at = models.DateTimeField(_("will be deleted"))
    deleted_at = models.DateTimeField(_("deleted"), null=True)

    class Meta:
        verbose_name = _("test clock")
        verbose_name_plural = _("test clocks")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="test_clock_tenant"),
            models.CheckConstraint(condition=Q(livemode=False), name="test_clock_in_test_mode"),
            models.CheckConstraint(
                condition=Q(status__in=["ready", "advancing", "internal_failure"]),
                name="test_clock_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="advancing") | Q(target_at__gte=F("frozen_at")),
                name="test_clock_goes_forward",
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="test_clock_newest"
            ),
            models.Index("target_at", condition=Q(status="advancing"), name="test_clock_advancing"),
            models.Index(
                "deletes_at", condition=Q(deleted_at__isnull=True), name="test_clock_deletes"
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)
