"""Consents: every yes and no to marketing, with who said it, when, and by which door."""

from typing import ClassVar

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel
from customers.models.customers import Customer


class Consent(TenantModel):
    """One change of a customer's consent; rows are only ever added. What holds now stands on the customer.

    Rules: P10 (`mail_marketing`, `tele_marketing`), with the history that is evidence of consent.
    """

    PREFIX: ClassVar[str] = "cons"

    class Channel(models.TextChoices):
        MAIL = "mail_marketing", _("Email marketing")
        TELEPHONE = "tele_marketing", _("Phone marketing")

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="consents",
        db_index=False,
        db_constraint=False,
    )
    channel = models.CharField(_("channel"), max_length=16, choices=Channel.choices)
    granted_before = models.BooleanField(_("before"), null=True)
    granted = models.BooleanField(_("granted"), null=True)
    door = models.CharField(_("door"), max_length=16)
    actor = models.CharField(_("by"), max_length=254, blank=True, default="")
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    wording = models.CharField(_("wording"), max_length=5000, blank=True, default="")

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(channel__in=["mail_marketing", "tele_marketing"]),
                name="consent_channel_known",
            )
        ]
        indexes = [
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(), name="consent_of_customer"
            )
        ]
