"""The site's ledger: every movement of its money, append-only, adding up."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class BalanceTransaction(TenantModel):
    """One movement of a site's money, in minor units: `net` is `amount` less `fee`. Never changed, never deleted.

    Source: https://docs.stripe.com/api/balance_transactions/object
    """

    PREFIX: ClassVar[str] = "txn"

    class Kind(models.TextChoices):
        CHARGE = "charge", _("Charge")
        PAYMENT = "payment", _("Payment")
        REFUND = "refund", _("Refund")
        PAYMENT_REFUND = "payment_refund", _("Refund of a payment")
        REFUND_FAILURE = "refund_failure", _("Failed refund")
        PAYMENT_FAILURE = "payment_failure_refund", _("Failed payment")
        ADJUSTMENT = "adjustment", _("Adjustment")

    kind = models.CharField(_("type"), max_length=24, choices=Kind.choices)
    source_id = models.CharField(_("of"), max_length=64)
    amount = models.BigIntegerField(_("amount"))
    fee = models.BigIntegerField(_("fee"), default=0)
    net = models.BigIntegerField(_("net"))
    currency = models.CharField(_("currency"), max_length=3)
    description = models.CharField(_("description"), max_length=500, blank=True, default="")
    available_on = models.DateTimeField(_("available"))

    class Meta:
        verbose_name = _("balance transaction")
        verbose_name_plural = _("balance transactions")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "site", "livemode"], name="balance_transaction_tenant"
            ),
            models.UniqueConstraint(
                fields=["source_id", "kind"],
                condition=~Q(kind="adjustment"),
                name="balance_transaction_once_per_source",
            ),
            models.CheckConstraint(
                condition=Q(net=F("amount") - F("fee")), name="balance_transaction_adds_up"
            ),
        ]
        indexes = [
            models.Index(
                "site",
                "livemode",
                F("created_at").desc(),
                F("id").desc(),
                name="balance_transaction_newest",
            ),
            models.Index("source_id", name="balance_transaction_source"),
        ]
