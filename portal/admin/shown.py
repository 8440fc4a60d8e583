"""How the dashboard puts checkouts: their states, and what they offer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from customers.admin.shown import money
from payments.admin.shown import Badge
from payments.billing.admin import shown
from portal.models import CheckoutItem, CheckoutSession, PaymentLink

Status, Paid = CheckoutSession.Status, CheckoutSession.PaymentStatus
_STYLES = {Status.OPEN: "warn", Status.COMPLETE: "ok", Status.EXPIRED: ""}
_NAMED = 2  # items of a row of a list


def session_badges(session: CheckoutSession) -> list[Badge]:
    """Return the state of a session, and that of its payment where it says more."""
    badges: list[Badge] = [(str(Status(session.status).label), _STYLES[Status(session.status)])]
    if session.status == Status.COMPLETE and session.payment_status == Paid.UNPAID:
        badges.append((_("Not paid yet"), "warn"))
    return badges


def link_badge(link: PaymentLink) -> Badge:
    """Return the state of a link."""
    if link.takes_more:
        return _("Active"), "ok"
    return (_("Full"), "warn") if link.is_active else (_("Switched off"), "")


def total(session: CheckoutSession) -> str:
    """Return what a session comes to; empty where it only saves a method."""
    return money(session.amount_total, session.currency) if session.mode != "setup" else ""


def items_of(owners: Sequence[Any], column: str) -> dict[str, list[CheckoutItem]]:
    """Return the items of sessions or links in order, by the ids of these.

    Args:
        column: `session` or `payment_link`.
    """
    found: dict[str, list[CheckoutItem]] = defaultdict(list)
    rows = CheckoutItem.objects.filter(**{f"{column}__in": [owner.pk for owner in owners]})
    for item in rows.order_by(column, "position"):
        found[str(getattr(item, f"{column}_id"))].append(item)
    return found


def named(items: Sequence[CheckoutItem]) -> str:
    """Return what is offered, in a line."""
    names = [_counted(item) for item in items[:_NAMED]]
    if len(items) > _NAMED:
        names.append(_("and %(count)d more") % {"count": len(items) - _NAMED})
    return ", ".join(names)


def lines(items: Iterable[CheckoutItem]) -> list[dict[str, Any]]:
    """Return what is offered, as `admin/billing/line_table.html` shows it; prices and products must be loaded."""
    return [
        {
            "text": item.description,
            "period": _choice_of(item),
            "quantity": item.quantity,
            "unit": shown.unit_price(item.price, item.currency),
            "amount": money(item.amount_subtotal, item.currency),
        }
        for item in items
    ]


def _counted(item: CheckoutItem) -> str:
    return item.description if item.quantity == 1 else f"{item.quantity} × {item.description}"


def _choice_of(item: CheckoutItem) -> str:
    if item.least_quantity is None:
        return ""
    between = {"least": item.least_quantity, "most": item.most_quantity}
    return _("Customers choose from %(least)s to %(most)s") % between
