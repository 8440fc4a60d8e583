"""Imports: a file of customers that somebody brings, read, checked and carried out by the worker."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models.base import TenantModel
from customers.models.operators import Operator


class Import(TenantModel):
    """A file whose rows become customers.

    The file is gone through from its beginning, first to check it and then to carry it out. `offset` says up to which
    byte, and `read` up to which record; both move in the transaction that does the records before them, so that each
    is done once, whenever a worker dies. No move publishes an event: what becomes of each row publishes its own.
    """

    PREFIX: ClassVar[str] = "imp"

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        NDJSON = "ndjson", _("JSON, one object on a line")

    class Encoding(models.TextChoices):
        UTF_8 = "utf-8", _("UTF-8")
        CP1252 = "cp1252", _("Windows-1252")

    class Match(models.TextChoices):
        EXTERNAL_ID = "external_id", _("External ID")
        EMAIL = "email", _("Email")
        NOTHING = "nothing", _("Nothing: every row is a new customer")

    class OnMatch(models.TextChoices):
        UPDATE = "update", _("Change the customer")
        SKIP = "skip", _("Leave the customer as it is")

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", _("Canceled")

    WORKING: ClassVar[tuple[Status, ...]] = (Status.CHECKING, Status.RUNNING)
    WAITING: ClassVar[tuple[Status, ...]] = (Status.UPLOADED, Status.CHECKED)
    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.UPLOADED, Status.CHECKING): "",
            (Status.UPLOADED, Status.RUNNING): "",
            (Status.UPLOADED, Status.CANCELED): "",
            (Status.CHECKING, Status.CHECKED): "",
            (Status.CHECKING, Status.CANCELED): "",
            (Status.CHECKING, Status.FAILED): "",
            (Status.CHECKED, Status.UPLOADED): "",
            (Status.CHECKED, Status.CHECKING): "",
            (Status.CHECKED, Status.RUNNING): "",
            (Status.CHECKED, Status.CANCELED): "",
            (Status.RUNNING, Status.DONE): "",
            (Status.RUNNING, Status.CANCELED): "",
            (Status.RUNNING, Status.FAILED): "",
        }
    )

    operator = models.ForeignKey(
        Operator, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    actor = models.CharField(_("by"), max_length=254, blank=True, default="")
    """In whose name customers are made and changed; empty where a command does it."""
    file_name = models.CharField(_("file"), max_length=255)
    format = models.CharField(_("format"), max_length=6, choices=Format.choices)
    encoding = models.CharField(
        _("encoding"), max_length=6, choices=Encoding.choices, default=Encoding.UTF_8
    )
    delimiter = models.CharField(_("separator"), max_length=1, default=",")
    size = models.BigIntegerField(_("size"))
    """In bytes."""
    digest = models.CharField(max_length=64)
    """SHA-256 of the bytes, in hexadecimal."""
    body_at = models.BigIntegerField(default=0)
    """Where the first record begins, in bytes."""
    columns = ArrayField(models.CharField(max_length=255), verbose_name=_("columns"), default=list)
    """Those of the file, in its order, no two alike."""
    mapping = models.JSONField(_("mapping"), default=dict, blank=True)
    """By column, the field that it fills, in the API's names; columns that are left out fill none."""
    match = models.CharField(
        _("known customers are found by"),
        max_length=12,
        choices=Match.choices,
        default=Match.EXTERNAL_ID,
    )
    on_match = models.CharField(
        _("with a known customer"), max_length=6, choices=OnMatch.choices, default=OnMatch.SKIP
    )

    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.UPLOADED
    )
    offset = models.BigIntegerField(default=0)
    read = models.BigIntegerField(_("rows"), default=0)
    created = models.BigIntegerField(_("created"), default=0)
    updated = models.BigIntegerField(_("changed"), default=0)
    skipped = models.BigIntegerField(_("left as they were"), default=0)
    failed = models.BigIntegerField(_("refused"), default=0)
    error = models.CharField(_("error"), max_length=500, blank=True, default="")
    begun_at = models.DateTimeField(_("begun"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="import_tenant"),
            models.CheckConstraint(
                condition=Q(format__in=["csv", "ndjson"]), name="import_format_known"
            ),
            models.CheckConstraint(
                condition=Q(encoding__in=["utf-8", "cp1252"]), name="import_encoding_known"
            ),
            models.CheckConstraint(
                condition=Q(match__in=["external_id", "email", "nothing"]),
                name="import_match_known",
            ),
            models.CheckConstraint(
                condition=Q(on_match__in=["update", "skip"]), name="import_on_match_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "uploaded",
                        "checking",
                        "checked",
                        "running",
                        "done",
                        "failed",
                        "canceled",
                    ]
                ),
                name="import_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["done", "failed", "canceled"])
                ^ Q(finished_at__isnull=True),
                name="import_ended_has_date",
            ),
            models.CheckConstraint(
                condition=Q(read=F("created") + F("updated") + F("skipped") + F("failed")),
                name="import_counts_add_up",
            ),
            models.CheckConstraint(
                condition=Q(offset__gte=0, offset__lte=F("size")), name="import_offset_in_file"
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="import_newest"
            ),
            models.Index("created_at", name="import_age"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_working(self) -> bool:
        """Whether the worker is at it, or will be."""
        return self.status in self.WORKING

    @property
    def has_ended(self) -> bool:
        return self.finished_at is not None

    @property
    def valid(self) -> int:
        """How many of the rows that were read can become customers, or have."""
        return self.read - self.failed

    @property
    def percent(self) -> int:
        """How much of the file the present pass has gone through, rounded down."""
        return 100 if not self.size else self.offset * 100 // self.size


class ImportChunk(TenantModel):
    """Some bytes of an import's file; all chunks but the last are of one size."""

    PREFIX: ClassVar[str] = "impc"

    of = models.ForeignKey(
        Import,
        on_delete=models.CASCADE,
        related_name="chunks",
        db_constraint=False,
        db_index=False,
    )
    position = models.BigIntegerField()
    """How many chunks come before it."""
    data = models.BinaryField()

    class Meta:
        verbose_name = _("piece of a file")
        verbose_name_plural = _("pieces of files")
        constraints = [
            models.UniqueConstraint(fields=["of", "position"], name="import_chunk_once"),
        ]


class ImportFault(TenantModel):
    """A row of an import's file that was refused, as it came, and why."""

    PREFIX: ClassVar[str] = "impf"

    of = models.ForeignKey(
        Import,
        on_delete=models.CASCADE,
        related_name="faults",
        db_constraint=False,
        db_index=False,
    )
    number = models.BigIntegerField(_("row"))
    """Which record of the file it is, from 1; the header is none."""
    column = models.CharField(_("column"), max_length=255, blank=True, default="")
    """The one whose value was refused; empty where it is the row as such."""
    message = models.CharField(_("what is wrong"), max_length=1000)
    record = models.JSONField()
    """CSV: the cells; NDJSON: the line."""

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        constraints = [
            models.UniqueConstraint(fields=["of", "number"], name="import_fault_once"),
        ]
