"""Erasures: a customer's personal data taken out of the record, and what stays so that it is not brought back."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models.base import TenantModel
from customers.models.customers import Customer


class Erasure(TenantModel):
    """The erasure of one customer, from the wish for it to the report.

    While it runs it holds what is looked for at the end, sealed; when it has ended it holds nothing that is personal.
    """

    PREFIX: ClassVar[str] = "eras"

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Asked for by the customer")
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELED = "canceled", _("Canceled")

    OPEN: ClassVar[tuple[str, ...]] = (Status.REQUESTED, Status.WAITING, Status.RUNNING)
    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {
            (Status.REQUESTED, Status.WAITING): "",
            (Status.REQUESTED, Status.CANCELED): "customer.erasure.canceled",
            (Status.WAITING, Status.RUNNING): "",
            (Status.WAITING, Status.CANCELED): "customer.erasure.canceled",
            (Status.RUNNING, Status.DONE): "customer.erased",
        }
    )

    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="erasures",
        db_index=False,
        db_constraint=False,
    )
    status = models.CharField(_("status"), max_length=9, choices=Status.choices)
    door = models.CharField(_("door"), max_length=16, blank=True, default="")
    actor = models.CharField(_("by"), max_length=254, blank=True, default="")
    """Who decided on it; empty where the customer asked and nobody has decided yet."""
    due_at = models.DateTimeField(_("due"), null=True)
    """Until when a customer's wish is to be answered; null where the merchant decided by itself."""
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    step = models.CharField(max_length=40, blank=True, default="")
    cursor = models.CharField(max_length=64, blank=True, default="")
    """The last row of the step that was done."""
    sealed_values = models.BinaryField(default=b"")
    """While it runs: what is erased, so that the last step can look for it."""
    counts = models.JSONField(_("rows"), default=dict)
    """By kind of row, how many were removed, emptied and kept."""
    findings = models.JSONField(_("found afterwards"), default=list)
    """Where something was still found, as kind of row and column; nothing of what was found."""
    verified_at = models.DateTimeField(_("looked through"), null=True)
    kept_until = models.DateField(_("documents are kept until"), null=True)
    """When the last of the documents that the law wants kept has been kept long enough; null where there are none."""

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="erasure_tenant"),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(status__in=["requested", "waiting", "running"]),
                name="erasure_one_open",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "waiting", "running", "done", "canceled"]),
                name="erasure_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="running") | Q(sealed_values=b""),
                name="erasure_forgets_what_it_erased",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "canceled"]) | Q(finished_at__isnull=False),
                name="erasure_ended_at",
            ),
        ]
        indexes = [
            models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), name="erasure_newest"
            ),
            models.Index(
                "customer", F("created_at").desc(), F("id").desc(), name="erasure_of_customer"
            ),
            models.Index(
                "status",
                condition=Q(status__in=["requested", "waiting", "running"]),
                name="erasure_open",
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Tell whether it has not ended."""
        return self.status in self.OPEN

    @property
    def progress(self) -> int:
        """How many rows were gone through."""
        return sum(sum(kinds.values()) for kinds in self.counts.values())


class Tombstone(TenantModel):
    """A keyed digest of what an erased customer was known by, so that an import or a restore does not bring it back."""

    PREFIX: ClassVar[str] = "tomb"

    class Kind(models.TextChoices):
        ID = "id", _("ID")
        EMAIL = "email", _("Email")
        EXTERNAL_ID = "external_id", _("External ID")

    erasure = models.ForeignKey(
        Erasure,
        on_delete=models.PROTECT,
        related_name="tombstones",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    digest = models.BinaryField()

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")
        constraints = [
            models.UniqueConstraint(fields=["erasure", "kind", "digest"], name="tombstone_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["id", "email", "external_id"]), name="tombstone_kind_known"
            ),
        ]
        indexes = [models.Index("digest", name="tombstone_digest")]
