"""Gateway accounts: where a site's money is taken, in each mode."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class GatewayAccount(TenantModel):
    """A site's account at a payment gateway; one at most is active in each mode.

    `credentials` is sealed JSON (`kit.sealing`); its members are the gateway's affair.
    """

    PREFIX: ClassVar[str] = "gwa"

    class Kind(models.TextChoices):
        SANDBOX = "sandbox", _("Sandbox")
        STRIPE = "stripe", "Stripe"
        OMISE = "omise", "Omise"

    kind = models.CharField(_("gateway"), max_length=12, choices=Kind.choices)
    is_active = models.BooleanField(_("active"), default=True)
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    credentials = models.BinaryField(blank=True, default=b"")
    checked_at = models.DateTimeField(_("credentials checked"), null=True, blank=True)

    class Meta:
        verbose_name = _("gateway account")
        verbose_name_plural = _("gateway accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "site", "livemode"], name="gateway_account_tenant"
            ),
            models.UniqueConstraint(
                fields=["site", "livemode"],
                condition=Q(is_active=True),
                name="gateway_account_one_active",
            ),
            models.CheckConstraint(
                condition=Q(livemode=False) | ~Q(kind="sandbox"),
                name="gateway_account_no_live_sandbox",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["sandbox", "stripe", "omise"]),
                name="gateway_account_kind_known",
            ),
        ]
