"""Charges: one try to take money."""

from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from customers.kit.currencies import WITH_THREE_DIGITS, WITHOUT_DIGITS
from customers.kit.tenancy import TenantManager
from customers.kit.transitions import Transitions
from customers.models import Customer, TenantModel
from payments.models.gateway_accounts import GatewayAccount
from payments.models.links import Link
from payments.models.payment_intents import PaymentIntent
from payments.models.payment_methods import PaymentMethod
from payments.models.schedules import Schedule

SEPARATORS = r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"""
"""What parts words: PostgreSQL alone would read the end of INV-1001 as a number below zero."""

LAST4 = Coalesce(
    *(
        KeyTextTransform("last4", KeyTransform(kind.value, "method_details"))
        for kind in PaymentMethod.Kind
    ),
    output_field=models.TextField(),
)
"""The last four digits of what was charged, spelled as its index is."""

KIND = KeyTextTransform("type", "method_details")
"""The kind of what was charged, spelled as its index is."""

AMOUNT_RANGE = Func(
    F("amount")
    / Case(
        When(currency__in=sorted(WITHOUT_DIGITS), then=Value(1)),
        When(currency__in=sorted(WITH_THREE_DIGITS), then=Value(1000)),
        default=Value(100),
        output_field=models.BigIntegerField(),
    ),
    function="WIDTH_BUCKET",
    template="%(function)s(%(expressions)s, ARRAY[10, 100, 1000]::bigint[])",
    output_field=models.IntegerField(),
)
"""How many of 10, 100 and 1000 the amount reaches in whole units of its currency; spelled
as its index is."""

DESCRIPTION_WORDS = SearchVector(
    Func(
        F("description"),
        Value(SEPARATORS),
        Value(" " * len(SEPARATORS)),
        function="TRANSLATE",
        output_field=models.TextField(),
    ),
    config="simple",
)
"""The words of the description, spelled as their index is."""


class ChargeQuerySet(models.QuerySet["Charge"]):
    def newest_first(self) -> Self:
        """Order by creation, the newest first; ties by id."""
        return self.order_by("-created_at", "-id")


ChargeManager = TenantManager.from_queryset(ChargeQuerySet)


class Charge(TenantModel):
    """A try to take money, written before the gateway is asked. Amounts are minor units of `currency`.

    `payment_method` may be detached later; what the receipt needs of it is kept in `method_details` and
    `billing_details`. Status `pending` means that the gateway was asked and we do not know, or that the money is on its
    way (debits), or that the customer has to act.

    Source: https://docs.stripe.com/api/charges/object
    """

    PREFIX: ClassVar[str] = "ch"

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        AUTHORIZED = "authorized", _("Authorized")
        SUCCEEDED = "succeeded", _("Paid")
        FAILED = "failed", _("Failed")
        VOIDED = "voided", _("Voided")
        EXPIRED = "expired", _("Expired")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (
                Status.PENDING,
                Status.AUTHORIZED,
            ): "charge.succeeded",  # Stripe: succeeded, captured=false
            (Status.PENDING, Status.SUCCEEDED): "charge.succeeded",
            (Status.PENDING, Status.FAILED): "charge.failed",
            (Status.AUTHORIZED, Status.SUCCEEDED): "charge.captured",
            (Status.AUTHORIZED, Status.VOIDED): "charge.refunded",
            (Status.AUTHORIZED, Status.EXPIRED): "charge.expired",
            # A correction: given up as never received, and the gateway has it after all.
            (Status.FAILED, Status.AUTHORIZED): "charge.succeeded",
            (Status.FAILED, Status.SUCCEEDED): "charge.succeeded",
        }
    )
    ALIVE: ClassVar[tuple[Status, ...]] = (Status.PENDING, Status.AUTHORIZED, Status.SUCCEEDED)
    NEVER_RECEIVED: ClassVar[str] = "never_received"
    """The failure code of a charge that the gateway's books know nothing of."""
    CANCELED: ClassVar[str] = "canceled"
    """The failure code of a charge that was called off with its intent while it waited for its customer."""
    SUPERSEDED: ClassVar[str] = "superseded"
    """The failure code of a charge that was called off, while it waited for its customer, to make room for another."""

    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        related_name="charges",
        db_constraint=False,
        db_index=False,
    )
    payment_intent = models.ForeignKey(
        PaymentIntent,
        on_delete=models.PROTECT,
        null=True,
        related_name="charges",
        db_constraint=False,
    )
    payment_method = models.ForeignKey(
        PaymentMethod,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    gateway_account = models.ForeignKey(
        GatewayAccount,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    schedule = models.ForeignKey(
        Schedule,
        on_delete=models.PROTECT,
        null=True,
        related_name="charges",
        db_constraint=False,
        db_index=False,
    )
    link = models.ForeignKey(
        Link,
        on_delete=models.PROTECT,
        null=True,
        related_name="charges",
        db_constraint=False,
        db_index=False,
    )
    is_only_of_link = models.BooleanField(default=False)
    """Whether its link can be paid once; then no other charge of it may be alive."""
    gateway_reference = models.CharField(max_length=255, blank=True, default="")
    request_key = models.CharField(max_length=64, null=True)  # noqa: DJ001 -- unique where there is one
    """The digest of the idempotency key that asked for it: the same request finds the same charge, whatever crashed."""

    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    amount_captured = models.BigIntegerField(_("captured"), default=0)
    amount_refunded = models.BigIntegerField(_("refunded"), default=0)
    amount_refunding = models.BigIntegerField(default=0)
    """What refunds on their way take; with `amount_refunded` it never exceeds what was captured."""
    captures_later = models.BooleanField(default=False)
    off_session = models.BooleanField(default=False)
    credits_customer = models.BooleanField(default=False)
    """Whether what is paid goes to the credit of the customer's balance."""
    capture_before = models.DateTimeField(null=True)
    must_capture_all = models.BooleanField(default=False)
    """Whether what is held was announced as the final amount, so that no part of it may be captured."""
    expires_at = models.DateTimeField(null=True)
    """Until when the customer may act, or the merchant capture, where the merchant set a time."""
    is_disputed = models.BooleanField(_("disputed"), default=False)

    description = models.CharField(_("description"), max_length=5000, blank=True, default="")
    statement_descriptor = models.CharField(max_length=22, blank=True, default="")
    statement_descriptor_suffix = models.CharField(max_length=22, blank=True, default="")
    client_ip = models.GenericIPAddressField(_("client's IP address"), null=True)
    receipt_email = models.CharField(_("receipt to"), max_length=512, blank=True, default="")
    billing_details = models.JSONField(default=dict)
    method_details = models.JSONField(default=dict)
    """`/v1/`'s `payment_method_details`, as it was when the charge was made."""
    shipping = models.JSONField(null=True)
    failure_code = models.CharField(_("failure"), max_length=64, blank=True, default="")
    decline_code = models.CharField(_("decline code"), max_length=64, blank=True, default="")
    failure_message = models.CharField(_("reason"), max_length=500, blank=True, default="")
    outcome = models.JSONField(null=True)
    action_url = models.CharField(max_length=5000, blank=True, default="")
    """Where the customer has to go while the charge waits for them."""
    return_url = models.CharField(max_length=5000, blank=True, default="")
    balance_transaction_id = models.CharField(max_length=64, blank=True, default="")
    settled_at = models.DateTimeField(_("settled"), null=True)
    imported_from = models.CharField(_("imported from"), max_length=12, blank=True, default="")
    """The gateway whose record it was; it is history then, which nothing here captures or refunds."""
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    objects: ClassVar[ChargeManager["Charge"]] = ChargeManager()

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="charge_tenant"),
            models.UniqueConstraint(fields=["site", "livemode", "request_key"], name="charge_request_once"),
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_reference"],
                condition=~Q(gateway_reference=""), name="charge_reference_once",
            ),
            models.UniqueConstraint(
                fields=["payment_intent"],
                condition=Q(status__in=["pending", "authorized", "succeeded"], payment_intent__isnull=False),
                name="charge_one_alive_per_intent",
            ),
            models.UniqueConstraint(
                fields=["site", "livemode", "link"],
                condition=Q(status__in=["pending", "authorized", "succeeded"], is_only_of_link=True),
                name="charge_one_alive_per_link",
            ),
            models.CheckConstraint(
                condition=Q(is_only_of_link=False) | Q(link__isnull=False), name="charge_only_of_a_link"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="charge_amount"),
            models.CheckConstraint(
                condition=Q(amount_captured__gte=0, amount_captured__lte=F("amount")), name="charge_amount_captured"
            ),
            models.CheckConstraint(
                condition=Q(
                    amount_refunded__gte=0, amount_refunding__gte=0,
                    amount_refunded__lte=F("amount_captured") - F("amount_refunding"),
                ),
                name="charge_refunds_within_captured",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "authorized", "succeeded", "failed", "voided", "expired"]),
                name="charge_status_known",
            ),
            models.CheckConstraint(
                condition=Q(imported_from="")
                | Q(imported_from__in=["stripe", "omise"], status__in=["succeeded", "failed"], request_key=None),
                name="charge_imported_is_history",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index("site", "livemode", F("created_at").desc(), F("id").desc(), name="charge_newest"),
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(),
                condition=Q(customer__isnull=False), name="charge_of_customer",
            ),
            models.Index(
                "link", "created_at", "id", condition=Q(link__isnull=False), name="charge_of_link"
            ),
            models.Index("capture_before", condition=Q(status="authorized"), name="charge_expiry"),
            models.Index(
                "expires_at", condition=Q(status="pending", expires_at__isnull=False), name="charge_deadline"
            ),
            models.Index(
                "site", "livemode", LAST4, F("created_at").desc(), F("id").desc(), name="charge_of_last4"
            ),
            models.Index(
                "site", "livemode", "amount", F("created_at").desc(), F("id").desc(), name="charge_of_amount"
            ),
            models.Index("payment_method", F("created_at").desc(), F("id").desc(), name="charge_of_method"),
            models.Index(
                "site", "livemode", AMOUNT_RANGE, F("created_at").desc(), F("id").desc(), name="charge_of_range"
            ),
            *(
                # What the dashboard filters by, and most charges are not.
                models.Index(
                    "site", "livemode", *columns, F("created_at").desc(), F("id").desc(),
                    condition=condition, name=name,
                )
                for name, columns, condition in (
                    ("charge_of_status", ("status",), Q(status__in=["pending", "authorized", "failed"])),
                    ("charge_called_off", (), Q(status__in=["voided", "expired"])),
                    ("charge_refunded", (), Q(amount_refunded__gt=0, amount_refunded=F("amount_captured"))),
                    ("charge_partly_refunded", (), Q(amount_refunded__gt=0, amount_refunded__lt=F("amount_captured"))),
                    ("charge_disputed", (), Q(is_disputed=True)),
                    ("charge_of_kind", (KIND,), ~Q(Exact(KIND, Value("card")))),
                )
            ),
            GinIndex(DESCRIPTION_WORDS, name="charge_words"),
            GinIndex(fields=["metadata"], opclasses=["jsonb_path_ops"], name="charge_metadata"),
        ]  # fmt: skip

    @property
    def amount_refundable(self) -> int:
        """What can still be refunded, in minor units."""
        return self.amount_captured - self.amount_refunded - self.amount_refunding
