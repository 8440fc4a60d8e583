"""Changes of email addresses: asked for in the portal, confirmed by a code, undone by a link."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, TenantModel
from portal.models.sessions import PortalSession


class EmailChange(TenantModel):
    """One wish of a customer to be written to at another address.

    The code goes to the new address, and counts only in the session that asked for it.
    """

    PREFIX: ClassVar[str] = "emch"

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="email_changes",
        db_index=False,
        db_constraint=False,
    )
    session = models.ForeignKey(
        PortalSession,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    old_email = models.CharField(_("before"), max_length=512, blank=True, default="")
    new_email = models.CharField(_("new"), max_length=512)
    code_hash = models.CharField(max_length=128, blank=True, default="")
    """Of the code that was sent last; empty before."""
    tries = models.PositiveSmallIntegerField(default=0)
    """How many codes were typed."""
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    undo_until = models.DateTimeField(null=True)
    """Until when whoever reads the old address can take it back."""
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("change of email")
        verbose_name_plural = _("changes of email")
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=False) | Q(undone_at__isnull=True),
                name="email_change_undone_was_confirmed",
            ),
            models.CheckConstraint(condition=Q(tries__lte=5), name="email_change_tries"),
            models.CheckConstraint(condition=~Q(new_email=""), name="email_change_has_address"),
        ]
        indexes = [
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(), name="email_change_of_customer"
            ),
            models.Index("site", "livemode", "new_email", name="email_change_to"),
            models.Index("session", name="email_change_in_session"),
        ]
