"""Signing in: what was asked for, by which browser, and how often."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel
from portal.models.configurations import PortalConfiguration
from portal.models.sessions import PortalSession

MOST_TRIES = 5


class SignIn(TenantModel):
    """An email address that a browser typed, and the code that is sent to it if it is some customer's.

    The browser holds the row's id in a signed cookie; the code is good for that one only. There is a row, with all that
    goes with it, for an address that is nobody's as well.
    """

    PREFIX: ClassVar[str] = "sgn"

    address_hash = models.BinaryField()
    address_sealed = models.BinaryField()
    language = models.CharField(max_length=8)
    code_hash = models.CharField(max_length=200, blank=True, default="")
    """The slow, salted hash of the newest code; empty until it is sent, and where it never will be."""
    link_hash = models.BinaryField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    resends = models.PositiveSmallIntegerField(default=0)
    """How many codes the browser had asked for before this one."""
    wanted = models.CharField(max_length=500, blank=True, default="")
    """The page that is shown afterwards."""
    configuration = models.ForeignKey(
        PortalConfiguration,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    resumes = models.ForeignKey(
        PortalSession,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    """The session whose link came too late: what follows goes on with what it was for."""
    renews = models.ForeignKey(
        PortalSession,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    """The session of a customer who is signed in, and shows once more who they are."""
    expires_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    """When the code or the link was right."""
    used_at = models.DateTimeField(null=True)
    """When somebody was let in by it."""

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="sign_in_tenant"),
            models.UniqueConstraint(fields=["link_hash"], name="sign_in_link_once"),
            models.CheckConstraint(condition=Q(tries__lte=MOST_TRIES), name="sign_in_tries"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(verified_at__isnull=False),
                name="sign_in_used_is_verified",
            ),
        ]
        indexes = [
            models.Index("address_hash", "expires_at", name="sign_in_of_address"),
            models.Index("expires_at", name="sign_in_expiry"),
        ]
