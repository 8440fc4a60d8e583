"""Tax rates: what share of a price is tax, in it or on top of it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class TaxRate(TenantModel):
    """A rate that lines of invoices are taxed by; its percentage never changes.

    Source: https://docs.stripe.com/api/tax_rates/object
    """

    PREFIX: ClassVar[str] = "txr"

    display_name = models.CharField(_("name"), max_length=50)
    description = models.CharField(_("description"), max_length=5000, blank=True, default="")
    percentage = models.DecimalField(_("percent"), max_digits=7, decimal_places=4)
    is_inclusive = models.BooleanField(_("contained in the price"))
    is_active = models.BooleanField(_("active"), default=True)
    country = models.CharField(_("country"), max_length=2, blank=True, default="")
    state = models.CharField(_("state"), max_length=64, blank=True, default="")
    jurisdiction = models.CharField(_("jurisdiction"), max_length=200, blank=True, default="")
    tax_type = models.CharField(_("type"), max_length=40, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="tax_rate_tenant"),
            models.CheckConstraint(
                condition=Q(percentage__gte=0, percentage__lte=100), name="tax_rate_percentage"
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="tax_rate_newest"
            )
        ]

    def __str__(self) -> str:
        return self.display_name
