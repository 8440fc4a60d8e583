"""Where billing joins in when customers and payments act; registered in `payments.billing.apps`."""

from typing import Any

from django.db.models import Q

from customers.services import (
    cash_balances,
    customers,
    discounting,
    erasing,
    erasures,
    merge_parts,
    paying,
    powers,
    privacy,
    retention,
    test_clocks,
)
from customers.services.powers import Power
from customers.services.privacy import Kept
from payments.billing.models import (
    CreditNote,
    Discount,
    Invoice,
    InvoiceItem,
    PromotionCode,
    Subscription,
    SubscriptionSchedule,
)
from payments.billing.services import (
    demo,
    discounts,
    due_invoices,
    invoice_cash,
    invoice_drafts,
    invoice_revisions,
    invoice_settling,
    invoice_states,
    invoices,
    merging,
    schedule_steps,
    subscription_outcomes,
    subscription_setup,
    subscription_steps,
    subscriptions,
    telling,
    upcoming_invoices,
)
from payments.billing.services import erasing as billing_erasing
from payments.services import demo as payments_demo
from payments.services import due_work, intent_progress, setup_intents


def register() -> None:
    """Enter the functions; subscriptions end before what they are billed with."""
    privacy.kept.register(kept)
    erasing.treatments.register(billing_erasing.treatments)
    erasing.open_items.register(billing_erasing.open_items)
    retention.joined.register(billing_erasing.kept)
    retention.in_business.register(billing_erasing.invoiced)
    retention.in_business.register(billing_erasing.subscribed)
    erasures.newest_documents.register(billing_erasing.newest_document)
    merge_parts.parts.register(merging.parts)
    merge_parts.when_moved.register(merging.follow)
    customers.when_deleted.register(subscriptions.cancel_all)
    customers.when_deleted.register(discounts.end_all)
    customers.when_deleted.register(invoice_drafts.stop_all)
    discounting.prepares.register("default", discounts.prepare_for_customer)
    paying.when_replaced.register(invoices.retry_open)
    intent_progress.when_moved.register(invoice_settling.follow)
    intent_progress.when_many_move.register(invoice_settling.foresee)
    setup_intents.when_succeeded.register(subscription_setup.on_saved)
    cash_balances.when_funded.register(invoice_cash.use_for_open)
    invoice_states.when_finalized.register(invoice_cash.use)
    invoice_states.when_replacing.register(invoice_revisions.replace)
    payments_demo.when_filled.register(demo.fill)
    due_invoices.register()
    telling.register()
    subscription_outcomes.register()
    upcoming_invoices.register()
    schedule_steps.register()
    subscription_steps.register()
    test_clocks.limits.register(subscription_steps.farthest)
    due_work.register(
        due_work.Kind(
            "discount.end", Discount, "end_at",
            lambda discount, at: discounts.finish(discount, at=at),
            condition=Q(removed_at=None, invoice=None, invoice_item=None),
            clock="customer__test_clock",
        )
    )  # fmt: skip
    register_writers()


def register_writers() -> None:
    """Enter with which powers billing's tables are written; payments settle invoices, and those subscriptions."""
    bills, develops, deletes = Power.MANAGE_BILLING, Power.MANAGE_DEVELOPERS, Power.DELETE
    money = {Power.MOVE_MONEY, Power.REFUND}
    powers.written_with(
        {bills},
        "billing_coupon",
        "billing_promotioncode",
        "billing_product",
        "billing_price",
        "billing_shippingrate",
        "billing_taxrate",
        "billing_creditnote",
        "billing_creditnoteline",
        "billing_creditnoterefund",
    )
    powers.written_with(
        {bills, develops, deletes} | money,
        "billing_subscription",
        "billing_subscriptionitem",
        "billing_subscriptionschedule",
        "billing_invoice",
        "billing_invoiceitem",
        "billing_invoiceline",
        "billing_invoicepayment",
        "billing_discount",
    )
    powers.written_with({Power.MERGE}, "billing_customerrevenue", "billing_subscriptionrevenue")
    powers.written_with({Power.MERGE}, *(part.model._meta.db_table for part in merging.parts()))
    # No page adds up: the worker does.
    powers.written_with(
        (),
        "billing_customerrevenue",
        "billing_dailyfigure",
        "billing_figurebook",
        "billing_pendingfigure",
        "billing_subscriptionrevenue",
    )


def kept() -> tuple[Kept, ...]:
    """Return what billing keeps of a customer."""
    return tuple(
        Kept(name, lambda customer, model=model: model.objects.filter(customer=customer))  # type: ignore[misc]  # a default binds the model early
        for name, model in _KEPT.items()
    )


_KEPT: dict[str, Any] = {
    "subscriptions": Subscription,
    "subscription_schedules": SubscriptionSchedule,
    "invoices": Invoice,
    "invoice_items": InvoiceItem,
    "credit_notes": CreditNote,
    "discounts": Discount,
    "promotion_codes": PromotionCode,
}
