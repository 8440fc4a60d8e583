"""Custom fields: what a site keeps about its customers beyond what everybody does."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import TenantModel

KEY = r"^[a-z][a-z0-9_]{0,39}$"


class CustomField(TenantModel):
    """The definition of a field; its values stand on the customers under its key.

    Definitions hold for test and live mode alike would mislead: each mode has its own, like every other row.

    `constraints` hold what a value must satisfy, by kind: text `min_length`, `max_length`, `pattern`; number `minimum`,
    `maximum`, `integer`; date `earliest`, `latest` (ISO 8601); dropdown `options` (a list of texts).

    Rule: R15.
    """

    PREFIX: ClassVar[str] = "cfld"

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        DROPDOWN = "dropdown", _("Dropdown")
        CHECKBOX = "checkbox", _("Checkbox")

    key = models.CharField(
        _("key"),
        max_length=40,
        validators=[
            RegexValidator(
                KEY, _("Begin with a letter; use lowercase letters, digits and underscores.")
            )
        ],
        help_text=_("The name in the API; it does not change."),
    )
    label = models.CharField(_("label"), max_length=100)
    help_text = models.CharField(_("help text"), max_length=255, blank=True, default="")
    kind = models.CharField(_("type"), max_length=8, choices=Kind.choices)
    is_required = models.BooleanField(_("required"), default=False)
    constraints = models.JSONField(_("constraints"), default=dict, blank=True)
    position = models.IntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "livemode", "key"], name="custom_field_key_once"
            ),
            models.CheckConstraint(
                condition=models.Q(key__regex=KEY), name="custom_field_key_spelling"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["text", "number", "date", "dropdown", "checkbox"]),
                name="custom_field_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.label
