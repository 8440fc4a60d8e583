"""Wordings: what a merchant says in its emails instead of our texts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.messages import Message


class Wording(models.Model):
    """A site's own texts for one kind of email in one language; both modes use them."""

    site = models.ForeignKey("customers.Site", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=Message.Kind.choices)
    language = models.CharField(max_length=8)
    texts = models.JSONField()
    """By part, such as `subject`; a part that is not there is ours."""
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        constraints = [
            models.UniqueConstraint(fields=["site", "kind", "language"], name="wording_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.language})"
