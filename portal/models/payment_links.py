"""Payment links: addresses from which anybody can begin a checkout, again and again."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class CheckoutMode(models.TextChoices):
    """What comes of a checkout."""

    PAYMENT = "payment", _("Payment")
    SETUP = "setup", _("Saved payment method")
    SUBSCRIPTION = "subscription", _("Subscription")


class CheckoutTerms(TenantModel):
    """What links and the sessions that begin by them have alike.

    Hashes that only the page and the wire read are kept in `collects` as they were said, by Stripe's names.
    """

    mode = models.CharField(_("mode"), max_length=12, choices=CheckoutMode.choices)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    customer_creation = models.CharField(max_length=11, blank=True, default="")
    submit_type = models.CharField(max_length=9, blank=True, default="")
    collects = models.JSONField(default=dict, blank=True)
    """What the page asks for and says."""
    payment_method_types = ArrayField(models.CharField(max_length=16), default=list)
    intent_data = models.JSONField(default=dict, blank=True)
    """What the payment intent, or the setup intent, gets."""
    subscription_data = models.JSONField(default=dict, blank=True)
    invoice_data = models.JSONField(null=True)
    """What the invoice of a payment says; null where there is to be none."""
    shipping_options = models.JSONField(default=list, blank=True)
    """The ids of the shipping rates that can be chosen."""
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    class Meta:
        abstract = True


class PaymentLink(CheckoutTerms):
    """An address that begins a checkout for whoever opens it. Its key in the id is what opens it.

    Source: https://docs.stripe.com/api/payment-link/object
    """

    PREFIX: ClassVar[str] = "plink"

    is_active = models.BooleanField(_("active"), default=True)
    after_completion = models.JSONField(default=dict)
    inactive_message = models.CharField(max_length=500, blank=True, default="")
    completed_limit = models.PositiveIntegerField(_("most completed"), null=True)
    completed_count = models.PositiveIntegerField(_("completed"), default=0)

    class Meta:
        verbose_name = _("payment link")
        verbose_name_plural = _("payment links")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="payment_link_tenant"),
            models.CheckConstraint(
                condition=Q(mode__in=["payment", "subscription"]), name="payment_link_mode_known"
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(),
                name="payment_link_newest",
            ),
        ]  # fmt: skip

    @property
    def key(self) -> str:
        """What opens it."""
        return self.pk.partition("_")[2]

    @property
    def takes_more(self) -> bool:
        """Whether it begins checkouts, and lets those go on that it has begun."""
        is_full = self.completed_limit is not None and self.completed_count >= self.completed_limit
        return self.is_active and not is_full
