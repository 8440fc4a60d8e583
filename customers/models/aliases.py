"""Other names of objects: ids that they had elsewhere or before, by which they are still asked for."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel


class Alias(TenantModel):
    """Another name of an object, which resolves to it in every dialect (rule C23).

    The name may be any text: an id of another system, an external id, the id of a customer that was merged. It is
    kept without the mode that Omise writes into ids, as ours are.
    """

    PREFIX: ClassVar[str] = "alias"

    class Reason(models.TextChoices):
        MERGED = "merged", _("Merged")
        IMPORTED = "imported", _("Imported")
        EXTERNAL_ID = "external_id", _("External ID")

    name = models.CharField(_("name"), max_length=255)
    kind = models.CharField(_("kind of object"), max_length=64)
    """The model's name, such as `customer` or `paymentmethod`."""
    target_id = models.CharField(_("object"), max_length=64)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices)

    class Meta:
        verbose_name = _("other name")
        verbose_name_plural = _("other names")
        constraints = [
            models.UniqueConstraint(fields=["site", "livemode", "name"], name="alias_name_once"),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(kind="") & ~Q(target_id=""), name="alias_says_something"
            ),
            models.CheckConstraint(condition=~Q(name=F("target_id")), name="alias_is_another_name"),
            models.CheckConstraint(
                condition=Q(reason__in=["merged", "imported", "external_id"]),
                name="alias_reason_known",
            ),
        ]
        indexes = [models.Index("target_id", name="alias_of_target")]
