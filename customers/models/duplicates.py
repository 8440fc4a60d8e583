"""Duplicates: pairs of customers that may be one, and the searches that find them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel
from customers.models.customers import Customer


class DuplicatePair(TenantModel):
    """Two customers that may be one, with what speaks for it; `first` is the one that was there before.

    One that was called no duplicate stays, so that it is not found again.
    """

    PREFIX: ClassVar[str] = "dup"

    class Reason(models.TextChoices):
        EMAIL = "email", _("Same email address")
        MAILBOX = "mailbox", _("Same mailbox, spelled differently")
        PHONE = "phone", _("Same phone number")
        CARD = "card", _("Same card")
        NAME = "name", _("Similar name and address")

    first = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    second = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    reasons = ArrayField(models.CharField(max_length=8, choices=Reason.choices), default=list)
    score = models.PositiveSmallIntegerField(_("certainty"))
    """From 1 to 99: how likely it is, by what speaks for it."""
    search_id = models.CharField(max_length=64)
    """The last search that found it."""
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=~Q(first=F("second")), name="duplicate_of_two"),
            models.CheckConstraint(condition=Q(score__range=(1, 99)), name="duplicate_score"),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("score").desc(), F("id"),
                condition=Q(dismissed_at__isnull=True), name="duplicate_likeliest",
            ),
            models.Index("second", name="duplicate_of_second"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"


class DuplicateSearch(TenantModel):
    """One walk through a site's customers for duplicates, step by step, so that a worker that dies is gone on for."""

    PREFIX: ClassVar[str] = "dsearch"

    step = models.PositiveSmallIntegerField(default=0)
    """How many steps are done."""
    found = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("search for duplicates")
        verbose_name_plural = _("searches for duplicates")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "livemode"],
                condition=Q(finished_at__isnull=True),
                name="duplicate_search_at_a_time",
            )
        ]
        indexes = [
            models.Index("site", "livemode", F("created_at").desc(), name="duplicate_search_newest")
        ]
