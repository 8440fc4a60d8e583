"""Webhook endpoints: where a merchant's systems are told of events."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class WebhookEndpoint(TenantModel):
    """An address of the merchant's, the events it wants to be told of, and how they are spelled and signed for it.

    The secret is sealed; the one before it signs, too, until `previous_secret_until`. Since when an endpoint fails, and
    when it last answered, is kept here by whoever delivers. A deleted endpoint keeps its row, so that what it was told
    stays visible.

    Source: https://docs.stripe.com/api/webhook_endpoints/object
    """

    PREFIX: ClassVar[str] = "we"

    class Status(models.TextChoices):
        ENABLED = "enabled", _("Enabled")
        DISABLED = "disabled", _("Disabled")

    class Spelling(models.TextChoices):
        STRIPE = "stripe", "Stripe"
        OMISE = "omise", "Omise"
        REVKEEN = "revkeen", "RevKeen"

    class Reason(models.TextChoices):
        """Why an endpoint is disabled."""

        MERCHANT = "merchant", _("by hand")
        FAILING = "failing", _("failed for days")
        GONE = "gone", _("answered that it is gone")

    url = models.CharField(_("URL"), max_length=2048)
    description = models.CharField(_("description"), max_length=5000, blank=True, default="")
    enabled_events = ArrayField(models.CharField(max_length=80), verbose_name=_("events"))
    """As the merchant named them, in the endpoint's spelling; `*` stands for all."""
    matches = ArrayField(models.CharField(max_length=80), editable=False)
    """The same in our types (for Omise's spelling: in its keys), by which events find the endpoint; `*` for all."""
    spelling = models.CharField(
        _("spelling"), max_length=8, choices=Spelling.choices, default=Spelling.STRIPE
    )
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.ENABLED
    )
    disabled_reason = models.CharField(
        _("disabled because"), max_length=8, choices=Reason.choices, blank=True, default=""
    )
    api_version = models.CharField(_("API version"), max_length=40)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    updated_at = models.DateTimeField(_("changed"), editable=False)
    """When somebody last changed it; what becomes of deliveries is no change."""
    sealed_secret = models.BinaryField(editable=False)
    sealed_previous_secret = models.BinaryField(null=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    """When the first of the tries that have all failed since the last success was made; null while it answers."""
    last_success_at = models.DateTimeField(_("last success"), null=True)
    last_failure_at = models.DateTimeField(_("last failure"), null=True)
    warned_at = models.DateTimeField(_("owner told"), null=True)
    """When the owner was told that it is failing; null again once it answers."""
    deleted_at = models.DateTimeField(_("deleted"), null=True)

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "site", "livemode"], name="webhook_endpoint_tenant"
            ),
            models.CheckConstraint(
                condition=Q(spelling__in=["stripe", "omise", "revkeen"]),
                name="webhook_endpoint_spelling_known",
            ),
            models.CheckConstraint(
                condition=Q(status="enabled", disabled_reason="", deleted_at=None)
                | Q(status="disabled", disabled_reason__in=["merchant", "failing", "gone"]),
                name="webhook_endpoint_disabled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(sealed_previous_secret__isnull=True, previous_secret_until__isnull=True)
                | Q(sealed_previous_secret__isnull=False, previous_secret_until__isnull=False),
                name="webhook_endpoint_previous_secret_ends",
            ),
        ]
        indexes = [
            models.Index(
                "site",
                "livemode",
                F("created_at").desc(),
                F("id").desc(),
                name="webhook_endpoint_newest",
            ),
            # Asked by every statement that inserts events.
            models.Index(
                "site", "livemode", condition=Q(status="enabled"), name="webhook_endpoint_enabled"
            ),
        ]

    def __str__(self) -> str:
        return self.url
