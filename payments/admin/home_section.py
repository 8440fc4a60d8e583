"""What payments shows on the home page: the latest payments, and what waits for somebody."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from customers.admin.choices import Choice
from customers.admin.home import SHOWN, WAITING, Concern, Section, Waiting
from customers.services.powers import Power
from payments.admin import shown
from payments.models import Charge, Dispute, DueClaim, Operation
from payments.services import due_work

State = Operation.State


def section(_request: HttpRequest, choice: Choice) -> Iterator[Section]:
    """Yield the latest payments."""
    if not choice.may(Power.VIEW_PAYMENTS):
        return
    rows = Charge.objects.select_related("customer").newest_first()[:SHOWN]
    yield Section(
        "admin/payments/home.html",
        {
            "payments": [_payment(charge) for charge in rows],
            "list_url": reverse("admin:payments_charge_changelist"),
        },
        "aside",
    )


def concerns(choice: Choice, at: datetime) -> Iterator[Concern]:
    """Yield what has to be answered, what nobody knows the end of, and what failed to be carried out."""
    if choice.may(Power.VIEW_PAYMENTS):
        disputes = f"{reverse('admin:payments_dispute_changelist')}?status=needs_response"
        yield Concern(_("Disputes to answer"), _disputes(), disputes)
        yield Concern(_("Payments to look at"), _acts(at=at))
        yield Concern(_("Due work that fails"), _failures())


def _payment(charge: Charge) -> dict[str, Any]:
    failure = shown.failure(charge)
    return {
        "url": reverse("admin:payments_charge_page", args=[charge.pk]),
        "amount": shown.money(charge.amount, charge.currency),
        "who": shown.payer(charge) or charge.description or _("Nobody who is known"),
        "method": shown.charged_line(charge),
        "why": failure["message"] if failure else "",
        "badges": shown.charge_badges(charge),
        "at": charge.created_at,
    }


def _disputes() -> list[Waiting]:
    """Return the disputes that wait for an answer, those whose time is over first first."""
    rows = Dispute.objects.filter(status=Dispute.Status.NEEDS_RESPONSE).select_related(
        "charge__customer"
    )
    first = rows.order_by(F("evidence_due_at").asc(nulls_last=True), "id")
    return [
        Waiting(
            reverse("admin:payments_dispute_page", args=[dispute.pk]),
            shown.payer(dispute.charge) or str(dispute.pk),
            _("%(amount)s · %(reason)s")
            % {
                "amount": shown.money(dispute.amount, dispute.currency),
                "reason": dispute.reason.replace("_", " "),
            },
            _("Answer until") if dispute.evidence_due_at else _("Dispute"),
            "bad",
            dispute.evidence_due_at,
        )
        for dispute in first[: WAITING + 1]
    ]


def _acts(*, at: datetime) -> list[Waiting]:
    """Return what a person has to look at, and what a gateway has not answered for longer than a moment."""
    silent = Q(state=State.OPEN, created_at__lt=at - timedelta(minutes=1))
    unclear = Operation.objects.filter(
        state__in=[State.OPEN, State.FLAGGED]
    )  # as their index has it
    rows = unclear.filter(Q(state=State.FLAGGED) | silent).select_related("charge__customer")
    return [
        Waiting(
            reverse("admin:payments_charge_page", args=[operation.charge_id]),
            _("%(act)s of %(amount)s")
            % {
                "act": operation.get_kind_display(),
                "amount": shown.money(operation.amount, operation.currency),
            },
            shown.payer(operation.charge),
            shown.operation_badge(operation)[0],
            "bad" if operation.state == State.FLAGGED else "warn",
            operation.created_at,
        )
        for operation in rows.order_by("-created_at", "-id")[: WAITING + 1]
    ]


def _failures() -> list[Waiting]:
    """Return what was due, could not be carried out, and will be tried again."""
    return [
        Waiting(
            _page_of(claim),
            _("%(act)s failed %(tries)s times: %(reason)s")
            % {"act": claim.kind, "tries": claim.tries, "reason": claim.said},
            claim.object_id,
            _("Due work"),
            "bad",
            claim.claimed_until,
        )
        for claim in due_work.in_vain()[: WAITING + 1]
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
