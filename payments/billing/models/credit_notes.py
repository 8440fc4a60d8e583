"""Credit notes: what is taken back of an invoice that was finalized."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models import Customer, TenantModel
from payments.billing.models.invoices import Invoice, InvoiceLine
from payments.models import Refund


class CreditNote(TenantModel):
    """A reduction of an invoice. Amounts are minor units of `currency`.

    Of an open invoice it lowers what is due (`pre_payment_amount`); of a paid one it gives back (`post_payment_amount`)
    by a refund, to the customer's balance, or outside.

    Source: https://docs.stripe.com/api/credit_notes/object
    """

    PREFIX: ClassVar[str] = "cn"

    class Status(models.TextChoices):
        ISSUED = "issued", _("Issued")
        VOID = "void", _("Void")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {(Status.ISSUED, Status.VOID): "credit_note.voided"}
    )

    class Reason(models.TextChoices):
        DUPLICATE = "duplicate", _("Billed twice")
        FRAUDULENT = "fraudulent", _("Fraudulent")
        ORDER_CHANGE = "order_change", _("Order changed")
        PRODUCT_UNSATISFACTORY = "product_unsatisfactory", _("Not satisfactory")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="credit_notes", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    status = models.CharField(
        _("status"), max_length=6, choices=Status.choices, default=Status.ISSUED
    )
    number = models.CharField(_("number"), max_length=60)
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(
        _("reason"), max_length=22, choices=Reason.choices, blank=True, default=""
    )
    memo = models.CharField(_("memo"), max_length=5000, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    effective_at = models.DateTimeField(null=True)
    subtotal = models.BigIntegerField()
    subtotal_excluding_tax = models.BigIntegerField()
    total = models.BigIntegerField(_("total"))
    total_excluding_tax = models.BigIntegerField()
    discounts_shown = models.JSONField(default=list, blank=True)
    """Pairs of a discount's id and the amount of it that is credited, as lines have them, too."""
    taxes_shown = models.JSONField(default=list, blank=True)
    """By rate: id, amount, taxable_amount, is_inclusive, reason; as lines and invoices have them."""
    pre_payment_amount = models.BigIntegerField(default=0)
    post_payment_amount = models.BigIntegerField(default=0)
    out_of_band_amount = models.BigIntegerField(default=0)
    credit_amount = models.BigIntegerField(default=0)
    refund_amount = models.BigIntegerField(default=0)
    balance_transaction_id = models.CharField(max_length=64, blank=True, default="")
    voided_at = models.DateTimeField(_("voided"), null=True)
    request_key = models.CharField(max_length=64, null=True)  # noqa: DJ001 -- unique where there is one

    class Meta:
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="credit_note_tenant"),
            models.UniqueConstraint(
                fields=["site", "livemode", "number"], name="credit_note_number_once"
            ),
            models.UniqueConstraint(
                fields=["site", "livemode", "request_key"], name="credit_note_request_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    total__gte=0, pre_payment_amount__gte=0, post_payment_amount__gte=0,
                    out_of_band_amount__gte=0, credit_amount__gte=0, refund_amount__gte=0,
                ),
                name="credit_note_amounts",
            ),
            models.CheckConstraint(
                condition=Q(total=F("pre_payment_amount") + F("post_payment_amount")),
                name="credit_note_parts_add_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    post_payment_amount=F("out_of_band_amount") + F("credit_amount") + F("refund_amount")
                ),
                name="credit_note_ways_add_up",
            ),
            models.CheckConstraint(
                condition=Q(status="issued", voided_at__isnull=True)
                | Q(status="void", voided_at__isnull=False),
                name="credit_note_status_known",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="credit_note_newest"
            ),
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(), name="credit_note_of_customer"
            ),
            models.Index(
                "invoice", F("created_at").desc(), F("id").desc(), name="credit_note_of_invoice"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class CreditNoteLine(TenantModel):
    """One line of a credit note: of a line of its invoice, or with a text of its own.

    Source: https://docs.stripe.com/api/credit_notes/line_item
    """

    PREFIX: ClassVar[str] = "cnli"

    class Kind(models.TextChoices):
        INVOICE_LINE = "invoice_line_item", _("A line of the invoice")
        CUSTOM = "custom_line_item", _("A line of its own")

    credit_note = models.ForeignKey(
        CreditNote, on_delete=models.PROTECT, related_name="lines", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    invoice_line = models.ForeignKey(
        InvoiceLine, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    kind = models.CharField(max_length=17, choices=Kind.choices)
    position = models.PositiveIntegerField()
    amount = models.BigIntegerField(_("amount"))
    description = models.CharField(_("description"), max_length=5000, blank=True, default="")
    quantity = models.BigIntegerField(_("quantity"), null=True)
    unit_amount_decimal = models.DecimalField(max_digits=30, decimal_places=12, null=True)
    discounts_shown = models.JSONField(default=list, blank=True)
    taxes_shown = models.JSONField(default=list, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    class Meta:
        verbose_name = _("credit note line item")
        verbose_name_plural = _("credit note line items")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "site", "livemode"], name="credit_note_line_tenant"
            ),
            models.UniqueConstraint(
                fields=["credit_note", "position"], name="credit_note_line_position_once"
            ),
        ]
        indexes = [
            models.Index(
                "invoice_line", condition=Q(invoice_line__isnull=False),
                name="credit_note_line_of_line",
            )
        ]  # fmt: skip


class CreditNoteRefund(TenantModel):
    """That a credit note gives back by a refund, or by a part of one.

    Source: https://docs.stripe.com/api/credit_notes/object
    """

    PREFIX: ClassVar[str] = "cnre"

    credit_note = models.ForeignKey(
        CreditNote, on_delete=models.PROTECT, related_name="refunds", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("refund by a credit note")
        verbose_name_plural = _("refunds by credit notes")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "site", "livemode"], name="credit_note_refund_tenant"
            ),
            models.UniqueConstraint(fields=["credit_note", "refund"], name="credit_note_refund_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_note_refund_amount"),
        ]  # fmt: skip
        indexes = [models.Index("refund", name="credit_note_refund_of_refund")]
