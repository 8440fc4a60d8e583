"""The items of subscriptions, one at a time: each change is one of the subscription, and billed as such."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.kit.errors import NotFound
from payments.billing.models import Subscription, SubscriptionItem
from payments.billing.services import subscription_changes as changes
from payments.billing.services.subscription_wishes import ItemWish, items_of


def no_such_item(pk: str, *, param: str = "id") -> NotFound:
    """Return the error for an item that is not there."""
    return NotFound(f"No such subscription_item: '{pk}'", param=param)


def get(pk: str, *, param: str = "id") -> SubscriptionItem:
    """Return an item that was not deleted, with its price and subscription.

    Raises:
        NotFound: there is none.
    """
    rows = SubscriptionItem.objects.filter(deleted_at__isnull=True)
    found = rows.select_related("price__product", "subscription__customer").filter(pk=pk).first()
    if found is None:
        raise no_such_item(pk, param=param)
    return found


def create(
    subscription: Subscription, wish: ItemWish, *, details: Mapping[str, Any], at: datetime
) -> SubscriptionItem:
    """Add an item to a subscription, with what that costs for the rest of the period.

    Raises:
        NotFound: there is no such price, tax rate, coupon or code.
        InvalidRequest: the subscription has ended, or the price does not fit it.
    """
    before = set(items_of(subscription).values_list("pk", flat=True))
    changes.update(subscription, wishes=[wish], details=details, at=at)
    rows = items_of(subscription).select_related("subscription").exclude(pk__in=before)
    return rows.order_by("-position").get(price__isnull=False)


def update(
    item: SubscriptionItem, wish: ItemWish, *, details: Mapping[str, Any], at: datetime
) -> SubscriptionItem:
    """Change an item, with what that costs for the rest of the period.

    Raises:
        NotFound: there is no such price, tax rate, coupon or code.
        InvalidRequest: the subscription has ended, or the price does not fit it.
    """
    changes.update(item.subscription, wishes=[wish], details=details, at=at)
    return get(item.pk)


def delete(item: SubscriptionItem, *, details: Mapping[str, Any], at: datetime) -> SubscriptionItem:
    """Delete an item, and give back what is unused of it.

    Raises:
        InvalidRequest: it is the subscription's only one, or that has ended.
    """
    wish = ItemWish(pk=item.pk, is_deleted=True)
    changes.update(item.subscription, wishes=[wish], details=details, at=at)
    return item
