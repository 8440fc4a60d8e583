"""What the API reference says of credit notes."""

from typing import Any

from customers.api.v1.reference.examples import CUSTOMER, MADE

Wire = dict[str, Any]
_NOTE, _LINE = "cn_7x2kq0zw6v1mt8hr43cyb9fn", "cnli_5w1kx7zq0v2mt4hr93cyb8fn"
_INVOICE, _INVOICE_LINE = "in_4k8xz1qw6v0mt2hr93cyb7fn", "il_2z6kx9qw0v4mt1hr83cyb3fn"
_NOT_HERE = "Always null: Stripe has it, and nothing here gives it a meaning."
_PREVIEWS = ("GetCreditNotesPreview", "GetCreditNotesPreviewLines")

TAGS: dict[str, str] = {
    "Credit notes": "What is taken back of a finalized invoice. A credit note first lowers what an open invoice asks "
    "for; what goes beyond that was paid, and is refunded, credited to the customer's balance, or given back "
    "elsewhere. All credit notes of an invoice together never exceed it.",
    "Credit note line items": "What a credit note takes back, line by line.",
}
MEMBERS: dict[str, str] = {}

_BOTH = {
    "discount_amount": "What it takes back of discounts, in minor units.",
    "discount_amounts": "The same by discount.",
    "pretax_credit_amounts": "What is taken off before tax: discounts.",
}
_OF_NOTE = {
    **_BOTH,
    "amount": "What it comes to with tax, in minor units.",
    "amount_shipping": "Always 0: nothing here is shipped.",
    "customer_balance_transaction": "What it gave to the customer's balance.",
    "effective_at": "The date that stands on it, as seconds since 1970.",
    "invoice": "The invoice that it takes back of.",
    "lines": "The first ten of its lines.",
    "memo": "What the customer reads on it.",
    "number": "Its number: the invoice's, and how many there are of it.",
    "out_of_band_amount": "What is given back elsewhere, in minor units; null where nothing is.",
    "pdf": "Where the credit note is downloaded as PDF; whoever has the address may.",
    "post_payment_amount": "What of it was paid before, in minor units, and is given back.",
    "pre_payment_amount": "By how much it lowers what the invoice asks for, in minor units.",
    "reason": "Why it was issued.",
    "refunds": "The refunds by which it gives back.",
    "shipping_cost": _NOT_HERE,
    "status": "Whether it counts (`issued`) or was taken back (`void`).",
    "subtotal": "Its lines after their own discounts, in minor units, before the invoice's discounts and the tax that "
    "is added.",
    "subtotal_excluding_tax": "The same without the tax that the amounts include.",
    "total": "What it comes to with tax and after all discounts, in minor units.",
    "total_excluding_tax": "The same without tax.",
    "total_taxes": "What it takes back of taxes, by tax rate.",
    "type": "Whether it was issued before payment, after it, or both (`mixed`).",
    "voided_at": "When it was taken back, as seconds since 1970.",
}
_OF_LINE = {
    **_BOTH,
    "amount": "In minor units, before discounts and before tax that is added.",
    "description": "What is taken back.",
    "invoice_line_item": "The line of the invoice; null for a line of its own.",
    "quantity": "How many pieces; null where an amount was given.",
    "tax_rates": "The tax rates of the line.",
    "taxes": "What it takes back of taxes, by tax rate.",
    "type": "Whether it is of a line of the invoice, or one of its own.",
    "unit_amount": "What one piece costs, in minor units, of a line of its own; null where it is no whole number.",
    "unit_amount_decimal": "The same with up to twelve decimals.",
}
_WANTED_LINE = {
    "amount": "How much to take back of the invoice's line, in minor units, before discounts and before tax that is "
    "added. Either this or `quantity`.",
    "description": "The text of a line of its own.",
    "invoice_line_item": "The invoice's line, for the type `invoice_line_item`.",
    "quantity": "How many pieces of the invoice's line; of a line of its own, what the unit amount is multiplied by.",
    "tax_rates": "The tax rates of a line of its own.",
    "type": "Whether it is of a line of the invoice, or one of its own.",
    "unit_amount": "What one piece of a line of its own costs, in minor units.",
    "unit_amount_decimal": "The same with up to twelve decimals.",
}
_WANTED = {
    "amount": "What to credit in all, with tax, in minor units. Either this or `lines`; beside them it must be what "
    "they come to.",
    "credit_amount": "How much to credit to the customer's balance, in minor units.",
    "effective_at": "The date that stands on it, as seconds since 1970; now when left out.",
    "invoice": "The invoice, which is open or paid.",
    "lines": "What to take back of which line.",
    "memo": "What the customer reads on it.",
    "out_of_band_amount": "How much is given back elsewhere, in minor units.",
    "reason": "Why it is issued.",
    "refund_amount": "How much to refund of the charge that paid the invoice, in minor units.",
    "refunds": "Refunds that were made before, and that it accounts for.",
}
_TAX = {
    "amount": "In minor units.",
    "tax_behavior": "Whether the amounts include the tax, or it is added.",
    "tax_rate_details": "The tax rate.",
    "taxability_reason": "Why it is taxed so, in Stripe's words.",
    "taxable_amount": "What is taxed, in minor units.",
    "type": "Always `tax_rate_details`.",
}
_CUT = {
    "amount": "In minor units.",
    "credit_balance_transaction": _NOT_HERE,
    "discount": "The discount.",
    "type": "Always `discount`.",
}


