"""Findings: rows that break an invariant, and how far the search for them has come."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel


class Finding(TenantModel):
    """A row that breaks an invariant, from when it was first seen until a later search no longer sees it.

    It publishes no event: events are among what is looked at, and a merchant's systems cannot mend what it tells of.
    """

    PREFIX: ClassVar[str] = "fnd"

    invariant = models.CharField(_("invariant"), max_length=64)
    """The name of it; see `customers.kit.invariants`."""
    object_id = models.CharField(_("object"), max_length=64)
    detail = models.CharField(_("what is wrong"), max_length=500, blank=True, default="")
    """Ids, amounts and statuses; nothing that is personal."""
    last_seen_at = models.DateTimeField(_("last seen"))
    resolved_at = models.DateTimeField(_("gone since"), null=True)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "livemode", "invariant", "object_id"],
                condition=Q(resolved_at__isnull=True),
                name="finding_open_once",
            )
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="finding_newest"
            ),
            models.Index("invariant", "id", condition=Q(resolved_at__isnull=True), name="finding_open"),
            models.Index("resolved_at", condition=Q(resolved_at__isnull=False), name="finding_gone"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.invariant} {self.object_id}"


class InvariantCheck(models.Model):
    """How far the search for breaches of one invariant has come, in all of the installation.

    It begins anew every night, and when somebody asks for it. `page` is the mark: the first page of the table on the
    disk that was not looked at yet; a worker that dies leaves it, and another one goes on from there.
    """

    name = models.CharField(primary_key=True, max_length=64)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    """When it was last through; before `started_at` while one is under way."""
    requested_at = models.DateTimeField(null=True)
    """When somebody last asked for another round."""
    page = models.BigIntegerField(default=0)
    pages_at_once = models.PositiveIntegerField(default=128)
    """How many one statement looks at: as many as it can within its time."""
    rows = models.BigIntegerField(default=0)
    """How many this round has seen."""
    counts = models.JSONField(default=dict)
    """How many of them break it, by site and mode as `key_of` spells them."""
    last_rows = models.BigIntegerField(default=0)
    last_counts = models.JSONField(default=dict)
    """The same of the last round that is through."""
    claimed_until = models.DateTimeField(null=True)
    """Until when a worker is left alone with it."""

    class Meta:
        verbose_name = _("check of an invariant")
        verbose_name_plural = _("checks of invariants")

    def __str__(self) -> str:
        return self.name

    @property
    def is_under_way(self) -> bool:
        """Tell whether a round has begun and is not through."""
        if self.started_at is None:
            return False
        return self.finished_at is None or self.finished_at < self.started_at

    @staticmethod
    def key_of(site_id: str, *, livemode: bool) -> str:
        """Return under what the rows of a site in one mode are counted."""
        return f"{site_id} {'live' if livemode else 'test'}"
