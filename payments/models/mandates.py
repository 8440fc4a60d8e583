"""Mandates: a customer's permission to debit."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models import TenantModel
from payments.models.payment_methods import PaymentMethod


class Mandate(TenantModel):
    """A permission to debit a payment method, with how it was given.

    Source: https://docs.stripe.com/api/mandates/object
    """

    PREFIX: ClassVar[str] = "mandate"

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        INACTIVE = "inactive", _("Inactive")
        PENDING = "pending", _("Pending")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.PENDING, Status.ACTIVE): "mandate.updated",
            (Status.PENDING, Status.INACTIVE): "mandate.updated",
            (Status.ACTIVE, Status.INACTIVE): "mandate.updated",
        }
    )

    payment_method = models.ForeignKey(
        PaymentMethod, on_delete=models.PROTECT, related_name="mandates", db_constraint=False
    )
    status = models.CharField(_("status"), max_length=8, choices=Status.choices)
    is_multi_use = models.BooleanField(default=True)
    acceptance = models.JSONField(_("acceptance"), default=dict)
    """`type` (online, offline), `ip_address`, `user_agent`, `accepted_at` (seconds since 1970); where a page of ours
    asked, the `wording` that was agreed to, and its `language`."""
    reference = models.CharField(_("reference"), max_length=35, blank=True, default="")

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["active", "inactive", "pending"]),
                name="mandate_status_known",
            ),
        ]
