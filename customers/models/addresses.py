"""Addresses: where a customer is billed and where things are sent."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel
from customers.models.customers import Customer

POSTAL_FIELDS = ("city", "country", "line1", "line2", "postal_code", "state")


class Address(TenantModel):
    """A typed address; of each type one at most is the default, and that one is Stripe's `address` or `shipping`.

    Rules: R14 (types), C15 (projection both ways).
    """

    PREFIX: ClassVar[str] = "addr"

    class Kind(models.TextChoices):
        BILLING = "billing", _("Billing")
        SHIPPING = "shipping", _("Shipping")

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="addresses",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(_("type"), max_length=8, choices=Kind.choices)
    is_default = models.BooleanField(_("default"), default=False)
    name = models.CharField(_("name"), max_length=5000, blank=True, default="")
    company = models.CharField(_("company"), max_length=255, blank=True, default="")
    phone = models.CharField(_("phone"), max_length=64, blank=True, default="")
    line1 = models.CharField(_("address line 1"), max_length=500, blank=True, default="")
    line2 = models.CharField(_("address line 2"), max_length=500, blank=True, default="")
    city = models.CharField(_("city"), max_length=255, blank=True, default="")
    state = models.CharField(_("state or province"), max_length=255, blank=True, default="")
    postal_code = models.CharField(_("postal code"), max_length=64, blank=True, default="")
    country = models.CharField(_("country"), max_length=64, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"],
                condition=Q(is_default=True),
                name="address_one_default_per_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["billing", "shipping"]), name="address_kind_known"
            ),
        ]
        indexes = [
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(), name="address_of_customer"
            )
        ]
