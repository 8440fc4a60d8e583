"""Events: what happened to an object, with a picture of it as it then was."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Func, Value
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class Event(TenantModel):
    """One change, written in the transaction that made it: the outbox from which webhooks are delivered.

    `snapshot` and `previous_attributes` are in the spelling of `/v1/`.

    `sequence` says in which order events were written, in all of the installation. Of two events of one object, or of
    one customer, the one with the greater number happened later, since whoever changes it holds its lock until the
    transaction ends. Of objects that have nothing to do with each other that says less: transactions that run side by
    side may end in another order than that of their numbers. Numbers are missing where a transaction was rolled back.

    The id begins with the real time of writing, whatever a test clock shows in `created_at`: by it rows are kept in
    monthly tables (`customers.events.models.partitions`), which are dropped as a whole when they were kept long enough.

    Source: https://docs.stripe.com/api/events/object, https://docs.omise.co/events-api
    """

    PREFIX: ClassVar[str] = "evt"

    sequence = models.BigIntegerField(
        editable=False, db_default=Func(Value("events_event_sequence"), function="nextval")
    )
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
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="event_tenant")
        ]
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
            # Alone, so that the entries of one object share its id: a twentieth of the size of the indexes above.
            models.Index("object_id", name="event_of_object"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id}"
