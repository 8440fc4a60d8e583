"""Merges: one customer that went into another, with what is needed to take it back."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel
from customers.models.customers import Customer


class Merge(TenantModel):
    """One customer that went into another: what moved, what was there before, and until when it can be undone.

    Source: https://www.chargebee.com/docs/billing/2.0/customers/merge-customers
    """

    PREFIX: ClassVar[str] = "merge"

    kept = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    merged = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    choices = models.JSONField(default=dict)
    """Whose value was taken where they differed: `kept` or `merged`, by the field's name."""
    moved = models.JSONField(default=dict)
    """How many of each part moved, by its name."""
    rows = models.JSONField(default=dict)
    """The ids of what moved, by the name of its part; emptied when the merge can no longer be undone."""
    before = models.JSONField(default=dict)
    """What was changed beside, as pairs of the value before and after, by table and id; emptied then, too."""
    balance = models.BigIntegerField(default=0)
    """What went over from the balance, in minor units of `currency`."""
    currency = models.CharField(max_length=3, blank=True, default="")
    cash = models.JSONField(default=dict)
    """What went over from the cash balance, in minor units by currency."""
    actor = models.CharField(_("by"), max_length=254, blank=True, default="")
    sweep_at = models.DateTimeField(null=True)
    """When what was made for the merged customer at the same moment is moved as well, the next time."""
    undo_until = models.DateTimeField(_("can be undone until"))
    undone_at = models.DateTimeField(_("undone"), null=True)
    not_restored = models.JSONField(default=list)
    """What could not be taken back, by name, since it was changed meanwhile."""

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone_at__isnull=True), name="merge_in_force_once"
            ),
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="merge_of_two"),
        ]
        indexes = [
            models.Index("kept", F("created_at").desc(), F("id").desc(), name="merge_of_customer"),
            models.Index("sweep_at", condition=Q(sweep_at__isnull=False), name="merge_to_sweep"),
            models.Index(
                "undo_until",
                condition=Q(undone_at__isnull=True) & ~Q(before={}),
                name="merge_to_end",
            ),
        ]

    @property
    def customer_id(self) -> str:
        """Whose events tell of it."""
        return self.kept_id
