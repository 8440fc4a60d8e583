"""Checkout sessions, as the API calls them: made, changed, expired.

What the page does with them is in `checkout_visits` and `checkout_payments`.

Source: https://docs.stripe.com/payments/checkout/how-checkout-works
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.kit import ids, statements, tenancy
from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer
from customers.services import customers, test_clocks
from payments.billing.services import shipping_rates
from portal.models import CheckoutItem, CheckoutMode, CheckoutSession, PaymentLink
from portal.services import checkout_items, checkout_terms, checkout_totals
from portal.services.checkout_outcomes import give_up
from portal.services.checkout_states import Status, get, locked, missing, url_of

__all__ = ["create", "expire", "from_link", "get", "missing", "update", "url_of"]

_SECRET = 32  # characters


def create(
    *,
    details: Mapping[str, Any],
    line_items: Sequence[Mapping[str, Any]] = (),
    at: datetime,
) -> CheckoutSession:
    """Make a session, and the page on which a customer completes it.

    Args:
        details: columns by name; `mode` and `success_url` at least. `expires_at` may be left out.
        line_items: as `checkout_items.prepared` takes them.

    Raises:
        NotFound: something that is named is not there.
        InvalidRequest: it does not fit together.
    """
    customer: Customer | None = details.get("customer")
    at = test_clocks.now_for(customer, at)
    for name in ("success_url", "cancel_url"):
        if details.get(name):
            checkout_terms.check_url(details[name], param=name)
    session = _fresh({**details, "is_customer_known": customer is not None}, at=at)
    session.expires_at = checkout_terms.expiry(details.get("expires_at"), at=at)
    session.due_at = session.expires_at
    session.email = session.customer_email or (customer.email if customer else "")
    with transaction.atomic(savepoint=False):
        items = checkout_items.prepared(session, line_items, at=at)
        _write(session, items, customer=customer, at=at)
    return session


def from_link(link: PaymentLink, details: Mapping[str, Any], *, at: datetime) -> CheckoutSession:
    """Make the session of somebody who has opened a payment link.

    Args:
        details: columns by name that the link's own do not say.

    Raises:
        InvalidRequest: what it offers cannot be had any more.
    """
    names = (
        "mode", "currency", "customer_creation", "submit_type", "collects", "payment_method_types",
        "intent_data", "subscription_data", "invoice_data", "shipping_options", "metadata",
    )  # fmt: skip
    taken = {name: getattr(link, name) for name in names}
    taken["collects"] = {**link.collects, "after_completion": link.after_completion}
    session = _fresh({**taken, **details, "payment_link": link}, at=at)
    session.expires_at = session.due_at = checkout_terms.expiry(None, at=at)
    session.email = session.customer_email
    with transaction.atomic(savepoint=False):
        items = checkout_items.copied(checkout_items.of(link), session)
        _write(session, items, customer=None, at=at)
    return session


def update(
    session: CheckoutSession,
    *,
    details: Mapping[str, Any],
    line_items: Sequence[Mapping[str, Any]] | None = None,
    at: datetime,
) -> CheckoutSession:
    """Change a session.

    Args:
        details: `metadata` (merged), `shipping_options` (ids), `intent_data` (columns of the payment intent, merged),
            `shipping` (what was collected).
        line_items: all that there are to be; one with the `id` of an item stays with what it does not say.

    Raises:
        NotFound: something that is named is not there.
        InvalidState: it is over, or its payment has begun, and more than metadata is to be changed.
        InvalidRequest: it does not fit together.
    """
    with transaction.atomic(savepoint=False):
        row = locked(session)
        if "metadata" in details:
            row.metadata = customers.merged_metadata(row.metadata, details["metadata"])
        rest = {name: value for name, value in details.items() if name != "metadata"}
        if rest or line_items is not None:
            _check_changeable(row)
            _apply(row, rest)
            items = _replaced(row, line_items, at=at)
            checkout_totals.work_out(row, items, customer=row.customer, at=at)
            CheckoutItem.objects.bulk_update(items, checkout_totals.OF_ITEMS)
        row.save()
    return row


def expire(session: CheckoutSession, *, at: datetime) -> CheckoutSession:
    """Let nobody complete a session any more. No transaction may be open: what waits for a customer is called off.

    Raises:
        InvalidState: it is over, or its payment is under way.
        GatewayUnavailable: the gateway does not say what became of a payment.
    """
    if session.status != Status.OPEN:
        raise InvalidState(
            "Only Checkout Sessions with a status in `open` can be expired. This Checkout Session has a status of "
            f"{session.status}.",
            param="session",
        )
    row = give_up(session, at=at)
    if row.status != Status.EXPIRED:
        raise InvalidState(
            "This Checkout Session cannot be expired, because its payment is under way.",
            param="session",
        )
    return row


# -- below the public ones --------------------------------------------------------------------------------------------


def _fresh(details: Mapping[str, Any], *, at: datetime) -> CheckoutSession:
    scope = tenancy.current()
    columns = {name: value for name, value in details.items() if name != "expires_at"}
    columns["metadata"] = customers.merged_metadata({}, details.get("metadata"))
    session = statements.new_instance(
        CheckoutSession,
        id=CheckoutSession.new_id(),
        livemode=scope.livemode,
        created_at=at,
        secret=ids.random_letters(_SECRET),
        **columns,
    )
    session.site = scope.site
    return session


def _write(
    session: CheckoutSession,
    items: Sequence[CheckoutItem],
    *,
    customer: Customer | None,
    at: datetime,
) -> None:
    checkout_terms.check_shipping(session)
    if session.shipping_options:
        session.shipping_rate = shipping_rates.get(session.shipping_options[0])
    if session.mode != CheckoutMode.SETUP:
        checkout_totals.work_out(session, items, customer=customer, at=at)
    statements.insert(session, *items)


def _check_changeable(session: CheckoutSession) -> None:
    if session.status != Status.OPEN or session.begun_at is not None:
        raise InvalidState(
            "You can only update this Checkout Session while it is open and its payment has not begun.",
            code="checkout_session_not_open",
        )
    if session.mode == CheckoutMode.SETUP:
        raise InvalidRequest("Nothing else of a session in `setup` mode can be updated.")


def _apply(session: CheckoutSession, details: Mapping[str, Any]) -> None:
    if "shipping_options" in details:
        session.shipping_options = details["shipping_options"] or []
        checkout_terms.check_shipping(session)
        chosen = session.shipping_options
        session.shipping_rate = shipping_rates.get(chosen[0]) if chosen else None
    if "intent_data" in details:
        said = dict(details["intent_data"])
        if "metadata" in said:
            said["metadata"] = customers.merged_metadata(
                session.intent_data.get("metadata") or {}, said["metadata"]
            )
        session.intent_data = {**session.intent_data, **said}
    if "shipping" in details:
        session.collected = {**session.collected, "shipping": details["shipping"]}


def _replaced(
    session: CheckoutSession, wanted: Sequence[Mapping[str, Any]] | None, *, at: datetime
) -> list[CheckoutItem]:
    """Return a locked session's items, replaced by those that are wanted."""
    current = checkout_items.of(session)
    if wanted is None:
        return current
    checkout_terms.check_has_items(wanted, session.mode)
    kept = {item.pk: item for item in current}
    said = [_said(each, kept, place) for place, each in enumerate(wanted)]
    CheckoutItem.objects.filter(session=session).delete()
    items = checkout_items.prepared(session, said, at=at)
    for item, each in zip(items, wanted, strict=True):
        item.pk = each.get("id") or item.pk
    statements.insert(*items)
    return items


def _said(wanted: Mapping[str, Any], kept: dict[str, CheckoutItem], place: int) -> dict[str, Any]:
    """Return what an item is to be: what is not said of one that is there, and taken from those, stays."""
    if "id" not in wanted:
        return dict(wanted)
    item = kept.pop(wanted["id"], None)
    if item is None:
        raise InvalidRequest(
            f"No such line item: '{wanted['id']}'", param=f"line_items[{place}][id]"
        )
    stays: dict[str, Any] = {
        "quantity": item.quantity,
        "tax_rates": item.tax_rate_ids,
        "metadata": item.metadata,
        "adjustable_quantity": {
            "enabled": item.least_quantity is not None,
            "minimum": item.least_quantity or 0,
            "maximum": item.most_quantity or 0,
        },
    }
    if "price_data" not in wanted:
        stays["price"] = item.price
    return {**stays, **wanted}
