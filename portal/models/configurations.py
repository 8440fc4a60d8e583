"""Configurations: what customers may do in the portal by themselves."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class PortalConfiguration(TenantModel):
    """What the portal offers to whoever enters with this configuration; a site's default one holds for all others.

    Source: https://docs.stripe.com/api/customer_portal/configurations/object
    """

    PREFIX: ClassVar[str] = "bpc"

    name = models.CharField(_("name"), max_length=255, blank=True, default="")
    is_default = models.BooleanField(_("default"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    headline = models.CharField(_("headline"), max_length=200, blank=True, default="")
    privacy_policy_url = models.CharField(
        _("privacy policy"), max_length=2048, blank=True, default=""
    )
    terms_of_service_url = models.CharField(
        _("terms of service"), max_length=2048, blank=True, default=""
    )
    default_return_url = models.CharField(_("return URL"), max_length=2048, blank=True, default="")
    has_login_page = models.BooleanField(_("sign-in page"), default=False)
    features = models.JSONField(_("features"), default=dict)
    """By name, what holds for each; spelled as on the wire, and complete: every setting of every feature is there."""
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    updated_at = models.DateTimeField(_("updated"))

    class Meta:
        verbose_name = _("portal configuration")
        verbose_name_plural = _("portal configurations")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "site", "livemode"], name="portal_configuration_tenant"
            ),
            models.UniqueConstraint(
                fields=["site", "livemode"],
                condition=Q(is_default=True),
                name="portal_configuration_default_once",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_active=True),
                name="portal_configuration_default_is_active",
            ),
        ]
        indexes = [
            models.Index(
                "site",
                "livemode",
                F("created_at").desc(),
                F("id").desc(),
                name="portal_configuration_newest",
            )
        ]
