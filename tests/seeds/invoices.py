"""One of each of invoices and what stands on them."""

from tests.seeds.catalog import SHIPPING_RATE

NAMES = frozenset(
    {
        "invoice", "invoiceitem", "invoice_payment", "line_item", "open_invoice", "sent_invoice",
        "pending_item", "payable_invoice", "late_invoice", "unsent_invoice",
        "attachable_intent", "other_line", "partly_paid_invoice",
    }
)  # fmt: skip
NEEDS = {
    "invoices/<id:pk>/attach_payment": "partly_paid_invoice",
    "invoices/<id:pk>/finalize": "unsent_invoice",
    "invoices/<id:pk>/mark_uncollectible": "late_invoice",
    "invoices/<id:pk>/pay": "payable_invoice",
    "invoices/<id:pk>/send": "sent_invoice",
    "invoices/<id:pk>/void": "open_invoice",
}
BODIES = {
    "invoices/<id:pk>/pay": {"payment_method": "pm_card_visa"},
    "invoiceitems/<id:pk>": {"description": "Theirs"},
    "invoices/<id:pk>": {"description": "Theirs"},
    "invoices/<id:pk>/add_lines": {"lines": [{"amount": 1}]},
    "invoices/<id:pk>/attach_payment": {"payment_intent": "<id:attachable_intent>"},
    "invoices/<id:pk>/remove_lines": {"lines": [{"id": "<id:other_line>", "behavior": "unassign"}]},
    "invoices/<id:pk>/update_lines": {"lines": [{"id": "<id:line_item>", "description": "Theirs"}]},
    "invoices/<id:invoice>/lines/<id:pk>": {"description": "Theirs"},
}
NEEDED = {
    "GET invoices/search": {"query": "status:'draft'"},
    "POST invoiceitems": {"customer": "cus_0", "amount": 100, "currency": "usd"},
    "POST invoices": {"email": "jenny@example.com"},
    "POST invoices/<id:pk>/add_lines": {"lines": [{"amount": 1}]},
    "POST invoices/<id:pk>/attach_payment": {"payment_intent": "pi_0"},
    "POST invoices/<id:pk>/remove_lines": {"lines": [{"id": "il_0", "behavior": "delete"}]},
    "POST invoices/<id:pk>/update_lines": {"lines": [{"id": "il_0", "amount": 1}]},
    "POST invoices/create_preview": {"customer": "cus_0"},
}
SEARCHES = {"invoices/search": "-status:null"}

INVOICE = {
    "description": "Thank you",
    "footer": "Acme",
    "custom_fields": [{"name": "PO", "value": "4711"}],
    "metadata": {"tier": "gold"},
    "pending_invoice_items_behavior": "include",
    "statement_descriptor": "ACME",
    "payment_settings": {"payment_method_types": ["card"]},
    "auto_advance": True,
    "collection_method": "send_invoice",
    "due_date": 1_900_000_000,
    "number": "2026/17",
    "rendering": {"amount_tax_display": "exclude_tax", "pdf": {"page_size": "a4"}},
    "issuer": {"type": "self"},
    "shipping_cost": {"shipping_rate_data": SHIPPING_RATE},
    "shipping_details": {
        "name": "Jenny R.",
        "phone": "+66 2 000 0000",
        "address": {"line1": "Dock 4", "country": "TH"},
    },
}
"""An invoice that uses every parameter that leaves something to be seen."""


def seed(api, customer):
    """Make them, and return their ids by the names of their schemas."""

    def make(path, **params):
        answer = api.post(path, params)
        assert answer.status == 200, answer.body
        return answer.body["id"]

    lee = make(
        "customers", name="Lee", email="lee.rosen@example.com"
    )  # whom no other seed gives money

    def billed(**params):
        invoice = make("invoices", customer=lee, currency="usd", **params)
        make("invoiceitems", customer=lee, invoice=invoice, amount=2000, currency="usd")
        return invoice

    product = make("products", name="Paper")
    price = make("prices", product=product, currency="usd", unit_amount=500)
    rate = make("tax_rates", display_name="VAT", percentage=7, inclusive=False)
    coupon = make("coupons", percent_off=10, duration="forever")
    item = make(
        "invoiceitems", customer=customer, pricing={"price": price}, quantity=3, tax_rates=[rate],
        discounts=[{"coupon": coupon}], period={"start": 1_700_000_000, "end": 1_700_086_400},
        metadata={"tier": "gold"},
    )  # fmt: skip
    draft = make(
        "invoices", **INVOICE, customer=customer, default_tax_rates=[rate],
        discounts=[{"coupon": coupon}],
    )  # fmt: skip
    make(f"invoices/{draft}/add_lines", lines=[{"amount": 300, "description": "Ink"}])
    lines = api.get(f"invoices/{draft}/lines").ids
    open_invoice, late, payable, partly_paid = (billed() for _ in range(4))
    for invoice in (open_invoice, late, payable, partly_paid):
        make(f"invoices/{invoice}/finalize")
    return {
        "invoice": draft,
        "invoiceitem": item,
        "invoice_payment": api.get("invoice_payments", invoice=open_invoice).ids[0],
        "line_item": lines[0],
        "other_line": lines[-1],
        "attachable_intent": make("payment_intents", customer=lee, amount=700, currency="usd"),
        "partly_paid_invoice": partly_paid,
        "late_invoice": late,
        "open_invoice": open_invoice,
        "payable_invoice": payable,
        "unsent_invoice": billed(),
        "pending_item": make("invoiceitems", customer=customer, amount=100, currency="usd"),
        "sent_invoice": billed(collection_method="send_invoice"),
    }
