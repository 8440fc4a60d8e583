"""What the API reference says of subscriptions, their items and schedules."""

from typing import Any

from customers.api.v1.reference.examples import CUSTOMER, MADE
from payments.billing.api.v1.reference import catalog

Wire = dict[str, Any]
_SUBSCRIPTION, _ITEM = "sub_5k8xz2qw6v0mt1hr93cyb4fn", "si_8z6kx1qw0v4mt9hr23cyb7fn"
_SCHEDULE, _INVOICE = "sub_sched_2m3kz7qw1x0vt6hr94cyb5fn", "in_4k8xz1qw6v0mt2hr93cyb7fn"
_MONTH_LATER = MADE + 31 * 86_400
_YEAR_LATER = MADE + 365 * 86_400
_NOT_HERE = "Always null: Stripe has it, and nothing here gives it a meaning."
_AS_SECONDS = "as seconds since 1970"
_SPLIT = (
    "Whether what is unused is given back and the rest of the period asked for: with the next invoice "
    "(`create_prorations`), at once (`always_invoice`), or not at all (`none`)."
)
_OF_INVOICES = "What the subscription's invoices say beside their lines."
_ON_INVOICES = {
    "custom_fields": "What else stands on the invoices: up to four names and values, in the place of the customer's.",
    "description": "What stands on the invoices above their lines.",
    "footer": "What stands at the end of the invoices, in the place of the customer's footer.",
}
_FIELD_NAME = "What is left of the colon on the invoice."
_FIELD_VALUE = "What is right of the colon on the invoice."

