"""Payment intents: one payment that the merchant wants, over as many tries as it takes."""

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.tenancy import TenantManager
from customers.kit.transitions import Transitions
from customers.models import Customer, TenantModel
from payments.models.payment_methods import PaymentMethod

UNPAID = [
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
]
"""The states of what is begun and not paid."""


class PaymentIntentQuerySet(models.QuerySet["PaymentIntent"]):
    def newest_first(self) -> Self:
        """Order by creation, the newest first; ties by id."""
        return self.order_by("-created_at", "-id")


PaymentIntentManager = TenantManager.from_queryset(PaymentIntentQuerySet)


class PaymentIntent(TenantModel):
    """A payment from its wish to its end. Amounts are minor units of `currency`.

    Source: https://docs.stripe.com/api/payment_intents/object
    """

    PREFIX: ClassVar[str] = "pi"

    class Status(models.TextChoices):
        REQUIRES_PAYMENT_METHOD = "requires_payment_method", _("Needs a payment method")
        REQUIRES_CONFIRMATION = "requires_confirmation", _("Needs confirmation")
        REQUIRES_ACTION = "requires_action", _("Needs the customer")
        PROCESSING = "processing", _("Processing")
        REQUIRES_CAPTURE = "requires_capture", _("Authorized")
        SUCCEEDED = "succeeded", _("Paid")
        CANCELED = "canceled", _("Canceled")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.REQUIRES_PAYMENT_METHOD, Status.REQUIRES_CONFIRMATION): "",
            (Status.REQUIRES_CONFIRMATION, Status.REQUIRES_PAYMENT_METHOD): "",
            (Status.REQUIRES_CONFIRMATION, Status.PROCESSING): "",
            # A bank account has to be verified before it is debited.
            (
                Status.REQUIRES_CONFIRMATION,
                Status.REQUIRES_ACTION,
            ): "payment_intent.requires_action",
            (Status.REQUIRES_ACTION, Status.PROCESSING): "",
            (Status.REQUIRES_ACTION, Status.REQUIRES_CONFIRMATION): "",
            (Status.PROCESSING, Status.REQUIRES_ACTION): "payment_intent.requires_action",
            (
                Status.PROCESSING,
                Status.REQUIRES_CAPTURE,
            ): "payment_intent.amount_capturable_updated",
            (Status.PROCESSING, Status.SUCCEEDED): "payment_intent.succeeded",
            (Status.PROCESSING, Status.REQUIRES_PAYMENT_METHOD): "payment_intent.payment_failed",
            (
                Status.REQUIRES_ACTION,
                Status.REQUIRES_CAPTURE,
            ): "payment_intent.amount_capturable_updated",
            (Status.REQUIRES_ACTION, Status.SUCCEEDED): "payment_intent.succeeded",
            (
                Status.REQUIRES_ACTION,
                Status.REQUIRES_PAYMENT_METHOD,
            ): "payment_intent.payment_failed",
            (Status.REQUIRES_CAPTURE, Status.SUCCEEDED): "payment_intent.succeeded",
            # The customer authenticated while another try was asked for: what that held is released.
            (Status.REQUIRES_CAPTURE, Status.REQUIRES_CONFIRMATION): "",
            # Corrections: a charge was given up as never received, and the gateway has it after all.
            (
                Status.REQUIRES_PAYMENT_METHOD,
                Status.REQUIRES_CAPTURE,
            ): "payment_intent.amount_capturable_updated",
            (Status.REQUIRES_PAYMENT_METHOD, Status.SUCCEEDED): "payment_intent.succeeded",
            (Status.REQUIRES_PAYMENT_METHOD, Status.CANCELED): "payment_intent.canceled",
            (Status.REQUIRES_CONFIRMATION, Status.CANCELED): "payment_intent.canceled",
            (Status.REQUIRES_ACTION, Status.CANCELED): "payment_intent.canceled",
            (Status.REQUIRES_CAPTURE, Status.CANCELED): "payment_intent.canceled",
        }
    )

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="payment_intents",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    payment_method = models.ForeignKey(
        PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    status = models.CharField(_("status"), max_length=24, choices=Status.choices)
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    amount_capturable = models.BigIntegerField(default=0)
    amount_received = models.BigIntegerField(default=0)
    captures_manually = models.BooleanField(default=False)
    confirms_manually = models.BooleanField(default=False)
    off_session = models.BooleanField(default=False)
    setup_future_usage = models.CharField(max_length=12, blank=True, default="")
    client_secret = models.CharField(max_length=120)
    description = models.CharField(_("description"), max_length=5000, blank=True, default="")
    statement_descriptor = models.CharField(max_length=22, blank=True, default="")
    statement_descriptor_suffix = models.CharField(max_length=22, blank=True, default="")
    receipt_email = models.CharField(_("receipt to"), max_length=512, blank=True, default="")
    return_url = models.CharField(max_length=5000, blank=True, default="")
    next_action = models.JSONField(null=True)
    last_error = models.JSONField(_("last failure"), null=True)
    shipping = models.JSONField(null=True)
    payment_method_options = models.JSONField(default=dict, blank=True)
    payment_method_types = ArrayField(models.CharField(max_length=16), default=list)
    chooses_methods = models.BooleanField(default=True)
    """Whether the types come from what the site can take, and not from the request."""
    allows_redirects = models.BooleanField(default=True)
    latest_charge_id = models.CharField(max_length=64, blank=True, default="")
    keep_method_at = models.DateTimeField(null=True)
    """When the method that is to be kept is attached by the reconciler, unless it was by then."""
    mandate_id = models.CharField(max_length=64, blank=True, default="")
    canceled_at = models.DateTimeField(null=True)
    cancellation_reason = models.CharField(max_length=24, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    objects: ClassVar[PaymentIntentManager["PaymentIntent"]] = PaymentIntentManager()

    class Meta:
        verbose_name = _("payment intent")
        verbose_name_plural = _("payment intents")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="payment_intent_tenant"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_intent_amount"),
            models.CheckConstraint(
                condition=Q(amount_received__gte=0, amount_received__lte=F("amount")),
                name="payment_intent_amount_received",
            ),
            models.CheckConstraint(
                condition=Q(amount_capturable__gte=0, amount_capturable__lte=F("amount")),
                name="payment_intent_amount_capturable",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "requires_payment_method", "requires_confirmation", "requires_action", "processing",
                        "requires_capture", "succeeded", "canceled",
                    ]
                ),
                name="payment_intent_status_known",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="payment_intent_newest"
            ),
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(),
                condition=Q(customer__isnull=False), name="payment_intent_of_customer",
            ),
            models.Index(
                "site", "livemode", "status", F("created_at").desc(), F("id").desc(),
                condition=~Q(status="succeeded"), name="payment_intent_of_status",
            ),
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(),
                condition=Q(status__in=UNPAID), name="payment_intent_unpaid",
            ),
            models.Index(
                "keep_method_at", condition=Q(keep_method_at__isnull=False), name="payment_intent_to_keep"
            ),
            GinIndex(fields=["metadata"], opclasses=["jsonb_path_ops"], name="payment_intent_metadata"),
        ]  # fmt: skip
