"""Prices: what a product costs, once or again and again."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel
from payments.billing.models.products import Product


class Price(TenantModel):
    """What a product costs in one currency, or in several by `currency_options`.

    Amounts are minor units; `unit_amount_decimal` may have up to twelve decimals, and `unit_amount` is it where it is
    whole. The legacy plan is another spelling of a recurring price.

    Source: https://docs.stripe.com/api/prices/object
    """

    PREFIX: ClassVar[str] = "price"

    id = models.CharField(primary_key=True, max_length=128)  # it may be chosen: see `kit.ids`

    class Scheme(models.TextChoices):
        PER_UNIT = "per_unit", _("Per unit")
        TIERED = "tiered", _("Tiered")

    class Kind(models.TextChoices):
        ONE_TIME = "one_time", _("One time")
        RECURRING = "recurring", _("Recurring")

    class Unit(models.TextChoices):
        DAY = "day", _("Day")
        WEEK = "week", _("Week")
        MONTH = "month", _("Month")
        YEAR = "year", _("Year")

    class Tax(models.TextChoices):
        EXCLUSIVE = "exclusive", _("Tax is added")
        INCLUSIVE = "inclusive", _("Tax is contained")
        UNSPECIFIED = "unspecified", _("Not said")

    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="prices", db_constraint=False, db_index=False,
        verbose_name=_("product"),
    )  # fmt: skip
    kind = models.CharField(_("type"), max_length=9, choices=Kind.choices)
    scheme = models.CharField(
        _("billing scheme"), max_length=8, choices=Scheme.choices, default=Scheme.PER_UNIT
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_plan = models.BooleanField(default=False)
    """Whether it was made as a legacy plan, of which events tell by the plan's names."""
    is_inline = models.BooleanField(default=False)
    """Whether it was made for one use, within another object; lists leave it out."""
    currency = models.CharField(_("currency"), max_length=3)
    unit_amount = models.BigIntegerField(_("amount"), null=True)
    unit_amount_decimal = models.DecimalField(max_digits=30, decimal_places=12, null=True)
    tiers = models.JSONField(_("tiers"), default=list, blank=True)
    tiers_mode = models.CharField(_("tiers mode"), max_length=9, blank=True, default="")
    divide_by = models.BigIntegerField(_("package size"), null=True)
    rounds_up = models.BooleanField(default=True)
    interval = models.CharField(
        _("interval"), max_length=5, choices=Unit.choices, blank=True, default=""
    )
    interval_count = models.PositiveIntegerField(_("number of intervals"), default=1)
    trial_days = models.PositiveIntegerField(_("days of trial"), null=True)
    tax_behavior = models.CharField(
        _("tax behavior"), max_length=11, choices=Tax.choices, default=Tax.UNSPECIFIED
    )
    currency_options = models.JSONField(default=dict, blank=True)
    nickname = models.CharField(_("nickname"), max_length=5000, blank=True, default="")
    lookup_key = models.CharField(_("lookup key"), max_length=200, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="price_tenant"),
            models.UniqueConstraint(
                fields=["site", "livemode", "lookup_key"],
                condition=~Q(lookup_key=""),
                name="price_lookup_key_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="recurring", interval__in=["day", "week", "month", "year"])
                | Q(kind="one_time", interval=""),
                name="price_interval_known",
            ),
            models.CheckConstraint(
                condition=Q(scheme="per_unit", unit_amount_decimal__isnull=False, tiers_mode="")
                | Q(
                    scheme="tiered",
                    unit_amount_decimal__isnull=True,
                    tiers_mode__in=["graduated", "volume"],
                ),
                name="price_scheme_complete",
            ),
            models.CheckConstraint(condition=Q(interval_count__gte=1), name="price_interval_count"),
            models.CheckConstraint(
                condition=Q(divide_by__isnull=True) | Q(divide_by__gte=1), name="price_divide_by"
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="price_newest",
                condition=Q(is_inline=False, deleted_at__isnull=True),
            ),
            models.Index(
                "product", F("created_at").desc(), F("id").desc(), name="price_of_product"
            ),
            GinIndex(fields=["metadata"], opclasses=["jsonb_path_ops"], name="price_metadata"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.nickname or str(self.pk)