def _of(component: str, texts: dict[str, str]) -> dict[tuple[str, str], str]:
    return {(component, name): text for name, text in texts.items()}


MEMBERS_OF: dict[tuple[str, str], str] = {
    **_of("credit_note", _OF_NOTE),
    **_of("credit_note_line_item", _OF_LINE),
    **_of("credit_note_create_params", _WANTED),
    **_of("credit_note_update_params", {"memo": "What the customer reads on it."}),
    **_of("credited_line_hash", _WANTED_LINE),
    **_of(
        "linked_refund_hash",
        {
            "amount_refunded": "How much of it, in minor units; all that no other credit note accounts for when "
            "left out.",
            "refund": "The refund, of a charge that paid the invoice.",
            "type": "Always `refund`.",
        },
    ),
    **_of(
        "credit_note_refund_hash",
        {
            "amount_refunded": "How much of the refund, in minor units.",
            "payment_record_refund": _NOT_HERE,
            "refund": "The refund.",
            "type": "Always `refund`.",
        },
    ),
    **{
        (f"{component}.{member}", name): text
        for component, member in (
            ("credit_note", "total_taxes"),
            ("credit_note_line_item", "taxes"),
        )
        for name, text in _TAX.items()
    },
    **{
        (f"{component}.{member}", name): text
        for component in ("credit_note", "credit_note_line_item")
        for member in ("discount_amounts", "pretax_credit_amounts")
        for name, text in _CUT.items()
        if member != "discount_amounts" or name in {"amount", "discount"}
    },
    ("credit_note.total_taxes.tax_rate_details", "tax_rate"): "The tax rate's id.",
    ("credit_note_line_item.taxes.tax_rate_details", "tax_rate"): "The tax rate's id.",
}
PARAMETERS: dict[tuple[str, str], str] = {
    **{(operation, name): text for operation in _PREVIEWS for name, text in _WANTED.items()},
    ("GetCreditNotes", "customer"): "Only this customer's credit notes.",
    ("GetCreditNotes", "invoice"): "Only this invoice's credit notes.",
}
OPERATIONS: dict[str, tuple[str, str]] = {
    "GetCreditNotesPreview": (
        "Preview a credit note",
        "What it would be, with its amounts and its number; nothing is written.",
    ),
    "GetCreditNotesPreviewLines": ("List the lines of a credit note's preview", "In its order."),
    "GetCreditNotes": ("List all credit notes", "The newest first."),
    "PostCreditNotes": (
        "Create a credit note",
        (
            "Of an open invoice it lowers what is due; an invoice of which nothing is left is paid. What was paid "
            "before is given back as you say: the refund, the credit to the balance and what is given back elsewhere "
            "add up to it. Discounts and taxes of a line are credited in proportion; with a line's last part they "
            "come to exactly what they were."
        ),
    ),
    "PostCreditNotesCreditNote": ("Update a credit note", "Its amounts stay."),
    "PostCreditNotesCreditNoteVoid": (
        "Void a credit note",
        (
            "While its invoice is open, which then asks for the whole again. What was given back is not voided, "
            "unless its refunds have failed."
        ),
    ),
    "GetCreditNotesCreditNoteLines": ("List a credit note's lines", "In its order."),
}
_LINE_SHOWN: Wire = {
    "id": _LINE,
    "object": "credit_note_line_item",
    "amount": 1500,
    "description": "Museum pass",
    "discount_amount": 0,
    "discount_amounts": [],
    "invoice_line_item": _INVOICE_LINE,
    "livemode": False,
    "metadata": {},
    "pretax_credit_amounts": [],
    "quantity": 1,
    "tax_rates": [],
    "taxes": [],
    "type": "invoice_line_item",
    "unit_amount": None,
    "unit_amount_decimal": None,
}
OBJECTS: dict[str, Wire] = {
    "credit_note": {
        "id": _NOTE,
        "object": "credit_note",
        "amount": 1500,
        "amount_shipping": 0,
        "created": MADE,
        "currency": "usd",
        "customer": CUSTOMER,
        "customer_account": None,
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": MADE,
        "invoice": _INVOICE,
        "lines": {
            "object": "list",
            "data": [_LINE_SHOWN],
            "has_more": False,
            "url": f"/v1/credit_notes/{_NOTE}/lines",
        },
        "livemode": False,
        "memo": "One pass was not used.",
        "metadata": {},
        "number": "0759376C-0001-CN-01",
        "out_of_band_amount": None,
        "pdf": "https://billing.example.com/credit-notes/cn_1x7kz5qw3v9mt4hr60cyb8fn-8d1f/pdf",
        "post_payment_amount": 0,
        "pre_payment_amount": 1500,
        "pretax_credit_amounts": [],
        "reason": "order_change",
        "refunds": [],
        "shipping_cost": None,
        "status": "issued",
        "subtotal": 1500,
        "subtotal_excluding_tax": 1500,
        "total": 1500,
        "total_excluding_tax": 1500,
        "total_taxes": [],
        "type": "pre_payment",
        "voided_at": None,
    },
    "credit_note_line_item": _LINE_SHOWN,
}
_WANTED_SHOWN: Wire = {
    "invoice": _INVOICE,
    "lines": [{"type": "invoice_line_item", "invoice_line_item": _INVOICE_LINE, "quantity": 1}],
}
BODIES: dict[str, Wire] = {
    "PostCreditNotes": {
        **_WANTED_SHOWN,
        "memo": "One pass was not used.",
        "reason": "order_change",
    },
    "PostCreditNotesCreditNote": {"memo": "One pass was not used."},
}
QUERIES: dict[str, Wire] = {
    "GetCreditNotesPreview": _WANTED_SHOWN,
    "GetCreditNotesPreviewLines": _WANTED_SHOWN,
}
PATHS: dict[str, str] = {"credit_note": _NOTE}
METHODS: dict[str, tuple[str, str]] = {
    "GetCreditNotesPreview": ("credit_notes.preview", "creditNotes.preview"),
    "GetCreditNotesPreviewLines": (
        "credit_notes.preview_lines.list", "creditNotes.listPreviewLineItems",
    ),
    "GetCreditNotes": ("credit_notes.list", "creditNotes.list"),
    "PostCreditNotes": ("credit_notes.create", "creditNotes.create"),
    "GetCreditNotesCreditNote": ("credit_notes.retrieve", "creditNotes.retrieve"),
    "PostCreditNotesCreditNote": ("credit_notes.update", "creditNotes.update"),
    "PostCreditNotesCreditNoteVoid": (
        "credit_notes.void_credit_note", "creditNotes.voidCreditNote",
    ),
    "GetCreditNotesCreditNoteLines": ("credit_notes.line_items.list", "creditNotes.listLineItems"),
}  # fmt: skip
