"""Claims of due work: who carries something out leaves a mark that runs out by itself."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class DueClaim(TenantModel):
    """That a due row is being carried out, or was tried in vain, until `claimed_until`.

    The mark of a worker that died runs out, and the row is anybody's again. What was carried out has none.
    """

    PREFIX: ClassVar[str] = "due"

    kind = models.CharField(_("kind"), max_length=60)
    object_id = models.CharField(_("object"), max_length=64)
    claimed_until = models.DateTimeField(_("next try"))
    tries = models.PositiveIntegerField(_("tries"), default=1)
    said = models.CharField(_("reason"), max_length=500, blank=True, default="")
    """Why the last try failed; empty while the first one is under way."""

    owner_id: str | None = ""
    """The customer of a row that was just claimed: None where it has none, empty where it may be anybody's."""

    class Meta:
        verbose_name = _("due work")
        verbose_name_plural = _("due work")
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="due_claim_once"),
            models.CheckConstraint(condition=Q(tries__gte=0), name="due_claim_tries"),
        ]
        indexes = [
            models.Index("claimed_until", name="due_claim_until"),
            models.Index(
                "site", "livemode", "claimed_until", condition=~Q(said=""), name="due_claim_in_vain"
            ),
        ]
