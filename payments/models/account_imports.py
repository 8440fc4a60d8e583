"""What was brought over from an account at a gateway, record by record."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel

_SOURCES = ["stripe", "omise"]


class AccountImport(TenantModel):
    """One reading of an account; `positions` tells how far it came, so that it goes on where it was cut off."""

    PREFIX: ClassVar[str] = "aimp"

    source = models.CharField(_("from"), max_length=12)
    account_name = models.CharField(_("account"), max_length=120)
    with_methods = models.BooleanField(_("with payment methods"), default=False)
    positions = models.JSONField(default=dict)
    """By kind of object: the gateway's position behind what was written, or `done`."""
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("account import")
        verbose_name_plural = _("account imports")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "site", "livemode"], name="account_import_tenant"
            ),
            models.CheckConstraint(
                condition=Q(source__in=_SOURCES), name="account_import_source_known"
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="account_import_newest"
            ),
        ]  # fmt: skip


class ImportedRecord(TenantModel):
    """One object of another account, and what became of it here: the ledger that makes importing safe to repeat."""

    PREFIX: ClassVar[str] = "irec"

    class State(models.TextChoices):
        DONE = "done", _("Imported")
        REFUSED = "refused", _("Not imported")

    source = models.CharField(_("from"), max_length=12)
    kind = models.CharField(_("type"), max_length=16)
    source_id = models.CharField(_("ID there"), max_length=255)
    object_id = models.CharField(_("ID here"), max_length=128, blank=True, default="")
    state = models.CharField(_("state"), max_length=8, choices=State.choices)
    reason = models.CharField(_("remark"), max_length=500, blank=True, default="")
    digest = models.CharField(max_length=64)
    """Of what was read, so that what has not changed is left alone."""
    seen_at = models.DateTimeField(_("last read"))

    class Meta:
        verbose_name = _("imported record")
        verbose_name_plural = _("imported records")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="imported_record_tenant"),
            models.UniqueConstraint(
                fields=["site", "livemode", "source", "kind", "source_id"], name="imported_record_once"
            ),
            models.CheckConstraint(
                condition=Q(source__in=_SOURCES), name="imported_record_source_known"
            ),
            models.CheckConstraint(
                condition=Q(state="done") & ~Q(object_id="") | Q(state="refused") & ~Q(reason=""),
                name="imported_record_says_what_became",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                "site", "livemode", "object_id", condition=~Q(object_id=""), name="imported_record_of_object"
            ),
            models.Index(
                "site", "livemode", F("seen_at").desc(), F("id").desc(), condition=Q(state="refused"),
                name="imported_record_refused",
            ),
        ]  # fmt: skip
