"""Notes: what staff write down about a customer, for each other."""

from typing import ClassVar

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel
from customers.models.customers import Customer
from customers.models.operators import Operator


class Note(TenantModel):
    """A note about a customer. It is part of what the customer may ask to see, and goes to no webhook endpoint."""

    PREFIX: ClassVar[str] = "note"

    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="notes",
        db_index=False,
        db_constraint=False,
    )
    author = models.ForeignKey(
        Operator, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    author_name = models.CharField(_("by"), max_length=254)
    """Which stays when the author goes."""
    text = models.TextField(_("text"))
    is_pinned = models.BooleanField(_("pinned"), default=False)
    edited_at = models.DateTimeField(_("edited"), null=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="note_says_something"),
        ]
        indexes = [
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(), name="note_of_customer"
            ),
            models.Index(
                "customer",
                F("created_at").desc(),
                condition=models.Q(is_pinned=True),
                name="note_pinned",
            ),
        ]
