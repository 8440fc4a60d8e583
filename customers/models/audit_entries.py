"""The audit log: what staff did, in which rows are only ever added."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.operators import Operator
from customers.models.sites import Site


class AuditEntry(models.Model):
    """One act of a member of staff, written in the transaction of what it changed.

    The database refuses to change or delete an entry. Who acted is copied, so that it stays readable when the operator
    is gone; so is what the object was called. Values that are secret never get in.

    `site` is empty where an act belongs to no site: those of who administers the installation, as a sign-in. Of what a
    member does to the account alone, such as a sign-in, each site of the member's has an entry.
    """

    PREFIX: ClassVar[str] = "audit"

    id = models.CharField(primary_key=True, max_length=64)
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    livemode = models.BooleanField(_("mode"), null=True)
    """Null where the act is of neither mode: the site's settings, its members."""
    created_at = models.DateTimeField(_("when"))
    operator = models.ForeignKey(
        Operator,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    actor = models.CharField(_("who"), max_length=254, blank=True, default="")
    action = models.CharField(_("action"), max_length=120)
    object_type = models.CharField(_("object type"), max_length=64, blank=True, default="")
    object_id = models.CharField(_("object"), max_length=255, blank=True, default="")
    object_label = models.CharField(_("object's name"), max_length=200, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    door = models.CharField(_("door"), max_length=16)
    ip_address = models.CharField(_("network address"), max_length=45, blank=True, default="")
    request_id = models.CharField(_("request"), max_length=64, blank=True, default="")
    event_id = models.CharField(_("event"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index("site", F("created_at").desc(), F("id").desc(), name="audit_newest"),
            models.Index(
                "site", "action", F("created_at").desc(), F("id").desc(), name="audit_of_action"
            ),
            models.Index(
                "site", "actor", F("created_at").desc(), F("id").desc(), name="audit_of_actor"
            ),
            models.Index(
                "site",
                "object_id",
                F("created_at").desc(),
                F("id").desc(),
                condition=~Q(object_id=""),
                name="audit_of_object",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label or self.object_id}".strip()
