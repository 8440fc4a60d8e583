"""Payment methods: cards and bank accounts that can be charged again, kept as the gateway's references."""

from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.tenancy import TenantManager
from customers.models import Customer, TenantModel
from payments.models.gateway_accounts import GatewayAccount

_STANDS_FOR = {"ba": ("src", "pm"), "card": ("pm",), "src": ("ba", "pm")}
"""What else an id's prefix may stand for."""


class PaymentMethodQuerySet(models.QuerySet["PaymentMethod"]):
    def of_customer(self, customer: Customer) -> Self:
        """Keep those that are attached to the customer."""
        return self.filter(customer=customer)

    def newest_first(self) -> Self:
        """Order by creation, the newest first; ties by id."""
        return self.order_by("-created_at", "-id")

    def called(self, pk: str) -> Self:
        """Keep the one with an id; cards have one prefix in Omise, bank accounts another one (rule C23)."""
        prefix, _, key = pk.partition("_")
        if prefix not in _STANDS_FOR:
            return self.filter(pk=pk)
        return self.filter(pk__in=[pk, *(f"{other}_{key}" for other in _STANDS_FOR[prefix])])


PaymentMethodManager = TenantManager.from_queryset(PaymentMethodQuerySet)


class PaymentMethod(TenantModel):
    """A card or bank account, never its number.

    Its id tells how it came in: `pm_…`, or `card_…` and `ba_…` through the older `source`; each is accepted wherever a
    method is. `customer` is empty before it is attached and after it was detached; a detached one is never attached
    again, and keeps its `gateway_reference` until the gateway was told to forget it. The customer's default is
    `Customer.default_payment_method_id`, which the database ties to an attached method.

    Source: https://docs.stripe.com/api/payment_methods/object
    """

    PREFIX: ClassVar[str] = "pm"
    SOURCE_PREFIXES: ClassVar[dict[str, str]] = {
        "card": "card", "us_bank_account": "ba", "sepa_debit": "src",
    }  # fmt: skip

    class Kind(models.TextChoices):
        CARD = "card", _("Card")
        US_BANK_ACCOUNT = "us_bank_account", _("US bank account")
        SEPA_DEBIT = "sepa_debit", _("SEPA debit")

    class Verification(models.TextChoices):
        """Whether a bank account is known to be its customer's; cards have none."""

        NONE = "", _("Not needed")
        NEW = "new", _("Microdeposits not sent")
        PENDING = "pending", _("Waiting for microdeposits")
        VERIFIED = "verified", _("Verified")
        FAILED = "verification_failed", _("Verification failed")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="payment_methods",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    gateway_account = models.ForeignKey(
        GatewayAccount,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    gateway_reference = models.CharField(max_length=255, blank=True, default="")
    gateway_customer_reference = models.CharField(max_length=255, blank=True, default="")
    kind = models.CharField(_("type"), max_length=16, choices=Kind.choices)

    brand = models.CharField(_("brand"), max_length=24, blank=True, default="")
    last4 = models.CharField(_("last four digits"), max_length=4, blank=True, default="")
    first6 = models.CharField(_("first six digits"), max_length=6, blank=True, default="")
    exp_month = models.PositiveSmallIntegerField(_("expiry month"), null=True)
    exp_year = models.PositiveSmallIntegerField(_("expiry year"), null=True)
    funding = models.CharField(_("funding"), max_length=8, blank=True, default="")
    country = models.CharField(_("country"), max_length=2, blank=True, default="")
    fingerprint = models.CharField(_("fingerprint"), max_length=32, blank=True, default="")
    cvc_check = models.CharField(max_length=12, blank=True, default="")
    address_line1_check = models.CharField(max_length=12, blank=True, default="")
    address_postal_code_check = models.CharField(max_length=12, blank=True, default="")
    requires_authentication = models.BooleanField(default=False)

    bank_name = models.CharField(_("bank"), max_length=120, blank=True, default="")
    bank_code = models.CharField(_("bank code"), max_length=34, blank=True, default="")
    account_type = models.CharField(_("account type"), max_length=12, blank=True, default="")
    account_holder_type = models.CharField(
        _("account holder"), max_length=12, blank=True, default=""
    )
    verification = models.CharField(
        _("verification"), max_length=20, choices=Verification.choices, blank=True, default=""
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")

    billing_details = models.JSONField(_("billing details"), default=dict, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    allow_redisplay = models.CharField(max_length=12, default="unspecified")
    attached_at = models.DateTimeField(_("attached"), null=True)
    detached_at = models.DateTimeField(_("detached"), null=True)
    forget_at = models.DateTimeField(null=True)
    """When its gateway is asked to forget it, the next time; set as long as that has not happened."""
    expiry_notice_days = models.SmallIntegerField(null=True)
    """The last notice of the card's expiry: 60, 30 or 7 days before."""

    objects: ClassVar[PaymentMethodManager["PaymentMethod"]] = PaymentMethodManager()

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "site", "livemode"], name="payment_method_tenant"
            ),
            models.UniqueConstraint(fields=["customer", "id"], name="payment_method_of_customer"),
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_reference"],
                condition=~Q(gateway_reference=""),
                name="payment_method_reference_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["card", "us_bank_account", "sepa_debit"]),
                name="payment_method_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(customer__isnull=True)
                | Q(attached_at__isnull=False, detached_at__isnull=True),
                name="payment_method_attached_is_not_detached",
            ),
            models.CheckConstraint(
                condition=Q(exp_month__isnull=True) | Q(exp_month__range=(1, 12)),
                name="payment_method_exp_month",
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="payment_method_newest"
            ),
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(),
                condition=Q(customer__isnull=False), name="payment_method_newest_of",
            ),
            models.Index("site", "livemode", "fingerprint", name="payment_method_fingerprint"),
            models.Index(
                "site", "livemode", "last4", F("created_at").desc(), F("id").desc(),
                condition=Q(customer__isnull=False) & ~Q(last4=""), name="payment_method_of_last4",
            ),
            models.Index(
                "exp_year", "exp_month",
                condition=Q(kind="card", customer__isnull=False), name="payment_method_expiry",
            ),
            models.Index(
                "forget_at", condition=Q(forget_at__isnull=False), name="payment_method_to_forget",
            ),
            GinIndex(fields=["metadata"], opclasses=["jsonb_path_ops"], name="payment_method_metadata"),
        ]  # fmt: skip

    @property
    def is_source(self) -> bool:
        """Tell whether it came in through the older `source` parameter, and is spelled as a card or bank account."""
        return not str(self.pk).startswith("pm_")
