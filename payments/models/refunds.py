"""Refunds: money on its way back."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models import TenantModel
from payments.models.charges import Charge


class Refund(TenantModel):
    """A refund of a charge, in whole or in part, written before the gateway is asked. Amounts are minor units.

    Source: https://docs.stripe.com/api/refunds/object
    """

    PREFIX: ClassVar[str] = "re"

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        SUCCEEDED = "succeeded", _("Refunded")
        FAILED = "failed", _("Failed")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.PENDING, Status.SUCCEEDED): "refund.updated",
            (Status.PENDING, Status.FAILED): "refund.failed",
            (Status.SUCCEEDED, Status.FAILED): "refund.failed",  # the bank sent it back
            # A correction: given up as never received, and the gateway has done it after all.
            (Status.FAILED, Status.SUCCEEDED): "refund.updated",
        }
    )

    class Reason(models.TextChoices):
        NONE = "", _("None")
        DUPLICATE = "duplicate", _("Duplicate")
        FRAUDULENT = "fraudulent", _("Fraudulent")
        REQUESTED_BY_CUSTOMER = "requested_by_customer", _("Requested by the customer")

    charge = models.ForeignKey(
        Charge,
        on_delete=models.PROTECT,
        related_name="refunds",
        db_constraint=False,
        db_index=False,
    )
    gateway_reference = models.CharField(max_length=255, blank=True, default="")
    request_key = models.CharField(max_length=64, null=True)  # noqa: DJ001 -- unique where there is one
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(
        _("reason"), max_length=24, choices=Reason.choices, blank=True, default=""
    )
    failure_reason = models.CharField(_("failure"), max_length=64, blank=True, default="")
    balance_transaction_id = models.CharField(max_length=64, blank=True, default="")
    failure_balance_transaction_id = models.CharField(max_length=64, blank=True, default="")
    settled_at = models.DateTimeField(_("settled"), null=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="refund_tenant"),
            models.UniqueConstraint(
                fields=["site", "livemode", "request_key"], name="refund_request_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "succeeded", "failed"]),
                name="refund_status_known",
            ),
        ]
        indexes = [
            models.Index("charge", F("created_at").desc(), F("id").desc(), name="refund_of_charge"),
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="refund_newest"
            ),
        ]
