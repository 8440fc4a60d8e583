"""The ledger of money that customers have sent before it was used for an invoice."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel
from customers.models.customers import Customer


class CashTransaction(TenantModel):
    """One change of a customer's cash balance in one currency, in minor units; append-only.

    `sequence` counts a customer's transactions of a currency from 1, so that each ending balance has one predecessor.

    Source: https://docs.stripe.com/api/cash_balance_transactions/object
    """

    PREFIX: ClassVar[str] = "ccsbtxn"

    class Kind(models.TextChoices):
        FUNDED = "funded", _("Money came")
        APPLIED = "applied_to_payment", _("Used for a payment")
        UNAPPLIED = "unapplied_from_payment", _("Given back by a payment")
        REVERSED = "funding_reversed", _("Went to another customer")

    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="cash_transactions",
        db_index=False,
        db_constraint=False,
    )
    sequence = models.BigIntegerField()
    kind = models.CharField(_("type"), max_length=24, choices=Kind.choices)
    currency = models.CharField(_("currency"), max_length=3)
    net_amount = models.BigIntegerField(_("amount"))
    ending_balance = models.BigIntegerField(_("balance after"))
    reference = models.CharField(_("reference"), max_length=255, blank=True, default="")
    invoice_id = models.CharField(_("invoice"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("cash balance transaction")
        verbose_name_plural = _("cash balance transactions")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "currency", "sequence"], name="cash_balance_sequence_once"
            ),
            models.CheckConstraint(
                condition=Q(sequence__gt=1) | Q(ending_balance=F("net_amount")),
                name="cash_balance_begins_at_zero",
            ),
            models.CheckConstraint(
                condition=Q(ending_balance__gte=0), name="cash_balance_is_no_debt"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "funded",
                        "applied_to_payment",
                        "unapplied_from_payment",
                        "funding_reversed",
                    ]
                ),
                name="cash_balance_kind_known",
            ),
        ]
        indexes = [
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(), name="cash_balance_newest"
            )
        ]
