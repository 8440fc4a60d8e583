"""How often something was done lately, by whom or from where: what allowances are counted by."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AllowanceCount(models.Model):
    """How often something was done since a moment, by or for one that only its digest names; of no site.

    Rows are written by one statement of `customers.services.allowances`, so that all processes count together.
    """

    key = models.BinaryField(primary_key=True)
    count = models.PositiveIntegerField()
    since = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("count of an allowance")
        verbose_name_plural = _("counts of allowances")

    def __str__(self) -> str:
        return str(self.count)
