"""Discounts: a coupon that was given to a customer, a subscription, an invoice, or a line of one."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, TenantModel
from payments.billing.models.coupons import Coupon, PromotionCode
from payments.billing.models.invoices import Invoice, InvoiceItem
from payments.billing.models.subscriptions import Subscription, SubscriptionItem


class Discount(TenantModel):
    """A coupon at work, from `start_at` until `end_at`.

    It belongs to a customer, and then to everything of theirs, unless it is a subscription's, a subscription item's, an
    invoice's or an invoice item's.

    Source: https://docs.stripe.com/api/discounts/object
    """

    PREFIX: ClassVar[str] = "di"

    coupon = models.ForeignKey(
        Coupon, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    promotion_code = models.ForeignKey(
        PromotionCode, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, related_name="discounts",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    subscription_item = models.ForeignKey(
        SubscriptionItem, on_delete=models.PROTECT, null=True, related_name="discounts",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, related_name="discounts", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    invoice_item = models.ForeignKey(
        InvoiceItem, on_delete=models.PROTECT, null=True, related_name="discounts",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    position = models.PositiveIntegerField(default=0)
    start_at = models.DateTimeField(_("from"))
    end_at = models.DateTimeField(_("until"), null=True)
    used_at = models.DateTimeField(null=True)
    """When a coupon that holds once was used up."""
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="discount_tenant"),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(
                    subscription__isnull=True, subscription_item__isnull=True, invoice__isnull=True,
                    invoice_item__isnull=True, removed_at__isnull=True,
                ),
                name="discount_of_customer_once",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index("customer", name="discount_of_customer"),
            models.Index(
                "subscription", "position", condition=Q(subscription__isnull=False),
                name="discount_of_subscription",
            ),
            models.Index(
                "subscription_item", condition=Q(subscription_item__isnull=False),
                name="discount_of_subscription_item",
            ),
            models.Index(
                "invoice", "position", condition=Q(invoice__isnull=False), name="discount_of_invoice"
            ),
            models.Index(
                "invoice_item", condition=Q(invoice_item__isnull=False), name="discount_of_invoice_item"
            ),
            models.Index("coupon", F("created_at").desc(), name="discount_of_coupon"),
            models.Index(
                "end_at", "id",
                condition=Q(
                    end_at__isnull=False, removed_at__isnull=True, invoice__isnull=True,
                    invoice_item__isnull=True,
                ),
                name="discount_to_end",
            ),
        ]  # fmt: skip
