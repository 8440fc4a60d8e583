"""Tokens: a card, a bank account or a security code on its way into the record, good for one use."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel
from payments.models.gateway_accounts import GatewayAccount


class Token(TenantModel):
    """What the vault gave for a card number or account number, which is kept nowhere.

    `details` holds what may be shown: for a card `brand`, `last4`, `first6`, `exp_month`, `exp_year`, `funding`,
    `country`, `name`, `fingerprint`, `cvc_check` and address lines; for a bank account `bank_name`, `last4`,
    `routing_number`, …; and the `id` that it will have as a source. Of a security code there is nothing to show: what
    the vault found of it is behind its reference.

    Source: https://docs.stripe.com/api/tokens/object
    """

    PREFIX: ClassVar[str] = "tok"

    class Kind(models.TextChoices):
        CARD = "card", _("Card")
        BANK_ACCOUNT = "bank_account", _("Bank account")
        CVC_UPDATE = "cvc_update", _("Security code")

    gateway_account = models.ForeignKey(
        GatewayAccount,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    gateway_reference = models.CharField(max_length=255)
    kind = models.CharField(_("type"), max_length=12, choices=Kind.choices)
    details = models.JSONField(_("details"), default=dict)
    client_ip = models.GenericIPAddressField(_("client's IP address"), null=True)
    used_at = models.DateTimeField(_("used"), null=True)
    used_by = models.CharField(max_length=64, blank=True, default="")
    """The digest of the idempotency key that used it: the same request may go on with it, whatever crashed."""
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["card", "bank_account", "cvc_update"]),
                name="token_kind_known",
            ),
        ]
