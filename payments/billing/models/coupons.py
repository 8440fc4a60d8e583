"""Coupons: what they take off; promotion codes: what customers type to get it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from customers.kit import ids
from customers.models import Customer, TenantModel


class Coupon(TenantModel):
    """A percentage or an amount off. Amounts are minor units of `currency`; its id may be chosen.

    A deleted one takes no new customers; discounts that came of it stay.

    Source: https://docs.stripe.com/api/coupons/object
    """

    PREFIX: ClassVar[str] = "coupon"

    id = models.CharField(primary_key=True, max_length=128)  # it may be chosen: see `kit.ids`

    class Duration(models.TextChoices):
        FOREVER = "forever", _("For ever")
        ONCE = "once", _("Once")
        REPEATING = "repeating", _("For some months")

    name = models.CharField(_("name"), max_length=40, blank=True, default="")
    percent_off = models.DecimalField(_("percent off"), max_digits=5, decimal_places=2, null=True)
    amount_off = models.BigIntegerField(_("amount off"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    currency_options = models.JSONField(default=dict, blank=True)
    duration = models.CharField(
        _("holds"), max_length=9, choices=Duration.choices, default=Duration.ONCE
    )
    duration_months = models.PositiveIntegerField(_("months"), null=True)
    max_redemptions = models.BigIntegerField(_("most redemptions"), null=True)
    times_redeemed = models.BigIntegerField(_("redeemed"), default=0)
    redeem_by = models.DateTimeField(_("redeem by"), null=True)
    product_ids = ArrayField(
        models.CharField(max_length=128), verbose_name=_("products"), default=list, blank=True
    )
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="coupon_tenant"),
            models.CheckConstraint(
                condition=Q(percent_off__gt=0, percent_off__lte=100, amount_off__isnull=True)
                | (Q(percent_off__isnull=True, amount_off__gt=0) & ~Q(currency="")),
                name="coupon_takes_off_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(duration="repeating", duration_months__gte=1)
                | Q(duration__in=["forever", "once"], duration_months__isnull=True),
                name="coupon_duration_known",
            ),
            models.CheckConstraint(
                condition=Q(max_redemptions__isnull=True)
                | Q(times_redeemed__lte=F("max_redemptions")),
                name="coupon_not_over_redeemed",
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="coupon_newest"
            )
        ]

    def __str__(self) -> str:
        return self.name or ids.shown(str(self.pk))


class PromotionCode(TenantModel):
    """A word that customers give to get a coupon's discount; in any letter case, once among the active ones.

    Source: https://docs.stripe.com/api/promotion_codes/object
    """

    PREFIX: ClassVar[str] = "promo"

    coupon = models.ForeignKey(
        Coupon, on_delete=models.PROTECT, related_name="promotion_codes", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    code = models.CharField(_("code"), max_length=500)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    is_active = models.BooleanField(_("active"), default=True)
    expires_at = models.DateTimeField(_("expires"), null=True)
    max_redemptions = models.BigIntegerField(_("most redemptions"), null=True)
    times_redeemed = models.BigIntegerField(_("redeemed"), default=0)
    is_first_time_only = models.BooleanField(_("for a first payment only"), default=False)
    minimum_amount = models.BigIntegerField(_("least amount"), null=True)
    minimum_amount_currency = models.CharField(max_length=3, blank=True, default="")
    currency_options = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    class Meta:
        verbose_name = _("promotion code")
        verbose_name_plural = _("promotion codes")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "site", "livemode"], name="promotion_code_tenant"
            ),
            models.UniqueConstraint(
                "site",
                "livemode",
                Upper("code"),
                condition=Q(is_active=True),
                name="promotion_code_once",
            ),
            models.CheckConstraint(
                condition=Q(max_redemptions__isnull=True)
                | Q(times_redeemed__lte=F("max_redemptions")),
                name="promotion_code_not_over_redeemed",
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="promotion_code_newest"
            ),
            models.Index("coupon", F("created_at").desc(), F("id").desc(), name="promotion_code_of_coupon"),
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(),
                condition=Q(customer__isnull=False), name="promotion_code_of_customer",
            ),
            models.Index(
                "site", "livemode", Upper("code"), F("created_at").desc(), F("id").desc(),
                name="promotion_code_word",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code
