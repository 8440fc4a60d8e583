"""What payments shows on the home page: what came in, what failed, and what waits for somebody."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from customers.admin.choices import Choice
from customers.admin.home import Section
from customers.kit import clock
from payments.admin import shown
from payments.models import Charge, Dispute, DueClaim, Operation
from payments.services import due_work

DAYS = 30
MOST = 10_000  # charges that are added up; a site that has more is told that there are more
WAITING = 6  # of each kind
State = Operation.State


def section(choice: Choice) -> Section:
    """Return the section for the chosen site and mode."""
    assert choice.site is not None  # noqa: S101 -- the home page of a site
    at = clock.now()
    totals, is_more = _totals(at=at)
    return Section(
        "admin/payments/home.html",
        {
            "figures": _figures(totals, choice.site.default_currency, is_more=is_more),
            "waiting": _disputes() + _acts(at=at) + _failures(),
            "list_url": reverse("admin:payments_charge_changelist"),
        },
    )


def _totals(*, at: datetime) -> tuple[list[dict[str, Any]], bool]:
    """Return what was taken in 30 days and today by currency, and whether there was more than was added up."""
    midnight = localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    days = (at - timedelta(days=DAYS), at)  # test clocks may be ahead
    newest = Charge.objects.filter(created_at__range=days).newest_first()
    net, paid = F("amount_captured") - F("amount_refunded"), Q(status=Charge.Status.SUCCEEDED)
    rows = Charge.objects.filter(pk__in=newest.values("pk")[:MOST]).order_by()
    totals: list[Any] = list(
        rows.values("currency").annotate(
            taken=Sum(net, filter=paid, default=0),
            today=Sum(net, filter=paid & Q(created_at__gte=midnight), default=0),
            payments=Count("pk", filter=paid),
            failed=Count("pk", filter=Q(status=Charge.Status.FAILED)),
            tries=Count("pk"),
        )
    )
    return totals, sum(row["tries"] for row in totals) >= MOST


def _figures(
    totals: list[dict[str, Any]], currency: str, *, is_more: bool
) -> list[tuple[str, str, str, str]]:
    """Return the figures: a label, a value, a note, and where to see more."""
    payments = reverse("admin:payments_charge_changelist")
    by_size = sorted(totals, key=lambda row: (row["currency"] != currency, -row["taken"]))
    first, *others = by_size or [{"currency": currency, "taken": 0, "today": 0}]
    failed, paid = (sum(row[name] for row in totals) for name in ("failed", "payments"))

    def value(name: str) -> str:
        return shown.money(first[name], first["currency"])

    def note(name: str) -> str:
        return " · ".join(
            shown.money(row[name], row["currency"]) for row in others[:3] if row[name]
        )

    more = _("of the newest %(count)s payments") % {"count": f"{MOST:,}"} if is_more else ""
    return [
        (_("Today"), value("today"), note("today"), f"{payments}?created=day"),
        (_("Last 30 days"), value("taken"), more or note("taken"), f"{payments}?created=month"),
        (_("Payments in 30 days"), f"{paid:,}", "", f"{payments}?created=month&status=paid"),
        (_("Failed in 30 days"), f"{failed:,}", "", f"{payments}?created=month&status=failed"),
    ]


def _disputes() -> list[dict[str, Any]]:
    rows = Dispute.objects.filter(status=Dispute.Status.NEEDS_RESPONSE).select_related(
        "charge__customer"
    )
    return [
        {
            "url": reverse("admin:payments_dispute_page", args=[dispute.pk]),
            "title": _("Answer the dispute of %(amount)s")
            % {"amount": shown.money(dispute.amount, dispute.currency)},
            "who": shown.payer(dispute.charge),
            "when": dispute.evidence_due_at,
            "style": "bad",
            "words": _("Dispute"),
        }
        for dispute in rows.order_by("-created_at", "-id")[:WAITING]
    ]


def _acts(*, at: datetime) -> list[dict[str, Any]]:
    """Return what a person has to look at, and what a gateway has not answered for longer than a moment."""
    silent = Q(state=State.OPEN, created_at__lt=at - timedelta(minutes=1))
    unclear = Operation.objects.filter(
        state__in=[State.OPEN, State.FLAGGED]
    )  # as their index has it
    rows = unclear.filter(Q(state=State.FLAGGED) | silent).select_related("charge__customer")
    return [
        {
            "url": reverse("admin:payments_charge_page", args=[operation.charge_id]),
            "title": _("%(act)s of %(amount)s")
            % {
                "act": operation.get_kind_display(),
                "amount": shown.money(operation.amount, operation.currency),
            },
            "who": shown.payer(operation.charge),
            "when": operation.created_at,
            "style": "bad" if operation.state == State.FLAGGED else "warn",
            "words": shown.operation_badge(operation)[0],
        }
        for operation in rows.order_by("-created_at", "-id")[:WAITING]
    ]


def _failures() -> list[dict[str, Any]]:
    """Return what was due, could not be carried out, and will be tried again."""
    return [
        {
            "url": _page_of(claim),
            "title": _("%(act)s failed %(tries)s times: %(reason)s")
            % {"act": claim.kind, "tries": claim.tries, "reason": claim.said},
            "who": claim.object_id,
            "when": claim.claimed_until,
            "style": "bad",
            "words": _("Due work"),
        }
        for claim in due_work.in_vain()[:WAITING]
    ]


def _page_of(claim: DueClaim) -> str:
    """Return the address of the page of what is due; the home page, where there is none."""
    kind = due_work.kinds.get(claim.kind)
    if kind is not None:
        meta = kind.model._meta
        with suppress(NoReverseMatch):
            name = f"admin:{meta.app_label}_{meta.model_name}_page"
            return reverse(name, args=[claim.object_id])
    return reverse("admin:index")
