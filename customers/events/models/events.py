"""Events: what happened to an object, with a picture of it as it then was."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class Event(TenantModel):
    """One change, written in the transaction that made it: the outbox from which webhooks are delivered.

    `snapshot` and `previous_attributes` are in the spelling of `/v1/`.

    Source: https://docs.stripe.com/api/events/object, https://docs.omise.co/events-api
    """

    PREFIX: ClassVar[str] = "evt"

    type = models.CharField(_("type"), max_length=80)
    object_id = models.CharField(_("object"), max_length=64)
    customer_id = models.CharField(_("customer"), max_length=64, blank=True, default="")
    omise_key = models.CharField(max_length=40, blank=True, default="")
    """What Omise calls it; empty where it has no word for it, so that its dialect does not list it."""
    snapshot = models.JSONField(_("snapshot"))
    previous_attributes = models.JSONField(_("previous values"), null=True)
    api_version = models.CharField(_("API version"), max_length=40)
    door = models.CharField(_("door"), max_length=16)
    actor = models.CharField(_("by"), max_length=254, blank=True, default="")
    request_id = models.CharField(_("request"), max_length=64, blank=True, default="")
    idempotency_key = models.CharField(_("idempotency key"), max_length=255, blank=True, default="")

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            # With the column by which Omise's dialect leaves events out, so that skipping and counting read it alone.
            models.Index(
                "site",
                "livemode",
                F("created_at").desc(),
                F("id").desc(),
                include=["omise_key"],
                name="event_newest",
            ),
            models.Index(
                "site",
                "livemode",
                "type",
                F("created_at").desc(),
                F("id").desc(),
                name="event_of_type",
            ),
            models.Index(
                "customer_id", F("created_at").desc(), F("id").desc(), name="event_of_customer"
            ),
            models.Index(
                "object_id",
                F("created_at").desc(),
                F("id").desc(),
                condition=Q(omise_key__startswith="charge."),
                name="event_of_charge",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id}"
