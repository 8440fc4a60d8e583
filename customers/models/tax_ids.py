"""Tax ids: the numbers by which tax offices know a customer."""

from typing import ClassVar

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel
from customers.models.customers import Customer


class TaxId(TenantModel):
    """A customer's tax id. It never changes: a wrong one is deleted and another one made.

    Source: https://docs.stripe.com/api/tax_ids/object
    """

    PREFIX: ClassVar[str] = "txi"

    class Verification(models.TextChoices):
        PENDING = "pending", _("Pending")
        VERIFIED = "verified", _("Verified")
        UNVERIFIED = "unverified", _("Not verified")
        UNAVAILABLE = "unavailable", _("Cannot be verified")

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="tax_ids",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(_("type"), max_length=20)
    value = models.CharField(_("value"), max_length=64)
    country = models.CharField(_("country"), max_length=2, blank=True, default="")
    verification = models.CharField(
        _("verification"),
        max_length=12,
        choices=Verification.choices,
        default=Verification.UNAVAILABLE,
    )

    class Meta:
        verbose_name = _("tax id")
        verbose_name_plural = _("tax ids")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "value"], name="tax_id_once_per_customer"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    verification__in=["pending", "verified", "unverified", "unavailable"]
                ),
                name="tax_id_verification_known",
            ),
        ]
        indexes = [
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(), name="tax_id_of_customer"
            ),
            models.Index("site", "livemode", "value", name="tax_id_value"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
