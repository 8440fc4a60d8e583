"""Retention runs: when each kind of data was last gone through, and how much of it was let go."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RetentionRun(models.Model):
    """The last run over one kind of data: at one site, or at all sites at once where their periods are the same."""

    id = models.BigAutoField(primary_key=True)
    site = models.ForeignKey(
        "customers.Site", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=32)
    ran_at = models.DateTimeField(_("last run"))
    removed = models.PositiveBigIntegerField(_("removed"), default=0)
    """In the last run that found anything to remove."""
    removed_at = models.DateTimeField(_("last removed"), null=True)
    gone_before = models.DateTimeField(null=True)
    """The latest instant before which all was let go, whatever the period has become since; null where nothing was."""

    class Meta:
        verbose_name = _("retention run")
        verbose_name_plural = _("retention runs")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "kind"], nulls_distinct=False, name="retention_run_once"
            )
        ]

    def __str__(self) -> str:
        return self.kind
