"""Sessions: a customer in the portal, in one browser."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, TenantModel
from portal.models.configurations import PortalConfiguration


class PortalSession(TenantModel):
    """One customer's way into the portal, by a browser that holds its secret in a cookie.

    One that was made for a link has a second secret, in the link: it opens the portal once, within minutes, and the
    browser gets the cookie in exchange. Secrets are kept as digests only.

    Source: https://docs.stripe.com/api/customer_portal/sessions/object
    """

    PREFIX: ClassVar[str] = "bps"

    class Origin(models.TextChoices):
        CODE = "code", _("Code by email")
        LINK = "link", _("Link of the merchant")
        STAFF = "staff", _("Staff who look")

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="portal_sessions",
        db_index=False,
        db_constraint=False,
    )
    configuration = models.ForeignKey(
        PortalConfiguration,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    origin = models.CharField(max_length=8, choices=Origin.choices)
    actor = models.CharField(max_length=254, blank=True, default="")
    """Whose eyes these are, where they are not the customer's."""
    link_hash = models.BinaryField(null=True)
    token_hash = models.BinaryField(null=True)
    """The digests of the link's and of the cookie's secret; there is no cookie before the first use."""
    return_url = models.CharField(max_length=2048, blank=True, default="")
    flow = models.JSONField(default=dict)
    """What the link is for, spelled as on the wire; empty where it is for the portal as a whole."""
    after_expiration = models.JSONField(null=True)
    """What happens once the link is too old, as it was asked for; without it customers may show who they are."""
    locale = models.CharField(max_length=16, blank=True, default="")
    """The language that was asked for; empty where the customer's holds."""
    agent = models.CharField(max_length=120, blank=True, default="")
    """The browser, as people would call it."""
    is_read_only = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)
    """When the customer last showed that they read the mail at their address."""
    used_at = models.DateTimeField(null=True)
    """Since when there is a cookie."""
    seen_at = models.DateTimeField(null=True)
    """When the browser was last heard of, to the minute."""
    expires_at = models.DateTimeField()
    """Until when the link, or since it was used the cookie, is good at most."""
    closes_at = models.DateTimeField(null=True)
    """When it is over whatever happens, where whoever made it said so; a program that has its token has as long."""
    ended_at = models.DateTimeField(null=True)
    """When the customer signed out, or was signed out."""

    url: str = ""  # of the link, with its secret: known when it is made only
    token: str = ""  # of a program that calls for the customer: known when it is made only

    class Meta:
        verbose_name = _("portal session")
        verbose_name_plural = _("portal sessions")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "site", "livemode"], name="portal_session_tenant"
            ),
            models.UniqueConstraint(fields=["token_hash"], name="portal_session_token_once"),
            models.UniqueConstraint(fields=["link_hash"], name="portal_session_link_once"),
            models.CheckConstraint(
                condition=Q(origin__in=["code", "link", "staff"]),
                name="portal_session_origin_known",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, token_hash__isnull=True, seen_at__isnull=True)
                | Q(used_at__isnull=False, token_hash__isnull=False, seen_at__isnull=False),
                name="portal_session_used_has_token",
            ),
            models.CheckConstraint(
                condition=Q(link_hash__isnull=False) | Q(token_hash__isnull=False),
                name="portal_session_has_secret",
            ),
            models.CheckConstraint(
                condition=Q(is_read_only=True) ^ ~Q(origin="staff"),
                name="portal_session_staff_only_looks",
            ),
        ]
        indexes = [
            models.Index(
                "customer",
                F("created_at").desc(),
                F("id").desc(),
                name="portal_session_of_customer",
            ),
            models.Index("expires_at", name="portal_session_expiry"),
        ]
