"""Operations: what a gateway was asked, committed before it was asked, until its answer is known."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel
from payments.models.charges import Charge
from payments.models.gateway_accounts import GatewayAccount
from payments.models.refunds import Refund


class Operation(TenantModel):
    """One act at a gateway. `reference` is our id for it there, and its idempotency key: `ch_…`, `ch_…/capture`.

    `open` means that the gateway may have acted and we do not know; the reconciler asks at `next_check_at`, however
    often it takes. `waiting` means that the customer or the bank has to act; `flagged`, that a person has to look.
    """

    PREFIX: ClassVar[str] = "gop"

    class Kind(models.TextChoices):
        AUTHORIZE = "authorize", _("Charge")
        CAPTURE = "capture", _("Capture")
        VOID = "void", _("Void")
        REFUND = "refund", _("Refund")

    class State(models.TextChoices):
        OPEN = "open", _("Asked")
        WAITING = "waiting", _("Waiting for the customer or the bank")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        FLAGGED = "flagged", _("To be looked at")

    gateway_account = models.ForeignKey(
        GatewayAccount, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    kind = models.CharField(_("act"), max_length=12, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    reference = models.CharField(_("our reference"), max_length=80)
    gateway_reference = models.CharField(
        _("gateway's reference"), max_length=255, blank=True, default=""
    )
    charge = models.ForeignKey(
        Charge, on_delete=models.PROTECT, related_name="operations", db_constraint=False
    )
    refund = models.ForeignKey(
        Refund,
        on_delete=models.PROTECT,
        null=True,
        related_name="operations",
        db_constraint=False,
        db_index=False,
    )
    request_key = models.CharField(max_length=64, null=True)  # noqa: DJ001 -- as on Charge; kept where the act is a capture
    makes_room = models.BooleanField(default=False)
    """Whether what this releases makes room for another try, so that the payment's intent stays open."""
    security_code = models.CharField(max_length=255, blank=True, default="")
    """The vault's reference for a security code that was entered again for a saved card; the code is kept nowhere."""
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    checks = models.SmallIntegerField(_("times asked again"), default=0)
    next_check_at = models.DateTimeField(_("next check"), null=True)
    missed_at = models.DateTimeField(null=True)
    """When the gateway's books first showed no trace of it."""
    said = models.CharField(_("last answer"), max_length=500, blank=True, default="")
    settled_at = models.DateTimeField(_("settled"), null=True)

    class Meta:
        verbose_name = _("gateway operation")
        verbose_name_plural = _("gateway operations")
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "reference"], name="operation_reference_once"
            ),
            models.UniqueConstraint(
                fields=["charge", "kind"],
                condition=Q(kind__in=["capture", "void"], state__in=["open", "waiting"]),
                name="operation_one_open_per_charge",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="operation_amount"),
        ]
        indexes = [
            models.Index(
                F("next_check_at"), condition=Q(next_check_at__isnull=False), name="operation_due"
            ),
            models.Index(
                "site",
                "livemode",
                F("created_at").desc(),
                condition=Q(state__in=["open", "flagged"]),
                name="operation_unclear",
            ),
        ]
