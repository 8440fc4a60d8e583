"""Logos: pictures that stand for a merchant on what its customers see."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Logo(models.Model):
    """A picture that a site uploaded; both modes show it.

    It stays when another takes its place: emails that were sent show it from its address.
    """

    class MediaType(models.TextChoices):
        PNG = "image/png", "PNG"
        JPEG = "image/jpeg", "JPEG"

    site = models.ForeignKey("customers.Site", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    """Made of its content, so that an address never shows another picture."""
    media_type = models.CharField(max_length=16, choices=MediaType.choices)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    content = models.BinaryField()
    created_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="logo_once"),
            models.CheckConstraint(
                condition=models.Q(media_type__in=["image/png", "image/jpeg"]),
                name="logo_media_type_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name
