"""What billing has of a customer who goes into another one."""

from collections import defaultdict
from datetime import datetime

from customers.models import Customer
from customers.services.merge_parts import Moving, Part
from payments.billing.models import (
    CreditNote,
    CustomerRevenue,
    Discount,
    Invoice,
    InvoiceItem,
    PromotionCode,
    Subscription,
    SubscriptionRevenue,
    SubscriptionSchedule,
)


def parts() -> tuple[Part, ...]:
    """Return what goes over; what was made for a subscription goes back with it."""
    by_subscription = {"subscription_id": "subscriptions"}
    return (
        Part("subscriptions", Subscription),
        Part("subscription_schedules", SubscriptionSchedule, follows=by_subscription),
        Part("invoices", Invoice, follows=by_subscription),
        Part("invoice_items", InvoiceItem, follows={"invoice_id": "invoices", **by_subscription}),
        Part("credit_notes", CreditNote, follows={"invoice_id": "invoices"}),
        Part(
            "discounts",
            Discount,
            make_way=_discounts,
            follows={"invoice_id": "invoices", **by_subscription},
        ),
        Part("promotion_codes", PromotionCode),
    )


def follow(old: str, new: str, at: datetime) -> None:
    """Let the monthly revenue follow the subscriptions that went from one customer to another."""
    revenues = SubscriptionRevenue.objects.filter(customer_id__in=[old, new])
    whose = dict(
        Subscription.objects.filter(pk__in=revenues.values("pk")).values_list("pk", "customer_id")
    )
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in revenues:
        customer_id = whose.get(row.pk, row.customer_id)
        if customer_id != row.customer_id:
            SubscriptionRevenue.objects.filter(pk=row.pk).update(customer_id=customer_id)
        sums[customer_id, row.currency] += row.amount
    known = CustomerRevenue.objects.filter(customer_id__in=[old, new])
    for revenue in known.select_for_update().order_by("pk"):
        amount = sums.pop((revenue.customer_id, revenue.currency), 0)
        change, revenue.amount = amount - revenue.amount, amount
        revenue.amount_before = max(0, revenue.amount_before + change)
        revenue.was_known = revenue.was_known or amount > 0
        revenue.save(update_fields=["amount", "amount_before", "was_known"])
    owner = Customer.objects.get(pk=new)
    CustomerRevenue.objects.bulk_create(
        CustomerRevenue.belonging_to(
            owner, created_at=at, customer_id=customer_id, currency=currency, amount=amount,
            amount_before=amount, moved_at=at, was_known=amount > 0,
        )
        for (customer_id, currency), amount in sums.items()
    )  # fmt: skip


def _discounts(moving: Moving) -> list[str]:
    """Leave one discount of the customer itself: the kept one's; the other one's goes over where there is none."""
    alone = Discount.objects.filter(
        subscription=None, subscription_item=None, invoice=None, invoice_item=None, removed_at=None
    )
    theirs = alone.filter(customer=moving.merged).first()
    if theirs is None:
        return []
    shown = moving.merged.discount_shown
    moving.change(moving.merged, discount_shown=None)
    if alone.filter(customer=moving.kept).exists():
        moving.change(theirs, removed_at=moving.at)
        return [theirs.pk]
    if shown is not None:
        moving.change(moving.kept, discount_shown={**shown, "customer": moving.kept.pk})
    return []
