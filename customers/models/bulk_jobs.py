"""Bulk jobs: one act on many rows, carried out by the worker."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models.base import TenantModel
from customers.models.operators import Operator


class BulkJob(TenantModel):
    """What an operator wants done to every row of a list, or to some of them that were chosen.

    The rows are gone through from the newest one on. `cursor` says behind which row to go on; it moves in the
    transaction that does a row, so that each is done once, whenever the worker dies. Rows that came after the job are
    left alone. No move publishes an event: what is done to each row publishes its own.
    """

    PREFIX: ClassVar[str] = "bulk"

    class Act(models.TextChoices):
        TAG = "tag", _("Tag")
        SET_FIELD = "set_field", _("Set a field")
        DELETE = "delete", _("Delete")
        CARD_UPDATE = "card_update", _("Ask for a card update")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELED = "canceled", _("Canceled")
        FAILED = "failed", _("Failed")

    OPEN: ClassVar[tuple[Status, ...]] = (Status.QUEUED, Status.RUNNING)
    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.QUEUED, Status.RUNNING): "",
            (Status.QUEUED, Status.CANCELED): "",
            (Status.QUEUED, Status.FAILED): "",
            (Status.RUNNING, Status.DONE): "",
            (Status.RUNNING, Status.CANCELED): "",
            (Status.RUNNING, Status.FAILED): "",
        }
    )

    operator = models.ForeignKey(
        Operator, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    actor = models.CharField(_("by"), max_length=512)
    """The operator's email address, in whose name each row is changed."""
    table = models.CharField(max_length=64)
    act = models.CharField(_("what"), max_length=16, choices=Act.choices)
    settings = models.JSONField(default=dict)
    """What the act needs to know, such as the key and value of a tag."""
    params = models.JSONField(default=dict)
    """What narrowed the list, as it stood in its address."""
    chosen = ArrayField(models.CharField(max_length=64), default=list)
    """The ids of the rows; all that the list shows when empty."""

    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.QUEUED
    )
    total = models.BigIntegerField(_("rows"), null=True)
    done = models.BigIntegerField(_("done"), default=0)
    failed = models.BigIntegerField(_("failed"), default=0)
    cursor = models.CharField(max_length=96, blank=True, default="")
    error = models.CharField(_("error"), max_length=500, blank=True, default="")
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("bulk job")
        verbose_name_plural = _("bulk work")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="bulk_job_tenant"),
            models.CheckConstraint(
                condition=Q(act__in=["tag", "set_field", "delete", "card_update"]),
                name="bulk_job_act_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running", "done", "canceled", "failed"]),
                name="bulk_job_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"]) ^ Q(finished_at__isnull=False),
                name="bulk_job_ended_has_date",
            ),
            models.CheckConstraint(condition=Q(done__gte=0, failed__gte=0), name="bulk_job_counts"),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="bulk_job_newest"
            ),
            models.Index("finished_at", name="bulk_job_finished"),
        ]

    def __str__(self) -> str:
        return str(self.get_act_display())

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


class BulkJobPart(TenantModel):
    """A piece of a bulk job's result file: lines of CSV."""

    PREFIX: ClassVar[str] = "part"

    job = models.ForeignKey(
        BulkJob, on_delete=models.CASCADE, related_name="parts", db_constraint=False, db_index=False
    )
    position = models.BigIntegerField()
    """How many rows come before it."""
    text = models.TextField()

    class Meta:
        verbose_name = _("part of a result")
        verbose_name_plural = _("parts of results")
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="bulk_job_part_once")
        ]
