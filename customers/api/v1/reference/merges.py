"""What the reference says of merges."""

from typing import Any

_MADE = 1_767_225_600
_FIELD = "Whose value is taken."

MEMBERS: dict[str, str] = {
    "choices": "Whose values are taken where the two differ, `kept` or `merged`, by field.",
    "merged_customer": "The id of the customer that went in; it is another name of the kept one.",
    "moved": "How many objects went over, by kind.",
    "not_restored": "What an undo left as it was, since it was changed meanwhile: fields and ids.",
    "undo_until": "Until when it can be undone, as seconds since 1970.",
    "undone_at": "When it was undone, as seconds since 1970; null while it is in force.",
}
MEMBERS_OF: dict[tuple[str, str], str] = {
    ("customer_merge", "balance"): "What went over from the balance, in minor units of `currency`.",
    ("customer_merge", "cash_balance"): "What went over from the cash balance, in minor units by currency.",
    ("customer_merge", "currency"): "The currency of the balance.",
    ("customer_merge", "customer"): "The customer that was kept.",
    ("customer_merge", "id"): "The merge's id. That of a preview is of no merge.",
    ("merge_create_params", "customer"): "The customer that goes in, by any of its names.",
    **{
        ("merge_choices", name): _FIELD
        for name in (
            "address", "default_payment_method", "description", "display_name", "email", "external_id", "first_name",
            "individual_name", "invoice_settings", "last_name", "mail_marketing", "name", "organization", "phone",
            "preferred_currency", "preferred_locales", "shipping", "tax_exempt", "tax_ip_address", "tele_marketing",
            "timezone", "username",
        )
    },
}  # fmt: skip
OPERATIONS: dict[str, tuple[str, str]] = {
    "GetCustomersCustomerMerges": ("List what was merged into a customer", "The newest first."),
    "GetCustomersCustomerMergesId": ("Retrieve a merge", ""),
    "PostCustomersCustomerMerges": (
        "Merge another customer into this one",
        (
            "Payment methods, subscriptions, invoices, payments and all else go over in one transaction, and balances "
            "are added. The id of the merged customer goes on being understood, as another name of this one. Refused "
            "where the two are billed in different currencies, or live by different test clocks."
        ),
    ),
    "PostCustomersCustomerMergesPreview": (
        "Preview a merge",
        "Answers with the merge as it would be, and changes nothing.",
    ),
    "PostCustomersCustomerMergesIdUndo": (
        "Undo a merge",
        (
            "Within 30 days: what moved goes back, with what was made for it since. What was changed meanwhile stays, "
            "and is named in `not_restored`."
        ),
    ),
}
OBJECTS: dict[str, dict[str, Any]] = {
    "customer_merge": {
        "id": "merge_2k9vq5xw0zm8t3hr72cyb4f",
        "object": "customer_merge",
        "actor": "sk_test_…4f7a",
        "balance": -500,
        "cash_balance": {},
        "choices": {"email": "kept", "phone": "merged"},
        "created": _MADE,
        "currency": "usd",
        "customer": "cus_4c8tz1m6x0v3k9qh7r2ywnba",
        "livemode": False,
        "merged_customer": "cus_9x2q7c4m1v8k3z6t5h0ywnba",
        "moved": {"invoices": 3, "payment_methods": 1},
        "not_restored": [],
        "undo_until": _MADE + 30 * 86_400,
        "undone_at": None,
    },
}
_BODY = {"customer": "cus_9x2q7c4m1v8k3z6t5h0ywnba", "choices": {"phone": "merged"}}
BODIES: dict[str, dict[str, Any]] = {
    "PostCustomersCustomerMerges": _BODY,
    "PostCustomersCustomerMergesPreview": _BODY,
}
