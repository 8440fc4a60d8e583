"""Trusted devices: browsers in which a customer need not ask for a code to see what is saved."""

from typing import ClassVar

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, TenantModel


class TrustedDevice(TenantModel):
    """A browser that a customer trusts, known by a secret in its cookie that changes at each use.

    Whoever comes with a secret that was changed since has a copy of it, or is copied from: the device is trusted no
    more. The one before is taken for a short while, since a browser asks for several pages at once.
    """

    PREFIX: ClassVar[str] = "tdv"

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="trusted_devices",
        db_index=False,
        db_constraint=False,
    )
    token_hash = models.BinaryField()
    before_hash = models.BinaryField(null=True)
    rotated_at = models.DateTimeField()
    address_hash = models.BinaryField()
    """The digest of the customer's address at the time; at another address, nobody has shown who they are."""
    agent = models.CharField(max_length=120, blank=True, default="")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("trusted device")
        verbose_name_plural = _("trusted devices")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="trusted_device_tenant")
        ]
        indexes = [
            models.Index(
                "customer",
                F("created_at").desc(),
                F("id").desc(),
                name="trusted_device_of_customer",
            ),
            models.Index("expires_at", name="trusted_device_expiry"),
        ]
