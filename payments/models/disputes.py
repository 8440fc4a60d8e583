"""Disputes: a customer's bank takes a charge back, and the merchant may answer."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models import TenantModel
from payments.models.charges import Charge


class Dispute(TenantModel):
    """A disputed charge. Amounts are minor units.

    Source: https://docs.stripe.com/api/disputes/object
    """

    PREFIX: ClassVar[str] = "dp"

    class Status(models.TextChoices):
        NEEDS_RESPONSE = "needs_response", _("Needs an answer")
        UNDER_REVIEW = "under_review", _("Under review")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.NEEDS_RESPONSE, Status.UNDER_REVIEW): "charge.dispute.updated",
            (Status.NEEDS_RESPONSE, Status.WON): "charge.dispute.closed",
            (Status.NEEDS_RESPONSE, Status.LOST): "charge.dispute.closed",
            (Status.UNDER_REVIEW, Status.WON): "charge.dispute.closed",
            (Status.UNDER_REVIEW, Status.LOST): "charge.dispute.closed",
        }
    )

    charge = models.ForeignKey(
        Charge, on_delete=models.PROTECT, related_name="disputes", db_constraint=False
    )
    gateway_reference = models.CharField(max_length=255, blank=True, default="")
    status = models.CharField(_("status"), max_length=16, choices=Status.choices)
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=32, default="general")
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    evidence_due_at = models.DateTimeField(_("answer until"), null=True)
    submissions = models.SmallIntegerField(default=0)
    closed_at = models.DateTimeField(_("closed"), null=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "livemode", "gateway_reference"], condition=~Q(gateway_reference=""),
                name="dispute_reference_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["needs_response", "under_review", "won", "lost"]), name="dispute_status_known"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="dispute_newest"
            ),
            models.Index(
                "site", "livemode", "status", F("created_at").desc(), F("id").desc(),
                name="dispute_of_status",
            ),
        ]  # fmt: skip