TAGS: dict[str, str] = {
    "Subscriptions": "What a customer has agreed to pay again and again. Periods are counted from the billing anchor "
    "and billed in advance; a change within a period gives back what is unused and asks for the rest.",
    "Subscription items": "The prices of a subscription, each with its quantity.",
    "Subscription schedules": "Changes of a subscription that are planned ahead, phase by phase; the first phase may "
    "begin later.",
}
MEMBERS: dict[str, str] = {
    "account_tax_ids": "Always null: invoices show the tax IDs that the site's settings have.",
    "add_invoice_items": "What is billed once, with the next invoice.",
    "application_fee_percent": _NOT_HERE,
    "backdate_start_date": "When it began, where that was in the past: the first invoice bills the time since.",
    "billed_until": _NOT_HERE,
    "billing_cycle_anchor": "The instant from which periods are counted; where you send it, `now` begins them anew.",
    "billing_cycle_anchor_config": "Which day of the month periods begin on, and which time of the day, in UTC.",
    "billing_mode": "How parts of periods are computed: always `flexible`, from what was billed after discounts.",
    "billing_schedules": "Always empty: Stripe has it, and nothing here gives it a meaning.",
    "billing_thresholds": _NOT_HERE,
    "cancel_at": f"When it ends by itself, {_AS_SECONDS}; `min_period_end` and `max_period_end` stand for the end of "
    "the period.",
    "cancel_at_period_end": "Whether it ends with the period that is under way.",
    "cancel_now": "Whether to preview what is billed if it ends now.",
    "cancellation_details": "Why it ends.",
    "collection_method": "Whether invoices are charged automatically (`charge_automatically`) or sent to the customer "
    "(`send_invoice`).",
    "comment": "What the customer said about the end, in their words.",
    "completed_at": f"When its last phase was over, {_AS_SECONDS}.",
    "current_period_end": f"When the period that was billed last ends, {_AS_SECONDS}.",
    "current_period_start": f"When the period that was billed last began, {_AS_SECONDS}.",
    "current_phase": "The phase that is under way; null before the first one and behind the last one.",
    "current_trial": _NOT_HERE,
    "day_of_month": "From 1 to 31; the last day in a month that lacks it.",
    "days_until_due": "How many days after it was sent an invoice is to be paid.",
    "default_settings": "What all phases have in common, unless one says otherwise.",
    "default_tax_rates": "The tax rates of items that have none of their own.",
    "end_behavior": "What happens behind the last phase, or when a trial ends without a payment method.",
    "end_date": f"When the phase ends, {_AS_SECONDS}.",
    "ended_at": f"When it ended, {_AS_SECONDS}.",
    "feedback": "Why the customer leaves.",
    "feedback_option": _NOT_HERE,
    "from_subscription": "The subscription to take over; its current period becomes the first phase.",
    "hour": "From 0 to 23, in UTC.",
    "invoice_now": "Whether what is pending is billed at once; otherwise pending prorations are dropped.",
    "items": "The prices and their quantities.",
    "issuer": "Who bills: always the account itself.",
    "iterations": "How many of the prices' intervals the phase lasts, in the place of `end_date`.",
    "latest_invoice": "The invoice that was made last.",
    "managed_payments": _NOT_HERE,
    "minute": "From 0 to 59.",
    "missing_payment_method": "What happens when the trial ends and there is nothing to charge: it is billed all the "
    "same (`create_invoice`), ends (`cancel`), or waits to be resumed (`pause`).",
    "month": "From 1 to 12, where periods are of several months.",
    "next_pending_invoice_item_invoice": _NOT_HERE,
    "pause_collection": "What becomes of new invoices while collection is paused; null where it is not.",
    "pause_schedules": "Always empty: Stripe has it, and nothing here gives it a meaning.",
    "payment_behavior": "What happens where the invoice cannot be paid at once: it stays open (`allow_incomplete`), "
    "waits for the customer without a try (`default_incomplete`), or the request is refused with status 402 and "
    "nothing is changed (`error_if_incomplete`, for which the payment method must be a card: the money is held first).",
    "payment_settings": "How invoices are paid.",
    "pending_invoice_item_interval": _NOT_HERE,
    "pending_setup_intent": "The setup intent by which the customer saves what will be charged, where a subscription "
    "begins with nothing to pay (`payment_behavior` is `default_incomplete`) and there is no payment method. What it "
    "saves becomes the subscription's default, and this null again.",
    "pending_update": _NOT_HERE,
    "phases": "What follows each other, each with the items that the subscription then has.",
    "plan": "The price, as a plan.",
    "presentment_details": _NOT_HERE,
    "preserve_cancel_date": "Whether a subscription that would have ended behind the last phase still does.",
    "preview_mode": "Whether to show the invoice that comes next (`next`), or what comes again and again "
    "(`recurring`).",
    "price": "The price.",
    "prorate": "Whether the unused time is given back.",
    "proration_behavior": _SPLIT,
    "proration_date": f"The instant for which parts of the period are computed, {_AS_SECONDS}.",
    "released_at": f"When its subscription went on without it, {_AS_SECONDS}.",
    "released_subscription": "The subscription that went on without it.",
    "resumes_at": f"When collection goes on by itself, {_AS_SECONDS}.",
    "save_default_payment_method": "Whether the method that pays an invoice becomes the subscription's default.",
    "schedule": "The schedule that changes it.",
    "schedule_details": "What is to become of a schedule, or how one would begin.",
    "second": "From 0 to 59.",
    "start_date": f"When it begins or began, {_AS_SECONDS}.",
    "timestamp": f"The instant, {_AS_SECONDS}, where `type` is `timestamp`.",
    "trial": "Whether the whole phase is free.",
    "trial_end": f"When the trial ends, {_AS_SECONDS}; where you send it, `now` ends it.",
    "trial_from_plan": "Whether it begins with the days of trial that its prices have.",
    "trial_settings": "What happens when a trial ends.",
    "trial_start": f"When the trial began, {_AS_SECONDS}.",
}
MEMBERS_OF: dict[tuple[str, str], str] = {
    ("subscription", "status"): "Whether it waits for its first payment (`incomplete`), is free at first (`trialing`), "
    "runs (`active`), owes its last invoice (`past_due`, `unpaid`), waits for a payment method (`paused`), or is over "
    "(`canceled`, `incomplete_expired`).",
    ("anchor_hash", "type"): "Whether periods begin anew `now`, or stay as they are (`unchanged`).",
    ("preview_anchor_hash", "type"): "Whether periods begin anew `now`, stay as they are (`unchanged`), or begin at an "
    "instant (`timestamp`).",
    ("subscription.pause_collection", "behavior"): "Whether new invoices stay drafts (`keep_as_draft`), or become void "
    "(`void`) or uncollectible (`mark_uncollectible`) at once.",
    ("pause_hash", "behavior"): "Whether new invoices stay drafts (`keep_as_draft`), or become void (`void`) or "
    "uncollectible (`mark_uncollectible`) at once.",
    **{
        (owner, name): text
        for owner in (
            "schedule_invoice_settings_hash", "subscription_invoice_settings_hash",
            "subscription.invoice_settings",
        )
        for name, text in _ON_INVOICES.items()
    },
    ("common_hash", "invoice_settings"): _OF_INVOICES,
    ("issuer_hash", "type"): "Always `self`: the account issues its own invoices.",
    ("phase_hash", "invoice_settings"): _OF_INVOICES,
    ("changed_phase_hash", "invoice_settings"): _OF_INVOICES,
    ("subscription", "invoice_settings"): _OF_INVOICES,
    ("subscription_create_params", "invoice_settings"): _OF_INVOICES,
    ("subscription_update_params", "invoice_settings"): _OF_INVOICES,
    ("subscription.invoice_settings.custom_fields", "name"): _FIELD_NAME,
    ("subscription.invoice_settings.custom_fields", "value"): _FIELD_VALUE,
    ("subscription.invoice_settings.issuer", "type"): "Always `self`: the account issues its own invoices.",
    ("invoice_preview_params", "schedule"): "The schedule whose next invoice is shown.",
    ("subscription_schedule", "status"): "Whether it has begun, and what became of it.",
}  # fmt: skip
_NARROWED = {
    "collection_method": "Only subscriptions that are collected this way.",
    "current_period_end": "Only subscriptions whose period ends then, or within a range.",
    "current_period_start": "Only subscriptions whose period began then, or within a range.",
    "customer": "Only subscriptions of the customer with this id.",
    "plan": "Only subscriptions with an item at this price.",
    "price": "Only subscriptions with an item at this price.",
    "status": "Only subscriptions in this status; `all` is each of them, `ended` those that are over. Where absent, "
    "all but those that were canceled.",
    "test_clock": "Only subscriptions on the test clock with this id. Where neither this nor a customer is named, "
    "those on clocks are left out.",
}
PARAMETERS: dict[tuple[str, str], str] = {
    **{("GetSubscriptions", name): text for name, text in _NARROWED.items()},
    ("GetSubscriptionsSearch", "page"): "The `next_page` of the answer before this one.",
    ("GetSubscriptionItems", "subscription"): "The subscription whose items are listed; it must be named.",
    ("GetSubscriptionSchedules", "canceled_at"): "Only schedules that were canceled then, or within a range.",
    ("GetSubscriptionSchedules", "completed_at"): "Only schedules that were over then, or within a range.",
    ("GetSubscriptionSchedules", "customer"): "Only schedules of the customer with this id.",
    ("GetSubscriptionSchedules", "released_at"): "Only schedules that were released then, or within a range.",
    ("GetSubscriptionSchedules", "scheduled"): "Only schedules that have not begun, or only the others.",
}  # fmt: skip
OPERATIONS: dict[str, tuple[str, str]] = {
    "GetSubscriptionsSearch": (
        "Search subscriptions",
        ("Finds subscriptions in Stripe's query language: `created`, `metadata['key']` and `status`. A subscription is "
        "found the moment it exists."),
    ),
    "GetSubscriptions": (
        "List all subscriptions", "The newest first; those that were canceled only when asked for."
    ),
    "PostSubscriptions": (
        "Create a subscription",
        ("Bills the first period and tries to collect it. Until that is paid, the subscription is `incomplete`; after "
        "23 hours it expires."),
    ),
    "PostSubscriptionsId": (
        "Update a subscription",
        ("What is left out stays as it is. Items are named by their `id`; one without is added, one with `deleted` "
        "ends. Another interval begins the periods anew."),
    ),
    "DeleteSubscriptionsId": (
        "Cancel a subscription",
        ("Ends it now. Invoices that are open are not tried any more, and nothing is given back unless `prorate` says "
        "so."),
    ),
    "PostSubscriptionsIdResume": (
        "Resume a subscription",
        "Bills the next period of a subscription that was paused when its trial ended; it is active once that is paid.",
    ),
    "GetSubscriptionItems": ("List all items of a subscription", "The newest first."),
    "PostSubscriptionItems": ("Create a subscription item", "Adds a price to a subscription."),
    "PostSubscriptionItemsId": ("Update a subscription item", "What is left out stays as it is."),
    "DeleteSubscriptionItemsId": (
        "Delete a subscription item", "The subscription must have another one; else cancel it."
    ),
    "GetSubscriptionSchedules": ("List all subscription schedules", "The newest first."),
    "PostSubscriptionSchedules": (
        "Create a subscription schedule",
        "From phases for a customer, or from a subscription that is there.",
    ),
    "PostSubscriptionSchedulesId": (
        "Update a subscription schedule",
        ("`phases` take the place of the one under way and those behind it; what the one under way says becomes true "
        "at once."),
    ),
    "PostSubscriptionSchedulesIdCancel": (
        "Cancel a subscription schedule", "Ends it and its subscription now."
    ),
    "PostSubscriptionSchedulesIdRelease": (
        "Release a subscription schedule", "The subscription goes on as it is, without the schedule."
    ),
}  # fmt: skip
_ITEM_SHOWN: Wire = {
    "id": _ITEM,
    "object": "subscription_item",
    "billed_until": None,
    "billing_thresholds": None,
    "created": MADE,
    "current_period_end": _MONTH_LATER,
    "current_period_start": MADE,
    "current_trial": None,
    "discounts": [],
    "metadata": {},
    "plan": {**catalog.OBJECTS["plan"], "id": catalog.PRICE},
    "price": catalog.OBJECTS["price"],
    "quantity": 1,
    "subscription": _SUBSCRIPTION,
    "tax_rates": [],
}
_INVOICE_SETTINGS: Wire = {
    "account_tax_ids": None,
    "custom_fields": None,
    "description": None,
    "footer": None,
    "issuer": {"type": "self"},
}
_BILLING_MODE: Wire = {
    "flexible": {"proration_discounts": "included"},
    "type": "flexible",
    "updated_at": None,
}
_AUTOMATIC_TAX: Wire = {"disabled_reason": None, "enabled": False, "liability": None}
OBJECTS: dict[str, Wire] = {
    "subscription": {
        "id": _SUBSCRIPTION,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": _AUTOMATIC_TAX,
        "billing_cycle_anchor": MADE,
        "billing_cycle_anchor_config": None,
        "billing_mode": _BILLING_MODE,
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {
            "comment": None,
            "feedback": None,
            "feedback_option": None,
            "reason": None,
        },
        "collection_method": "charge_automatically",
        "created": MADE,
        "currency": "usd",
        "customer": CUSTOMER,
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": _INVOICE_SETTINGS,
        "items": {
            "object": "list",
            "data": [_ITEM_SHOWN],
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={_SUBSCRIPTION}",
        },
        "latest_invoice": _INVOICE,
        "livemode": False,
        "managed_payments": None,
        "metadata": {},
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "presentment_details": None,
        "schedule": None,
        "start_date": MADE,
        "status": "active",
        "status_details": None,
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {
            "end_behavior": {
                "billing_cycle_anchor": None,
                "missing_payment_method": "create_invoice",
            }
        },
        "trial_start": None,
    },
    "subscription_item": _ITEM_SHOWN,
    "subscription_schedule": {
        "id": _SCHEDULE,
        "object": "subscription_schedule",
        "application": None,
        "billing_mode": _BILLING_MODE,
        "canceled_at": None,
        "completed_at": None,
        "created": MADE,
        "current_phase": {"end_date": _YEAR_LATER, "start_date": MADE},
        "customer": CUSTOMER,
        "customer_account": None,
        "default_settings": {
            "application_fee_percent": None,
            "automatic_tax": _AUTOMATIC_TAX,
            "billing_cycle_anchor": "automatic",
            "billing_thresholds": None,
            "collection_method": "charge_automatically",
            "default_payment_method": None,
            "description": None,
            "invoice_settings": {**_INVOICE_SETTINGS, "days_until_due": None},
            "on_behalf_of": None,
            "transfer_data": None,
        },
        "end_behavior": "release",
        "livemode": False,
        "metadata": {},
        "pause_schedules": [],
        "phases": [
            {
                "add_invoice_items": [],
                "application_fee_percent": None,
                "automatic_tax": None,
                "billing_cycle_anchor": None,
                "billing_thresholds": None,
                "collection_method": None,
                "currency": "usd",
                "default_payment_method": None,
                "default_tax_rates": [],
                "description": None,
                "discounts": [],
                "end_date": _YEAR_LATER,
                "invoice_settings": None,
                "items": [
                    {
                        "billing_thresholds": None,
                        "discounts": [],
                        "metadata": {},
                        "plan": catalog.PRICE,
                        "price": catalog.PRICE,
                        "quantity": 1,
                        "tax_rates": [],
                    }
                ],
                "metadata": {},
                "on_behalf_of": None,
                "proration_behavior": "create_prorations",
                "start_date": MADE,
                "transfer_data": None,
                "trial": None,
                "trial_end": None,
            }
        ],
        "released_at": None,
        "released_subscription": None,
        "status": "active",
        "subscription": _SUBSCRIPTION,
        "test_clock": None,
    },
}
BODIES: dict[str, Wire] = {
    "PostSubscriptions": {
        "customer": CUSTOMER, "items": [{"price": catalog.PRICE}], "payment_behavior": "default_incomplete",
    },
    "PostSubscriptionsIdResume": {"billing_cycle_anchor": "now"},
    "PostSubscriptionsId": {"items": [{"id": _ITEM, "quantity": 2}], "proration_behavior": "always_invoice"},
    "PostSubscriptionItems": {"subscription": _SUBSCRIPTION, "price": catalog.PRICE, "quantity": 2},
    "PostSubscriptionItemsId": {"quantity": 3},
    "PostSubscriptionSchedules": {
        "customer": CUSTOMER, "start_date": "now",
        "phases": [{"items": [{"price": catalog.PRICE}], "duration": {"interval": "year"}}],
    },
    "PostSubscriptionSchedulesId": {"end_behavior": "cancel"},
    "PostSubscriptionSchedulesIdCancel": {"invoice_now": True},
    "PostSubscriptionSchedulesIdRelease": {"preserve_cancel_date": True},
}  # fmt: skip
QUERIES: dict[str, Wire] = {
    "GetSubscriptionsSearch": {"query": "status:'active' AND metadata['tier']:'gold'"},
    "GetSubscriptionItems": {"subscription": _SUBSCRIPTION},
}
PATHS: dict[str, str] = {}
METHODS: dict[str, tuple[str, str]] = {
    "GetSubscriptionsSearch": ("subscriptions.search", "subscriptions.search"),
    "GetSubscriptions": ("subscriptions.list", "subscriptions.list"),
    "PostSubscriptions": ("subscriptions.create", "subscriptions.create"),
    "GetSubscriptionsId": ("subscriptions.retrieve", "subscriptions.retrieve"),
    "PostSubscriptionsId": ("subscriptions.update", "subscriptions.update"),
    "DeleteSubscriptionsId": ("subscriptions.cancel", "subscriptions.cancel"),
    "PostSubscriptionsIdResume": ("subscriptions.resume", "subscriptions.resume"),
    "GetSubscriptionItems": ("subscription_items.list", "subscriptionItems.list"),
    "PostSubscriptionItems": ("subscription_items.create", "subscriptionItems.create"),
    "GetSubscriptionItemsId": ("subscription_items.retrieve", "subscriptionItems.retrieve"),
    "PostSubscriptionItemsId": ("subscription_items.update", "subscriptionItems.update"),
    "DeleteSubscriptionItemsId": ("subscription_items.delete", "subscriptionItems.del"),
    "GetSubscriptionSchedules": ("subscription_schedules.list", "subscriptionSchedules.list"),
    "PostSubscriptionSchedules": ("subscription_schedules.create", "subscriptionSchedules.create"),
    "GetSubscriptionSchedulesId": (
        "subscription_schedules.retrieve",
        "subscriptionSchedules.retrieve",
    ),
    "PostSubscriptionSchedulesId": (
        "subscription_schedules.update",
        "subscriptionSchedules.update",
    ),
    "PostSubscriptionSchedulesIdCancel": (
        "subscription_schedules.cancel",
        "subscriptionSchedules.cancel",
    ),
    "PostSubscriptionSchedulesIdRelease": (
        "subscription_schedules.release",
        "subscriptionSchedules.release",
    ),
}
