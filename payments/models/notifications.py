"""Notifications: what gateways told us, kept raw until it is worked off."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel
from payments.models.gateway_accounts import GatewayAccount


class Notification(TenantModel):
    """A verified message of a gateway. The same one may come twice, and late: working it off asks the gateway anew."""

    PREFIX: ClassVar[str] = "gnt"

    gateway_account = models.ForeignKey(
        GatewayAccount, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    event_id = models.CharField(max_length=255)
    body = models.BinaryField()
    """Sealed: it may hold what the scrubber would take out."""
    worked_off_at = models.DateTimeField(_("worked off"), null=True)
    said = models.CharField(_("result"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("gateway notification")
        verbose_name_plural = _("gateway notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "event_id"], name="notification_once"
            ),
        ]
        indexes = [
            models.Index(
                F("created_at"),
                condition=Q(worked_off_at__isnull=True),
                name="notification_waiting",
            ),
        ]
