"""Organizations: the businesses that customers buy for."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel


class Organization(TenantModel):
    """A business entity with its legal name, tax id and address, apart from those of the people who buy for it.

    Rules: R10 (business entity), C14 (Pelcro's `organization`, Stripe's `business_name`).
    """

    PREFIX: ClassVar[str] = "org"

    name = models.CharField(_("name"), max_length=150)
    legal_name = models.CharField(_("legal name"), max_length=255, blank=True, default="")
    tax_id_type = models.CharField(_("type of tax id"), max_length=20, blank=True, default="")
    tax_id_value = models.CharField(_("tax id"), max_length=64, blank=True, default="")
    line1 = models.CharField(_("address line 1"), max_length=500, blank=True, default="")
    line2 = models.CharField(_("address line 2"), max_length=500, blank=True, default="")
    city = models.CharField(_("city"), max_length=255, blank=True, default="")
    state = models.CharField(_("state or province"), max_length=255, blank=True, default="")
    postal_code = models.CharField(_("postal code"), max_length=64, blank=True, default="")
    country = models.CharField(_("country"), max_length=64, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "livemode", "name"], name="organization_name_once"
            ),
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="organization_tenant"),
            models.CheckConstraint(condition=~models.Q(name=""), name="organization_has_name"),
        ]
        indexes = [
            models.Index(
                "site",
                "livemode",
                models.F("created_at").desc(),
                models.F("id").desc(),
                name="organization_newest",
            )
        ]

    def __str__(self) -> str:
        return self.name
