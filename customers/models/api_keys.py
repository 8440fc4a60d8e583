"""API keys: who may call, for which site and mode, and what they may touch."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel


class ApiKey(TenantModel):
    """A key's record; the key itself is shown once and kept only as a keyed digest.

    `permissions` maps a resource (`customers`, `events`, …) to `none`, `read` or `write` for a restricted key, and is
    empty for the other kinds, whose kind says what they may do.

    Source: https://docs.stripe.com/keys
    """

    PREFIX: ClassVar[str] = "key"

    class Kind(models.TextChoices):
        SECRET = "secret", _("Secret")
        PUBLISHABLE = "publishable", _("Publishable")
        RESTRICTED = "restricted", _("Restricted")

    class Spelling(models.TextChoices):
        STRIPE = "stripe", "Stripe (sk_, pk_, rk_)"
        OMISE = "omise", "Omise (skey_, pkey_)"
        REVKEEN = "revkeen", "RevKeen (rk_live_, rk_sandbox_)"

    name = models.CharField(_("name"), max_length=100, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    spelling = models.CharField(_("spelling"), max_length=8, choices=Spelling.choices)
    visible_prefix = models.CharField(_("begins with"), max_length=24, editable=False)
    last4 = models.CharField(_("ends in"), max_length=4, editable=False)
    digest = models.BinaryField(unique=True, editable=False)
    permissions = models.JSONField(_("permissions"), default=dict, blank=True)
    allowed_ips = ArrayField(
        models.CharField(max_length=64),
        verbose_name=_("allowed addresses"),
        default=list,
        blank=True,
        help_text=_("Networks from which the key may be used; all when empty."),
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["secret", "publishable", "restricted"])
                & models.Q(spelling__in=["stripe", "omise", "revkeen"]),
                name="api_key_kind_and_spelling_known",
            )
        ]
        indexes = [
            models.Index(
                "site",
                "livemode",
                models.F("created_at").desc(),
                models.F("id").desc(),
                name="api_key_newest",
            )
        ]

    def __str__(self) -> str:
        return f"{self.visible_prefix}…{self.last4}"
