"""Saved views: a list of the dashboard narrowed in a way that people come back to."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel
from customers.models.operators import Operator

MAX_NAME = 60


class SavedView(TenantModel):
    """A list's filters, search, order and columns under a name; one operator's own, or the whole team's.

    `params` are what stands in the address of the list. `count` is how many rows it showed at `counted_at`, as far as
    anybody counts them: the worker keeps it, no page does.
    """

    PREFIX: ClassVar[str] = "view"

    owner = models.ForeignKey(
        Operator, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    table = models.CharField(max_length=64)
    """Whose list it is, such as `customers.customer`."""
    name = models.CharField(_("name"), max_length=MAX_NAME)
    is_shared = models.BooleanField(_("shared with the team"), default=False)
    params = models.JSONField(default=dict)
    columns = ArrayField(models.CharField(max_length=64), verbose_name=_("columns"), default=list)
    """Which columns are shown, in order; the list's own when empty."""
    count = models.PositiveIntegerField(null=True)
    counted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="saved_view_tenant"),
            models.UniqueConstraint(
                fields=["site", "livemode", "table", "name"], name="saved_view_name_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_name"),
            models.CheckConstraint(
                condition=Q(count__isnull=True, counted_at__isnull=True)
                | Q(count__isnull=False, counted_at__isnull=False),
                name="saved_view_count_has_date",
            ),
        ]
        indexes = [models.Index("counted_at", name="saved_view_counted")]

    def __str__(self) -> str:
        return self.name
