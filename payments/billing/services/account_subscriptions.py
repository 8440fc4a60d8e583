"""Subscriptions of another account, kept as records: their own system bills them, and nothing here does.

Source: https://docs.stripe.com/api/subscriptions/object
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from customers.kit import tenancy
from customers.kit.errors import InvalidState
from payments.billing.models import Subscription, SubscriptionItem
from payments.billing.services import account_catalog
from payments.services.account_ledger import Kind, Ledger, Written, free_id, needed, own_id

_INSTANTS = {
    "start_at": "start_date", "anchor_at": "billing_cycle_anchor", "trial_start_at": "trial_start",
    "trial_end_at": "trial_end", "cancel_at": "cancel_at", "canceled_at": "canceled_at", "ended_at": "ended_at",
}  # fmt: skip
_LEFT_OUT = {"discounts": "discounts", "default_tax_rates": "tax rates", "schedule": "schedule"}


def write(ledger: Ledger, said: Mapping[str, Any], object_id: str, *, at: datetime) -> Written:
    """Write a subscription down, or what it has become, within the open transaction.

    Raises:
        InvalidState: its customer or a price was not imported, or it is billed here by now.
        InvalidRequest: a price cannot be made here.
    """
    check(said)
    columns, items = _columns(ledger, said), _items(ledger, said, at=at)
    first = items[0].price
    columns |= {"interval": first.interval, "interval_count": first.interval_count}
    pk = object_id or own_id(ledger.source, said["id"])
    row = Subscription.objects.filter(pk=pk).first()
    if row is None:
        scope = tenancy.current()
        row = Subscription(
            id=free_id(Subscription, pk), site=scope.site, livemode=scope.livemode,
            created_at=_instant(said["created"]),
            imported_from=ledger.source,
        )  # fmt: skip
    elif not row.imported_from:
        raise InvalidState("It is billed here by now.")
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(force_insert=row._state.adding)
    _keep_items(row, items)
    return Written(row, _remark(said))


def check(said: Mapping[str, Any]) -> None:
    """Refuse a subscription that has nothing in it that repeats.

    Raises:
        InvalidState: that is so.
    """
    prices = [account_catalog.as_price(_price_of(item)) for item in said["items"]["data"]]
    if not prices:
        raise InvalidState("It has no items.")
    for price in prices:
        account_catalog.check_price(price)


def _columns(ledger: Ledger, said: Mapping[str, Any]) -> dict[str, Any]:
    source_id = said["customer"]
    ended = said["status"] in Subscription.ENDED
    columns: dict[str, Any] = {
        ours: _instant(said[theirs]) if said.get(theirs) else None
        for ours, theirs in _INSTANTS.items()
    }
    start, end = _period(said)
    method = ledger.ours(Kind.PAYMENT_METHOD, said.get("default_payment_method"))
    return {
        **columns,
        **_ending(said),
        "customer_id": needed(ledger.ours(Kind.CUSTOMER, source_id), "customer", source_id),
        "status": said["status"],
        "start_at": columns["start_at"] or _instant(said["created"]),
        "anchor_at": columns["anchor_at"] or start,
        "ended_at": (columns["ended_at"] or columns["canceled_at"] or end) if ended else None,
        "period_start": start,
        "period_end": end,
        "currency": said["currency"] if said.get("currency") else _price_of(said["items"]["data"][0])["currency"],
        "collection_method": said.get("collection_method") or Subscription.Collection.CHARGE,
        "days_until_due": _days_until_due(said),
        "description": said.get("description") or "",
        "metadata": said.get("metadata") or {},
        "default_payment_method_id": method or None,
    }  # fmt: skip


def _ending(said: Mapping[str, Any]) -> dict[str, Any]:
    details = said.get("cancellation_details") or {}
    pause = said.get("pause_collection") or {}
    return {
        "cancels_at_period_end": bool(said.get("cancel_at_period_end")),
        "cancellation_comment": (details.get("comment") or "")[:500],
        "cancellation_feedback": details.get("feedback") or "",
        "cancellation_reason": details.get("reason") or "",
        "pause_behavior": pause.get("behavior") or "",
        "pause_resumes_at": _instant(pause["resumes_at"]) if pause.get("resumes_at") else None,
    }


def _period(said: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Return the current period, which newer versions tell by item."""
    first = said["items"]["data"][0]
    start = said.get("current_period_start") or first["current_period_start"]
    end = said.get("current_period_end") or first["current_period_end"]
    return _instant(start), _instant(end)


def _days_until_due(said: Mapping[str, Any]) -> int | None:
    if said.get("collection_method") != Subscription.Collection.SEND:
        return None
    return int(said.get("days_until_due") or 0)


def _price_of(item: Mapping[str, Any]) -> Mapping[str, Any]:
    price: Mapping[str, Any] = item.get("price") or item["plan"]
    return price


def _items(ledger: Ledger, said: Mapping[str, Any], *, at: datetime) -> list[SubscriptionItem]:
    """Return the unsaved items."""
    scope, subscribed = tenancy.current(), _instant(said["created"])
    return [
        SubscriptionItem(
            id=item["id"], site=scope.site, livemode=scope.livemode, position=place,
            created_at=_instant(item.get("created") or said["created"]),
            price=account_catalog.ensured(ledger, _price_of(item), at=at),
            quantity=1 if item.get("quantity") is None else item["quantity"],
            metadata=item.get("metadata") or {}, subscribed_at=subscribed,
        )
        for place, item in enumerate(said["items"]["data"])
    ]  # fmt: skip


def _keep_items(row: Subscription, items: list[SubscriptionItem]) -> None:
    """Let the record have these items, and mark those that it has no more."""
    known = {item.pk: item for item in SubscriptionItem.objects.filter(subscription=row)}
    named = {(item.price_id, item.position): item for item in known.values()}
    kept = set()
    for item in items:
        same = known.get(item.pk) or named.get((item.price_id, item.position))
        if same is None:
            item.id = free_id(SubscriptionItem, item.pk)
        else:
            item.id = same.pk
        item.subscription = row
        item.save(force_insert=same is None)
        kept.add(item.pk)
    gone = SubscriptionItem.objects.filter(subscription=row, deleted_at=None).exclude(pk__in=kept)
    gone.update(deleted_at=row.period_start)


def _remark(said: Mapping[str, Any]) -> str:
    missing = [word for name, word in _LEFT_OUT.items() if said.get(name)]
    return f"Without its {' and '.join(missing)}." if missing else ""


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
