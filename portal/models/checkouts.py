"""Checkout sessions: one customer's way from what is offered to what is paid, saved or subscribed to."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, TenantModel
from payments.billing.models import Invoice, Price, ShippingRate, Subscription
from payments.models import PaymentIntent
from portal.models.payment_links import CheckoutTerms, PaymentLink


class CheckoutSession(CheckoutTerms):
    """A page on which one customer pays, subscribes, or saves a payment method. Amounts are minor units of `currency`.

    Who has `secret` can open the page. From `begun_at` on, what it comes to does not change any more.

    Source: https://docs.stripe.com/api/checkout/sessions/object
    """

    PREFIX: ClassVar[str] = "cs"

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        COMPLETE = "complete", _("Complete")
        EXPIRED = "expired", _("Expired")

    class PaymentStatus(models.TextChoices):
        UNPAID = "unpaid", _("Unpaid")
        PAID = "paid", _("Paid")
        NOT_REQUIRED = "no_payment_required", _("Nothing to pay")

    secret = models.CharField(max_length=32, unique=True)
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.OPEN
    )
    payment_status = models.CharField(
        _("payment"), max_length=19, choices=PaymentStatus.choices, default=PaymentStatus.UNPAID
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    is_customer_known = models.BooleanField(default=False)
    """Whether the merchant has named the customer, or these have shown who they are: others see nothing of theirs."""
    customer_email = models.CharField(max_length=512, blank=True, default="")
    """What the merchant has filled in."""
    email = models.CharField(_("email"), max_length=512, blank=True, default="")
    collected = models.JSONField(default=dict, blank=True)
    """What the customer has said: `name`, `phone`, `address`, `shipping`, `tax_ids`, `custom_fields`, `consent`, ..."""
    client_reference_id = models.CharField(_("reference"), max_length=200, blank=True, default="")
    locale = models.CharField(max_length=6, blank=True, default="")
    success_url = models.CharField(max_length=5000, blank=True, default="")
    cancel_url = models.CharField(max_length=5000, blank=True, default="")

    discounts_asked = models.JSONField(default=list, blank=True)
    """Each with the id of a `coupon` or a `promotion_code`."""
    are_discounts_redeemed = models.BooleanField(default=False)
    """Whether they were counted without an invoice that would do it."""
    shipping_rate = models.ForeignKey(
        ShippingRate, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    amount_subtotal = models.BigIntegerField(default=0)
    amount_discount = models.BigIntegerField(default=0)
    amount_shipping = models.BigIntegerField(default=0)
    amount_tax = models.BigIntegerField(default=0)
    amount_total = models.BigIntegerField(_("total"), default=0)
    amount_due = models.BigIntegerField(default=0)
    """What is paid: the total, and what the customer's balance adds to it or takes off."""
    discounts_shown = models.JSONField(default=list, blank=True)
    """By coupon, what was taken off: `coupon`, `promotion_code`, `amount`."""
    taxes_shown = models.JSONField(default=list, blank=True)
    shipping_shown = models.JSONField(default=dict, blank=True)

    payment_intent = models.ForeignKey(
        PaymentIntent, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    setup_intent_id = models.CharField(max_length=64, blank=True, default="")
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    payment_link = models.ForeignKey(
        PaymentLink, on_delete=models.PROTECT, null=True, related_name="sessions",
        db_constraint=False, db_index=False,
    )  # fmt: skip

    expires_at = models.DateTimeField(_("expires"))
    begun_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(_("completed"), null=True)
    due_at = models.DateTimeField(null=True)
    """When the worker has to look at it: it expires, or what it has brought about is to be finished."""

    class Meta:
        verbose_name = _("checkout session")
        verbose_name_plural = _("checkout sessions")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="checkout_tenant"),
            models.CheckConstraint(
                condition=Q(status__in=["open", "complete", "expired"]), name="checkout_status_known"
            ),
            models.CheckConstraint(
                condition=Q(mode__in=["payment", "setup", "subscription"]), name="checkout_mode_known"
            ),
            models.CheckConstraint(
                condition=Q(payment_status__in=["unpaid", "paid", "no_payment_required"]),
                name="checkout_payment_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="complete", completed_at__isnull=False)
                | (~Q(status="complete") & Q(completed_at__isnull=True)),
                name="checkout_completed_at",
            ),
            models.CheckConstraint(
                condition=~Q(status="open") | Q(due_at__isnull=False), name="checkout_open_is_due"
            ),
            models.CheckConstraint(
                condition=~Q(status="expired") | Q(payment_status="unpaid"),
                name="checkout_expired_is_unpaid",
            ),
            models.CheckConstraint(
                condition=Q(amount_subtotal__gte=0, amount_discount__gte=0, amount_shipping__gte=0,
                            amount_tax__gte=0, amount_total__gte=0, amount_due__gte=0),
                name="checkout_amounts",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="checkout_newest"
            ),
            models.Index(
                "site", "livemode", "status", F("created_at").desc(), F("id").desc(),
                name="checkout_of_status",
            ),
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(),
                condition=Q(customer__isnull=False), name="checkout_of_customer",
            ),
            models.Index(
                "payment_link", F("created_at").desc(), F("id").desc(),
                condition=Q(payment_link__isnull=False), name="checkout_of_link",
            ),
            models.Index(
                "site", "livemode", "email", F("created_at").desc(), F("id").desc(),
                condition=~Q(email=""), name="checkout_of_email",
            ),
            models.Index(
                "payment_intent", condition=Q(payment_intent__isnull=False), name="checkout_of_intent"
            ),
            models.Index(
                "setup_intent_id", condition=~Q(setup_intent_id=""), name="checkout_of_setup"
            ),
            models.Index(
                "subscription", condition=Q(subscription__isnull=False),
                name="checkout_of_subscription",
            ),
            models.Index("due_at", "id", condition=Q(due_at__isnull=False), name="checkout_due"),
        ]  # fmt: skip


