"""Products: what is sold."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class Product(TenantModel):
    """Something that is sold, at one or several prices.

    Source: https://docs.stripe.com/api/products/object
    """

    PREFIX: ClassVar[str] = "prod"

    id = models.CharField(primary_key=True, max_length=128)  # it may be chosen: see `kit.ids`

    class Kind(models.TextChoices):
        SERVICE = "service", _("Service")
        GOOD = "good", _("Good")

    name = models.CharField(_("name"), max_length=5000)
    kind = models.CharField(_("type"), max_length=8, choices=Kind.choices, default=Kind.SERVICE)
    is_active = models.BooleanField(_("active"), default=True)
    description = models.CharField(_("description"), max_length=40000, blank=True, default="")
    default_price_id = models.CharField(_("default price"), max_length=128, blank=True, default="")
    images = ArrayField(models.CharField(max_length=2048), default=list, blank=True)
    marketing_features = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    package_dimensions = models.JSONField(null=True, blank=True)
    is_shippable = models.BooleanField(_("is shipped"), null=True, blank=True)
    statement_descriptor = models.CharField(
        _("statement descriptor"), max_length=22, blank=True, default=""
    )
    tax_code = models.CharField(_("tax code"), max_length=64, blank=True, default="")
    unit_label = models.CharField(_("unit"), max_length=80, blank=True, default="")
    url = models.CharField(_("website"), max_length=2048, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="product_tenant"),
            models.CheckConstraint(condition=~Q(name=""), name="product_has_name"),
            models.CheckConstraint(
                condition=Q(kind__in=["service", "good"]), name="product_kind_known"
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="product_newest"
            ),
            GinIndex(fields=["metadata"], opclasses=["jsonb_path_ops"], name="product_metadata"),
        ]

    def __str__(self) -> str:
        return self.name
