"""Invoices: what a customer is asked to pay, line by line."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models import Customer, TenantModel
from payments.billing.models.prices import Price
from payments.billing.models.shipping_rates import ShippingRate
from payments.billing.models.subscriptions import Subscription, SubscriptionItem
from payments.models import PaymentIntent, PaymentMethod


class Invoice(TenantModel):
    """A bill. Amounts are minor units of `currency`; they are worked out while it is a draft, and fixed from then on.

    `amount_due` is the total after the customer's balance; `amount_paid` and what credit notes took off lead to
    `amount_remaining`.

    Source: https://docs.stripe.com/api/invoices/object
    """

    PREFIX: ClassVar[str] = "in"

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        PAID = "paid", _("Paid")
        UNCOLLECTIBLE = "uncollectible", _("Uncollectible")
        VOID = "void", _("Void")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.DRAFT, Status.OPEN): "invoice.finalized",
            (Status.OPEN, Status.PAID): "invoice.paid",
            (Status.OPEN, Status.VOID): "invoice.voided",
            (Status.OPEN, Status.UNCOLLECTIBLE): "invoice.marked_uncollectible",
            (Status.UNCOLLECTIBLE, Status.PAID): "invoice.paid",
            (Status.UNCOLLECTIBLE, Status.VOID): "invoice.voided",
        }
    )

    class Reason(models.TextChoices):
        MANUAL = "manual", _("Made by hand")
        SUBSCRIPTION_CREATE = "subscription_create", _("A subscription's first")
        SUBSCRIPTION_CYCLE = "subscription_cycle", _("A renewal")
        SUBSCRIPTION_UPDATE = "subscription_update", _("A change of a subscription")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="invoices", db_constraint=False,
        db_index=False, verbose_name=_("customer"),
    )  # fmt: skip
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, related_name="invoices",
        db_constraint=False, db_index=False, verbose_name=_("subscription"),
    )  # fmt: skip
    status = models.CharField(
        _("status"), max_length=13, choices=Status.choices, default=Status.DRAFT
    )
    number = models.CharField(_("number"), max_length=40, blank=True, default="")
    """Drawn when it is finalized, unless the draft has one of its own."""
    receipt_number = models.CharField(_("receipt number"), max_length=40, blank=True, default="")
    currency = models.CharField(_("currency"), max_length=3)
    collection_method = models.CharField(
        _("collection"), max_length=20, choices=Subscription.Collection.choices,
        default=Subscription.Collection.CHARGE,
    )  # fmt: skip
    reason = models.CharField(
        _("reason"), max_length=20, choices=Reason.choices, default=Reason.MANUAL
    )
    period_start = models.DateTimeField(_("period from"))
    period_end = models.DateTimeField(_("period until"))
    due_at = models.DateTimeField(_("due"), null=True)
    days_until_due = models.PositiveIntegerField(null=True)
    effective_at = models.DateTimeField(null=True)
    description = models.CharField(_("memo"), max_length=5000, blank=True, default="")
    footer = models.CharField(_("footer"), max_length=5000, blank=True, default="")
    custom_fields = models.JSONField(default=list, blank=True)
    rendering = models.JSONField(default=dict, blank=True)
    """What the document looks like: `amount_tax_display` and `page_size`, where they are said."""
    statement_descriptor = models.CharField(max_length=22, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    subscription_metadata = models.JSONField(default=dict, blank=True)
    payment_settings = models.JSONField(default=dict, blank=True)
    tax_rate_ids = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    default_payment_method = models.ForeignKey(
        PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    customer_shown = models.JSONField(default=dict, blank=True)
    """Who is billed, as the document says it: name, email, phone, address, shipping, tax_exempt, tax_ids, locale."""

    shipping_rate = models.ForeignKey(
        ShippingRate, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    shipping_shown = models.JSONField(default=dict, blank=True)
    """Empty, or: name, amount as the rate says it, amount_subtotal, amount_tax, amount_total, and taxes by rate."""
    shipping_details = models.JSONField(null=True)
    """Where the goods are sent, where that is not the customer's own address: name, phone, address."""

    subtotal = models.BigIntegerField(default=0)
    subtotal_excluding_tax = models.BigIntegerField(default=0)
    total = models.BigIntegerField(_("total"), default=0)
    total_excluding_tax = models.BigIntegerField(default=0)
    discounts_shown = models.JSONField(default=list, blank=True)
    """Pairs of a discount's id and the amount that it takes off, in minor units."""
    taxes_shown = models.JSONField(default=list, blank=True)
    """By rate: id, amount, taxable_amount, is_inclusive, reason."""
    starting_balance = models.BigIntegerField(default=0)
    ending_balance = models.BigIntegerField(null=True)
    amount_due = models.BigIntegerField(_("due"), default=0)
    amount_paid = models.BigIntegerField(_("paid"), default=0)
    amount_overpaid = models.BigIntegerField(default=0)
    pre_payment_credit = models.BigIntegerField(default=0)
    post_payment_credit = models.BigIntegerField(default=0)
    amount_remaining = models.GeneratedField(
        expression=F("amount_due") - F("amount_paid") - F("pre_payment_credit"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    is_paid_out_of_band = models.BooleanField(default=False)

    auto_advance = models.BooleanField(_("advances by itself"), default=False)
    attempt_count = models.PositiveIntegerField(_("tries"), default=0)
    was_attempted = models.BooleanField(default=False)
    retries = models.PositiveIntegerField(default=0)
    """How many automatic tries have failed: how far it is in the site's `retry_days` (rule S11)."""
    lost_tries = models.PositiveIntegerField(default=0)
    """How many tries never reached the gateway, since the process that made them died: they count as none."""
    counted_charge_id = models.CharField(max_length=64, blank=True, default="")
    """The charge of the try that `attempt_count` counted last."""
    payment_intent = models.ForeignKey(
        PaymentIntent, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    revises = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    """The invoice that it takes the place of when it is finalized."""
    latest_revision = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    """The invoice that has taken its place."""
    last_finalization_error = models.JSONField(null=True)
    finalizes_at = models.DateTimeField(null=True)
    """When a draft is finalized by itself."""
    next_attempt_at = models.DateTimeField(_("next try"), null=True)
    """When an automatic try to collect it is due."""
    reminds_at = models.DateTimeField(null=True)
    """When it is told that the invoice will be due."""
    overdue_told_at = models.DateTimeField(null=True)
    finalized_at = models.DateTimeField(_("finalized"), null=True)
    paid_at = models.DateTimeField(_("paid"), null=True)
    voided_at = models.DateTimeField(_("voided"), null=True)
    marked_uncollectible_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    test_clock_id = models.CharField(max_length=64, blank=True, default="")
    imported_from = models.CharField(_("imported from"), max_length=12, blank=True, default="")
    """The gateway whose record it was; it is history then, which nothing here collects or changes."""

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="invoice_tenant"),
            models.UniqueConstraint(
                fields=["site", "livemode", "number"], condition=~Q(number=""), name="invoice_number_once"
            ),
            models.UniqueConstraint(
                fields=["subscription", "period_start", "reason"],
                condition=Q(reason="subscription_cycle", subscription__isnull=False),
                name="invoice_period_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "open", "paid", "uncollectible", "void"]),
                name="invoice_status_known",
            ),
            models.CheckConstraint(
                condition=(Q(status="draft", finalized_at__isnull=True))
                | (~Q(status="draft") & Q(finalized_at__isnull=False) & ~Q(number="")),
                name="invoice_finalized_has_number",
            ),
            models.CheckConstraint(
                condition=Q(amount_due__gte=0, amount_paid__gte=0, pre_payment_credit__gte=0)
                & Q(amount_due__gte=F("amount_paid") + F("pre_payment_credit")),
                name="invoice_amounts",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(amount_due=F("amount_paid") + F("pre_payment_credit")),
                name="invoice_paid_is_paid",
            ),
            models.CheckConstraint(
                condition=Q(imported_from="")
                | Q(
                    imported_from__in=["stripe", "omise"], status__in=["paid", "uncollectible", "void"],
                    auto_advance=False, finalizes_at=None, next_attempt_at=None, reminds_at=None,
                    payment_intent=None,
                ),
                name="invoice_imported_is_history",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="invoice_newest"
            ),
            models.Index(
                "site", "livemode", "status", F("created_at").desc(), F("id").desc(),
                name="invoice_of_status",
            ),
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(), name="invoice_of_customer"
            ),
            models.Index("customer", condition=Q(status="open"), name="invoice_open_of_customer"),
            models.Index(
                "site", "livemode", "collection_method", F("created_at").desc(), F("id").desc(),
                name="invoice_of_collection",
            ),
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(),
                condition=Q(status="open", due_at__isnull=False, amount_remaining__gt=0), name="invoice_with_due_day",
            ),
            models.Index(
                "site", "livemode", "due_at",
                condition=Q(status="open", due_at__isnull=False, amount_remaining__gt=0), name="invoice_of_due_day",
            ),
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(),
                condition=Q(status="open", attempt_count__gt=0), name="invoice_tried",
            ),
            models.Index(
                "subscription", F("created_at").desc(), F("id").desc(),
                condition=Q(subscription__isnull=False), name="invoice_of_subscription",
            ),
            models.Index(
                "payment_intent", condition=Q(payment_intent__isnull=False), name="invoice_of_intent"
            ),
            models.Index(
                "finalizes_at", "id", condition=Q(finalizes_at__isnull=False), name="invoice_to_finalize"
            ),
            models.Index(
                "next_attempt_at", "id", condition=Q(next_attempt_at__isnull=False), name="invoice_to_collect"
            ),
            models.Index(
                "due_at", "id",
                condition=Q(status="open", due_at__isnull=False, overdue_told_at__isnull=True),
                name="invoice_to_tell_overdue",
            ),
            models.Index(
                "reminds_at", "id", condition=Q(reminds_at__isnull=False), name="invoice_to_remind_of"
            ),
            GinIndex(fields=["metadata"], opclasses=["jsonb_path_ops"], name="invoice_metadata"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number or str(self.pk)


class InvoiceItem(TenantModel):
    """Something to be billed with the customer's next invoice, or with one that is named.

    Source: https://docs.stripe.com/api/invoiceitems/object
    """

    PREFIX: ClassVar[str] = "ii"

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, related_name="own_items", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    subscription_item = models.ForeignKey(
        SubscriptionItem, on_delete=models.PROTECT, null=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    price = models.ForeignKey(
        Price, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    quantity = models.BigIntegerField(_("quantity"), default=1)
    unit_amount_decimal = models.DecimalField(max_digits=30, decimal_places=12, null=True)
    description = models.CharField(_("description"), max_length=5000, blank=True, default="")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    is_discountable = models.BooleanField(default=True)
    is_proration = models.BooleanField(default=False)
    credits_line_id = models.CharField(max_length=64, blank=True, default="")
    """The line whose unused part a proration gives back."""
    tax_rate_ids = ArrayField(models.CharField(max_length=64), null=True, default=None)
    """None where the invoice's own rates count."""
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    test_clock_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("invoice item")
        verbose_name_plural = _("invoice items")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="invoice_item_tenant"),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="invoice_item_period"
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="invoice_item_newest"
            ),
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(), name="invoice_item_of_customer"
            ),
            models.Index(
                "customer", "currency", condition=Q(invoice__isnull=True), name="invoice_item_pending"
            ),
            models.Index("invoice", condition=Q(invoice__isnull=False), name="invoice_item_of_invoice"),
        ]  # fmt: skip


