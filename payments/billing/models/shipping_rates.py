"""Shipping rates: what it costs to send what was bought."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class ShippingRate(TenantModel):
    """What sending costs, in one currency or in several; amounts are minor units, and do not change.

    Source: https://docs.stripe.com/api/shipping_rates/object
    """

    PREFIX: ClassVar[str] = "shr"

    class TaxBehavior(models.TextChoices):
        EXCLUSIVE = "exclusive", _("Tax is added")
        INCLUSIVE = "inclusive", _("Tax is contained")
        UNSPECIFIED = "unspecified", _("As the tax rate says")

    display_name = models.CharField(_("name"), max_length=100)
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    currency_options = models.JSONField(default=dict, blank=True)
    """By other currencies: `amount` and `tax_behavior`."""
    tax_behavior = models.CharField(
        _("tax"), max_length=11, choices=TaxBehavior.choices, default=TaxBehavior.UNSPECIFIED
    )
    delivery_estimate = models.JSONField(null=True)
    """`minimum` and `maximum`, each with `unit` and `value`, or null."""
    is_active = models.BooleanField(_("active"), default=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    class Meta:
        verbose_name = _("shipping rate")
        verbose_name_plural = _("shipping rates")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="shipping_rate_tenant"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="shipping_rate_amount"),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="shipping_rate_newest"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.display_name
