"""Setup intents: saving a payment method for later, without taking money."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models import Customer, TenantModel
from payments.models.payment_methods import PaymentMethod


class SetupIntent(TenantModel):
    """The saving of a payment method, with the customer's consent and, where the bank asks, their authentication.

    Source: https://docs.stripe.com/api/setup_intents/object
    """

    PREFIX: ClassVar[str] = "seti"

    class Status(models.TextChoices):
        REQUIRES_PAYMENT_METHOD = "requires_payment_method", _("Needs a payment method")
        REQUIRES_CONFIRMATION = "requires_confirmation", _("Needs confirmation")
        REQUIRES_ACTION = "requires_action", _("Needs the customer")
        PROCESSING = "processing", _("Processing")
        SUCCEEDED = "succeeded", _("Saved")
        CANCELED = "canceled", _("Canceled")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.REQUIRES_PAYMENT_METHOD, Status.REQUIRES_CONFIRMATION): "",
            (
                Status.REQUIRES_CONFIRMATION,
                Status.REQUIRES_PAYMENT_METHOD,
            ): "setup_intent.setup_failed",
            (Status.REQUIRES_CONFIRMATION, Status.REQUIRES_ACTION): "setup_intent.requires_action",
            (Status.REQUIRES_CONFIRMATION, Status.SUCCEEDED): "setup_intent.succeeded",
            (Status.REQUIRES_ACTION, Status.SUCCEEDED): "setup_intent.succeeded",
            (Status.REQUIRES_ACTION, Status.REQUIRES_PAYMENT_METHOD): "setup_intent.setup_failed",
            (
                Status.REQUIRES_CONFIRMATION,
                Status.REQUIRES_CONFIRMATION,
            ): "",  # confirmed again, or given another method
            (Status.REQUIRES_ACTION, Status.REQUIRES_CONFIRMATION): "",
            (Status.REQUIRES_PAYMENT_METHOD, Status.CANCELED): "setup_intent.canceled",
            (Status.REQUIRES_CONFIRMATION, Status.CANCELED): "setup_intent.canceled",
            (Status.REQUIRES_ACTION, Status.CANCELED): "setup_intent.canceled",
        }
    )

    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        related_name="setup_intents",
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
    status = models.CharField(_("status"), max_length=24, choices=Status.choices)
    usage = models.CharField(max_length=12, default="off_session")
    client_secret = models.CharField(max_length=120)
    description = models.CharField(_("description"), max_length=5000, blank=True, default="")
    return_url = models.CharField(max_length=5000, blank=True, default="")
    next_action = models.JSONField(null=True)
    last_error = models.JSONField(_("last failure"), null=True)
    mandate_id = models.CharField(max_length=64, blank=True, default="")
    request_key = models.CharField(max_length=64, blank=True, default="")
    """The digest of the idempotency key of the last confirmation: the same request finds what came of it."""
    payment_method_options = models.JSONField(default=dict, blank=True)
    payment_method_types = ArrayField(models.CharField(max_length=16), default=list)
    chooses_methods = models.BooleanField(default=True)
    """Whether the types come from what the site can take, and not from the request."""
    allows_redirects = models.BooleanField(default=True)
    tries = models.SmallIntegerField(default=0)
    """How often it was confirmed; part of the reference under which the gateway knows each try."""
    cancellation_reason = models.CharField(max_length=24, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    class Meta:
        verbose_name = _("setup intent")
        verbose_name_plural = _("setup intents")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "requires_payment_method", "requires_confirmation", "requires_action", "processing",
                        "succeeded", "canceled",
                    ]
                ),
                name="setup_intent_status_known",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                "site",
                "livemode",
                F("created_at").desc(),
                F("id").desc(),
                name="setup_intent_newest",
            ),
            models.Index("payment_method", name="setup_intent_of_method"),
        ]