class InvoiceLine(TenantModel):
    """One line of an invoice: of a subscription's item, or of an invoice item.

    `amount` is before discounts and before tax that is added, in minor units.

    Source: https://docs.stripe.com/api/invoice-line-item/object
    """

    PREFIX: ClassVar[str] = "il"

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False
    )
    invoice_item = models.ForeignKey(
        InvoiceItem, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    subscription_item = models.ForeignKey(
        SubscriptionItem, on_delete=models.PROTECT, null=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    price = models.ForeignKey(
        Price, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    position = models.PositiveIntegerField()
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    quantity = models.BigIntegerField(_("quantity"), null=True)
    unit_amount_decimal = models.DecimalField(max_digits=30, decimal_places=12, null=True)
    description = models.CharField(_("description"), max_length=5000, blank=True, default="")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    is_discountable = models.BooleanField(default=True)
    is_proration = models.BooleanField(default=False)
    credits_line_id = models.CharField(max_length=64, blank=True, default="")
    tax_rate_ids = ArrayField(models.CharField(max_length=64), null=True, default=None)
    discount_ids = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    """Its own discounts, in order; `discounts_shown` has the invoice's, too."""
    discounts_shown = models.JSONField(default=list, blank=True)
    taxes_shown = models.JSONField(default=list, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    class Meta:
        verbose_name = _("line item")
        verbose_name_plural = _("line items")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="invoice_line_tenant"),
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position_once"),
            models.UniqueConstraint(
                fields=["invoice_item"], condition=Q(invoice_item__isnull=False),
                name="invoice_line_of_item_once",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                "subscription_item", F("period_start").desc(),
                condition=Q(subscription_item__isnull=False), name="invoice_line_of_item",
            )
        ]  # fmt: skip


class InvoicePayment(TenantModel):
    """Money that was put to an invoice: by a payment intent, or from elsewhere.

    Source: https://docs.stripe.com/api/invoice-payment/object
    """

    PREFIX: ClassVar[str] = "inpay"

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        PAID = "paid", _("Paid")
        CANCELED = "canceled", _("Canceled")

    invoice = models.ForeignKey(
        Invoice,
        on_delete=models.PROTECT,
        related_name="payments",
        db_constraint=False,
        db_index=False,
    )
    payment_intent = models.ForeignKey(
        PaymentIntent, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    status = models.CharField(_("status"), max_length=8, choices=Status.choices)
    is_default = models.BooleanField(default=True)
    amount_requested = models.BigIntegerField()
    amount_paid = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    paid_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("invoice payment")
        verbose_name_plural = _("invoice payments")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="invoice_payment_tenant"),
            models.UniqueConstraint(
                fields=["payment_intent"], condition=Q(payment_intent__isnull=False),
                name="invoice_payment_of_intent_once",
            ),
            models.CheckConstraint(
                condition=Q(status="paid", amount_paid__gte=0, paid_at__isnull=False)
                | Q(status__in=["open", "canceled"], amount_paid__isnull=True),
                name="invoice_payment_paid_has_amount",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="invoice_payment_newest"
            ),
            models.Index(
                "invoice", F("created_at").desc(), F("id").desc(), name="invoice_payment_of_invoice"
            ),
        ]  # fmt: skip