class CheckoutItem(TenantModel):
    """Something that a checkout session or a payment link offers. Amounts are minor units of `currency`.

    Source: https://docs.stripe.com/api/checkout/sessions/line_items
    """

    PREFIX: ClassVar[str] = "li"

    session = models.ForeignKey(
        CheckoutSession, on_delete=models.PROTECT, null=True, related_name="items",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    payment_link = models.ForeignKey(
        PaymentLink, on_delete=models.PROTECT, null=True, related_name="items",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    position = models.PositiveIntegerField()
    price = models.ForeignKey(
        Price, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    description = models.CharField(_("description"), max_length=5000)
    currency = models.CharField(_("currency"), max_length=3)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    least_quantity = models.PositiveIntegerField(null=True)
    most_quantity = models.PositiveIntegerField(null=True)
    """Between what the customer can choose; both null where nothing can be chosen."""
    tax_rate_ids = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    amount_subtotal = models.BigIntegerField(default=0)
    amount_discount = models.BigIntegerField(default=0)
    amount_tax = models.BigIntegerField(default=0)
    amount_total = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("checkout item")
        verbose_name_plural = _("checkout items")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="checkout_item_tenant"),
            models.CheckConstraint(
                condition=Q(session__isnull=False, payment_link__isnull=True)
                | Q(session__isnull=True, payment_link__isnull=False),
                name="checkout_item_has_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(least_quantity__isnull=True, most_quantity__isnull=True)
                | Q(least_quantity__lte=F("quantity"), most_quantity__gte=F("quantity")),
                name="checkout_item_quantity_within",
            ),
        ]
        indexes = [
            models.Index(
                "session", "position", condition=Q(session__isnull=False),
                name="checkout_item_of_session",
            ),
            models.Index(
                "payment_link", "position", condition=Q(payment_link__isnull=False),
                name="checkout_item_of_link",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.description
