"""The first page of the portal: what needs the customer, the next payment, and what there is."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from customers.models import Address
from payments.billing.models import Subscription
from payments.billing.services import document_parts
from payments.models import PaymentMethod
from portal.services import overviews
from portal.services.next_payments import NextPayment
from portal.services.overviews import Overview
from portal.views import concerns, doors, statement
from portal.views.doors import Visit
from portal.views.invoices import paper_rows


@doors.customer_page
@require_safe
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the overview."""
    overview = overviews.of(visit.customer, at=visit.at)
    context = {
        "headline": visit.configuration.headline,
        "concerns": concerns.of(visit, overview),
        "next": _next(visit, overview),
        "subscriptions": _subscriptions(visit, overview),
        "may_see_history": visit.may("invoice_history"),
        "papers": paper_rows(visit, overview.history),
        "methods": _methods(visit, overview),
        "details": _details(visit, overview),
        "may_change_methods": visit.may("payment_method_update"),
        "may_change_details": visit.may("customer_update"),
    }
    return doors.shown(request, visit, "portal/home.html", context)


def _next(visit: Visit, overview: Overview) -> dict[str, Any] | None:
    """Return the next payment: how much, when, with what, and for what."""
    upcoming = overview.upcoming
    if upcoming is None:
        return None
    to = visit.reader
    method = next((one for one in overview.methods if one.pk == upcoming.method_id), None)
    return {
        "amount": statement.money(upcoming.amount, upcoming.currency, to),
        "when": _when(visit, upcoming, method),
        "method": _method(visit, method) if method else None,
        "parts": [_part(visit, part, overview) for part in upcoming.parts],
    }


def _when(visit: Visit, upcoming: NextPayment, method: PaymentMethod | None) -> str:
    words = {"date": statement.date_of(upcoming.on, visit.reader)}
    if not upcoming.is_charged:
        return pgettext("page", "You get an invoice on %(date)s") % words
    if method is None:
        return pgettext("page", "Due on %(date)s") % words
    return pgettext("page", "On %(date)s, charged automatically") % words


def _part(visit: Visit, part: Any, overview: Overview) -> str:
    if isinstance(part, Subscription):
        return statement.subscription_name(part, overview.items.get(str(part.pk), []))
    return statement.schedule_name(part)


def _subscriptions(visit: Visit, overview: Overview) -> list[dict[str, Any]]:
    """Return what is paid again and again."""
    to = visit.reader
    found = []
    for row in overview.subscriptions:
        items = overview.items.get(str(row.pk), [])
        found.append(
            {
                "name": statement.subscription_name(row, items),
                "cost": statement.subscription_cost(row, items, to),
                "next": statement.next_of(row, to),
                "badge": statement.subscription_badge(row),
            }
        )
    for schedule in overview.schedules:
        on = statement.date_of(schedule.next_on, to) if schedule.next_on else ""
        found.append(
            {
                "name": statement.schedule_name(schedule),
                "cost": statement.schedule_cost(schedule, to),
                "next": pgettext("page", "Next on %(date)s") % {"date": on},
                "badge": (pgettext("page", "Active"), "ok"),
            }
        )
    return found


def _methods(visit: Visit, overview: Overview) -> list[statement.MethodRow]:
    return [_method(visit, method) for method in overview.methods]


def _method(visit: Visit, method: PaymentMethod) -> statement.MethodRow:
    default = visit.customer.default_payment_method_id
    return statement.method_row(method, default=default, at=visit.at)


def _details(visit: Visit, overview: Overview) -> list[tuple[str, list[str]]]:
    """Return who is billed: label and lines each, of what is known."""
    customer = visit.customer
    address = customer.default_addresses.get(Address.Kind.BILLING) or {}
    found = [
        (pgettext("page", "Name"), [customer.shown_name]),
        (pgettext("page", "Email address"), [customer.email]),
        (
            pgettext("page", "Address"),
            list(document_parts.address_lines(address, visit.reader)),
        ),
        (
            pgettext("page", "Tax ID"),
            [f"{one.kind.replace('_', ' ').upper()} {one.value}" for one in overview.tax_ids],
        ),
    ]
    return [(label, lines) for label, lines in found if any(lines)]
