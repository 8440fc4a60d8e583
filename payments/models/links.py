"""Links: pages on which somebody pays an amount with a card."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class Link(TenantModel):
    """A payment that is asked for by an address. The amount is minor units of `currency`.

    The key in its id is what opens its page, so it is shown to nobody but the merchant and those who have the address.

    Source: https://docs.omise.co/links-api
    """

    PREFIX: ClassVar[str] = "link"

    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    title = models.CharField(_("title"), max_length=255)
    description = models.CharField(_("description"), max_length=4500, blank=True, default="")
    is_multiple = models.BooleanField(_("can be paid again and again"), default=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="link_tenant"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="link_amount"),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="link_newest"
            )
        ]

    @property
    def key(self) -> str:
        """What opens its page."""
        return self.pk.partition("_")[2]
