"""The ledger of what customers owe and what they have to their credit."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel
from customers.models.customers import Customer


class CustomerBalanceTransaction(TenantModel):
    """One change of a customer's balance, in minor units; append-only but for its description and metadata.

    `sequence` counts a customer's transactions from 1, so that each ending balance has one predecessor.

    Source: https://docs.stripe.com/api/customer_balance_transactions/object
    """

    PREFIX: ClassVar[str] = "cbtxn"

    class Kind(models.TextChoices):
        ADJUSTMENT = "adjustment", _("Adjustment")
        INITIAL = "initial", _("Initial")
        APPLIED_TO_INVOICE = "applied_to_invoice", _("Applied to an invoice")
        UNAPPLIED_FROM_INVOICE = "unapplied_from_invoice", _("Given back by an invoice")
        INVOICE_TOO_SMALL = "invoice_too_small", _("Too small to be charged")
        INVOICE_TOO_LARGE = "invoice_too_large", _("Too large to be charged")
        CREDIT_NOTE = "credit_note", _("Credit note")

    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="balance_transactions",
        db_index=False,
        db_constraint=False,
    )
    sequence = models.BigIntegerField()
    request_key = models.CharField(max_length=64, null=True)  # noqa: DJ001 -- unique where there is one
    """The digest of what asked for it: the same request finds the same entry."""
    kind = models.CharField(_("type"), max_length=32, choices=Kind.choices)
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    ending_balance = models.BigIntegerField(_("balance after"))
    description = models.CharField(_("description"), max_length=5000, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    invoice_id = models.CharField(_("invoice"), max_length=64, blank=True, default="")
    credit_note_id = models.CharField(_("credit note"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("balance transaction")
        verbose_name_plural = _("balance transactions")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "sequence"], name="customer_balance_sequence_once"
            ),
            models.UniqueConstraint(
                fields=["site", "livemode", "request_key"],
                name="customer_balance_request_once",
            ),
            models.CheckConstraint(
                condition=Q(sequence__gt=1) | Q(ending_balance=F("amount")),
                name="customer_balance_begins_at_zero",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "adjustment",
                        "initial",
                        "applied_to_invoice",
                        "unapplied_from_invoice",
                        "invoice_too_small",
                        "invoice_too_large",
                        "credit_note",
                    ]
                ),
                name="customer_balance_kind_known",
            ),
        ]
        indexes = [
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(), name="customer_balance_newest"
            )
        ]
