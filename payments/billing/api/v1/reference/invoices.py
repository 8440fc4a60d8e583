"""What the API reference says of invoices, their items, lines and payments."""

from payments.billing.api.v1.reference.invoice_examples import BODIES, OBJECTS, PATHS, QUERIES

__all__ = [
    "BODIES",
    "MEMBERS",
    "MEMBERS_OF",
    "METHODS",
    "OBJECTS",
    "OPERATIONS",
    "PARAMETERS",
    "PATHS",
    "QUERIES",
    "TAGS",
]
_NOT_HERE = "Always null: Stripe has it, and nothing here gives it a meaning."
_SECONDS = "as seconds since 1970"

TAGS: dict[str, str] = {
    "Invoices": "What customers are asked to pay. An invoice is a draft until it is finalized: then it gets its "
    "number, the customer's balance counts, and its lines and amounts never change again. It is collected by itself "
    "(`charge_automatically`) or sent to the customer (`send_invoice`).",
    "Invoice items": "What a customer is billed for beside subscriptions: with the next invoice that takes pending "
    "items, or with one that is named.",
    "Line items": "What stands on an invoice, line by line.",
    "Invoice payments": "Money that was put to an invoice, or is asked for by a payment intent.",
}
MEMBERS: dict[str, str] = {
    "behavior": "Whether the invoice item behind the line is deleted (`delete`), or pending again (`unassign`).",
    "default_mandate": "Always null: mandates belong to payment methods.",
    "discount_amounts": "What each discount takes off, in minor units.",
    "discountable": "Whether discounts count for it; true when left out.",
    "discounts": "What is taken off: coupons, promotion codes, or discounts that the customer has.",
    "invoice_item_details": "The invoice item that is billed; null where it is a subscription's item.",
    "invoice_metadata": "What is merged into the invoice's metadata; an empty value takes a key away.",
    "amount_tax_display": "Whether lines are told with the tax that amounts include, or without it (`exclude_tax`).",
    "page_size": "The size of paper: `a4`, `letter`, or `auto` for the usual one.",
    "parent": "What it came of.",
    "pdf": "What the file looks like; null where nothing was said of that.",
    "template": _NOT_HERE,
    "template_version": _NOT_HERE,
    "period": "The time that is billed.",
    "pretax_credit_amounts": "What is taken off before tax: discounts.",
    "price_data": "A price for this one use.",
    "price_details": "The price, and its product; null where an amount of its own was given.",
    "pricing": "The price that it costs.",
    "proration": "Whether it is a part of a period, since a subscription changed within it.",
    "proration_details": "Details of a proration; null where it is none.",
    "quantity": "How many; 1 when left out.",
    "quantity_decimal": "The same, as a text.",
    "subscription_details": "The subscription that brought it about.",
    "subscription_item_details": "The subscription item that is billed; null where it is an invoice item.",
    "tax_rate": "The tax rate.",
    "tax_rate_details": "Which tax rate it is.",
    "tax_rates": "The tax rates that count for it, in the place of the invoice's; empty for the invoice's.",
    "taxability_reason": "Why so much is due: `not_available` for tax rates of your own, `customer_exempt`, or "
    "`reverse_charge`.",
    "taxable_amount": "What is taxed, in minor units, without the tax.",
    "taxes": "What it is taxed, by tax rate.",
}

_MONEY = "in minor units of `currency`"
_SHOWN = "as it was when the invoice was finalized, or as it is now for a draft"
_OF_INVOICE = {
    "account_country": "The country of the merchant.",
    "account_name": "The name of the merchant.",
    "account_tax_ids": _NOT_HERE,
    "amount_due": f"What is to be paid, {_MONEY}: the total with the customer's balance.",
    "amount_overpaid": f"What was paid beyond that, {_MONEY}; it was put to the customer's balance.",
    "amount_paid": f"What was paid, {_MONEY}.",
    "amount_paid_off_stripe": f"What was paid elsewhere, {_MONEY}.",
    "amount_remaining": f"What is still to be paid, {_MONEY}.",
    "amount_shipping": f"What sending the goods costs with tax, {_MONEY}.",
    "application": _NOT_HERE,
    "attempt_count": "How many tries were made to collect it.",
    "attempted": "Whether a try was made to collect it.",
    "auto_advance": "Whether it goes on by itself: from a draft an hour later, and to be collected.",
    "automatic_tax": "Not used here: taxes come from tax rates.",
    "automatically_finalizes_at": f"When the draft is finalized by itself, {_SECONDS}.",
    "billing_reason": "Why it was made.",
    "collection_method": "Whether it is charged by itself, or sent to the customer.",
    "confirmation_secret": "By what a browser can pay it, when expanded; null where nothing is to be paid.",
    "custom_fields": "What else stands on it, by name.",
    "customer": "The customer who is billed.",
    "customer_address": f"The customer's address, {_SHOWN}.",
    "customer_email": f"The customer's email address, {_SHOWN}.",
    "customer_name": f"The customer's name, {_SHOWN}.",
    "customer_phone": f"The customer's phone, {_SHOWN}.",
    "customer_shipping": f"Where things are sent to the customer, {_SHOWN}.",
    "customer_tax_exempt": f"Whether the customer is taxed, {_SHOWN}.",
    "customer_tax_ids": f"The customer's tax ids, {_SHOWN}.",
    "default_payment_method": "What it is charged to first; else the subscription's, and then the customer's default.",
    "default_source": "Always null: a source is a payment method here, too.",
    "default_tax_rates": "The tax rates of lines that have none of their own.",
    "description": "What stands on it above its lines.",
    "discounts": "The discounts of the invoice as a whole.",
    "due_date": f"Until when it is to be paid, {_SECONDS}; null where it is charged by itself.",
    "effective_at": f"The date that stands on it, {_SECONDS}.",
    "ending_balance": f"The customer's balance after it was finalized, {_MONEY}.",
    "footer": "What stands at its end.",
    "from_invoice": "The invoice whose place it takes when it is finalized; null where it takes none's.",
    "hosted_invoice_url": "The page on which the customer sees and pays it; null for a draft.",
    "invoice_pdf": "The address of its document; null for a draft.",
    "issuer": "Who bills: always the merchant.",
    "last_finalization_error": "Why it could not be finalized by itself.",
    "latest_revision": "The invoice that has taken its place; null where none has.",
    "lines": "The first ten of its lines.",
    "next_payment_attempt": f"When it is tried to be collected next, {_SECONDS}; null where it is not.",
    "number": "Its number: the customer's prefix and a count without gaps, unless it has one of its own; null for a "
    "draft that has none.",
    "parent": "The subscription that it is of, with the metadata of that time; null where it is of none.",
    "payment_settings": "What it may be paid with.",
    "payments": "The money that was put to it, and the payment intent that asks for it, when expanded.",
    "period_end": f"Until when what is billed came up, {_SECONDS}.",
    "period_start": f"From when on what is billed came up, {_SECONDS}.",
    "post_payment_credit_notes_amount": f"What credit notes took back after it was paid, {_MONEY}.",
    "pre_payment_credit_notes_amount": f"What credit notes took back before it was paid, {_MONEY}.",
    "receipt_number": _NOT_HERE,
    "rendering": "What its document looks like; null where nothing was said of that.",
    "shipping_cost": "What sending the goods costs; null where nothing is sent.",
    "shipping_details": "Where the goods are sent, where that is not the customer's own address.",
    "starting_balance": f"The customer's balance before it was finalized, {_MONEY}.",
    "statement_descriptor": "What the customer's bank statement shows.",
    "status": "A `draft`, `open`, `paid`, `uncollectible` or `void`.",
    "status_details": _NOT_HERE,
    "status_transitions": "When it came to which status.",
    "subtotal": f"Its lines after their own discounts, {_MONEY}, before its own discounts and added tax.",
    "subtotal_excluding_tax": "The same without the tax that the amounts include.",
    "threshold_reason": _NOT_HERE,
    "total": f"What it comes to with tax and after all discounts, {_MONEY}.",
    "total_discount_amounts": "What each of its discounts takes off.",
    "total_excluding_tax": "The total without tax.",
    "total_pretax_credit_amounts": "What is taken off before tax: discounts.",
    "total_taxes": "What it is taxed, by tax rate.",
    "webhooks_delivered_at": _NOT_HERE,
}  # fmt: skip
_ASKED = {
    "auto_advance": "Whether it goes on by itself: it is finalized an hour later, and collected. False when left out.",
    "automatically_finalizes_at": f"When it is finalized by itself, {_SECONDS}; an hour from now when left out.",
    "collection_method": "Whether it is charged by itself, or sent to the customer.",
    "custom_fields": "What else stands on it: up to four names and values.",
    "days_until_due": "In how many days after being finalized it is due; 30 where neither this nor `due_date` is "
    "said. Only where it is sent.",
    "default_payment_method": "What it is charged to first: a payment method of the customer's.",
    "default_tax_rates": "The tax rates of lines that have none of their own.",
    "description": "What stands on it above its lines.",
    "discounts": "What is taken off. When left out, the discount that the customer, or the subscription, has; empty "
    "for none.",
    "due_date": f"Until when it is to be paid, {_SECONDS}. Only where it is sent.",
    "effective_at": f"The date that stands on it, {_SECONDS}; when it is finalized where left out.",
    "footer": "What stands at its end.",
    "issuer": "Who bills: always the merchant.",
    "number": "A number of its own, which no other invoice has, up to 26 characters; not of the form of those that are "
    "drawn, a customer's prefix and a count. Where left out, or empty, one is drawn when it is finalized.",
    "payment_settings": "What it may be paid with.",
    "rendering": "What its document looks like; what is left out stays as it is, at first as the customer's "
    "`invoice_settings` say.",
    "shipping_cost": "What sending the goods costs, which is taxed by the invoice's `default_tax_rates`; empty for "
    "nothing.",
    "shipping_details": "Where the goods are sent; empty for the customer's own address.",
    "statement_descriptor": "What the customer's bank statement shows.",
}
_OF_ITEM = {
    "amount": f"What it costs, {_MONEY}, before discounts and tax; negative for a credit.",
    "customer": "The customer who is billed.",
    "date": f"When it was made, {_SECONDS}.",
    "description": "What the customer reads on the invoice.",
    "discounts": "Its own discounts.",
    "frozen_fields": _NOT_HERE,
    "invoice": "The invoice that bills it; null where it is pending.",
    "invoicing_rules": _NOT_HERE,
    "net_amount": _NOT_HERE,
    "parent": "The subscription whose invoice bills it; null where any does.",
    "proration_details": _NOT_HERE,
}
_OF_ITEM_ASKED = {
    "amount": _OF_ITEM["amount"],
    "description": _OF_ITEM["description"],
    "discounts": _OF_ITEM["discounts"],
    "unit_amount_decimal": "What one costs, in minor units with up to twelve decimals; negative for a credit.",
}
_OF_LINE = {
    "amount": f"What it costs, {_MONEY}, before discounts and before tax that is added; negative for a credit.",
    "description": "What the customer reads on the invoice.",
    "discount_amounts": "What each discount takes off it, the invoice's among them.",
    "discounts": "Its own discounts.",
    "invoice": "The invoice that it stands on.",
    "subscription": "The subscription that it is of.",
    "subtotal": f"The same as `amount`, {_MONEY}.",
}
_OF_LINE_ASKED = {name: _OF_LINE[name] for name in ("amount", "description", "discounts")}
_OF_PAYMENT = {
    "amount_paid": f"What was put to the invoice, {_MONEY}; null until then.",
    "amount_requested": f"What is asked for, {_MONEY}.",
    "invoice": "The invoice.",
    "is_default": "Whether it is what the invoice itself asks for.",
    "payment": "What the money came by.",
    "status": "Whether it is `open`, `paid` or `canceled`.",
    "status_transitions": "When it came to which status.",
}
_INSTANTS = {
    "canceled_at": f"When it was canceled, {_SECONDS}.",
    "finalized_at": f"When it was finalized, {_SECONDS}.",
    "marked_uncollectible_at": f"When it was given up, {_SECONDS}.",
    "paid_at": f"When it was paid, {_SECONDS}.",
    "voided_at": f"When it was made void, {_SECONDS}.",
}
_BY_COMPONENT = {
    "invoice": _OF_INVOICE,
    "invoice.status_transitions": {
        name: text for name, text in _INSTANTS.items() if name != "canceled_at"
    },
    "invoice_add_lines_params": {"lines": "The lines to put on it: up to a hundred."},
    "invoice_attach_payment_params": {
        "payment_intent": "The payment: of the invoice's customer, in its currency, and of no other invoice.",
    },
    "invoice_create_params": {
        **_ASKED,
        "currency": "A code of ISO 4217; the subscription's, the customer's, or the site's when left out.",
        "customer": "The customer to bill.",
        "email": "Not part of Stripe's API: bills the customer with this email address, who is made where there is "
        "none. In the place of `customer`.",
        "from_invoice": "Makes a draft of a finalized invoice, in the place of `customer`.",
        "name": "The name of a customer who is made because of `email`.",
        "pending_invoice_items_behavior": "Whether the customer's pending items are billed; `exclude` when left out.",
        "subscription": "The subscription to bill: pending items of this one alone.",
    },
    "invoice_finalize_params": {"auto_advance": "Whether it is collected by itself from now on."},
    "invoice_pay_params": {
        "mandate": "The mandate to debit a bank account under.",
        "off_session": "Whether the customer is absent; true when left out.",
        "paid_out_of_band": "Whether it was paid elsewhere, so that nothing is charged.",
        "payment_method": "What to charge, in the place of the default.",
        "source": "The same, by a source or token.",
    },
    "invoice_payment": _OF_PAYMENT,
    "invoice_payment.status_transitions": {
        name: _INSTANTS[name] for name in ("canceled_at", "paid_at")
    },
    "invoice_preview_params": {
        "customer": "The customer who would be billed.",
        "discounts": _ASKED["discounts"],
        "invoice_items": "What would be billed beside the customer's pending items.",
    },
    "invoice_remove_lines_params": {"lines": "The lines to take off it."},
    "invoice_update_lines_params": {"lines": "The lines to change, by id."},
    "invoice_update_params": _ASKED,
    "invoiceitem": _OF_ITEM,
    "invoiceitem_create_params": {
        **_OF_ITEM_ASKED,
        "customer": "The customer to bill; the invoice's where one is named.",
        "invoice": "The draft that is to bill it.",
        "subscription": "The subscription whose next invoice bills it; any invoice of the customer's when left out.",
    },
    "invoiceitem_update_params": _OF_ITEM_ASKED,
    "line_item": _OF_LINE,
    "line_item_update_params": _OF_LINE_ASKED,
    "changed_line_hash": _OF_LINE_ASKED,
    "new_line_hash": {
        **_OF_LINE_ASKED,
        "invoice_item": "A pending invoice item to bill, in the place of what else can be said.",
    },
    "preview_item_hash": {
        name: text for name, text in _OF_ITEM_ASKED.items() if name != "discounts"
    },
    "payment_hash": {
        "charge": _NOT_HERE,
        "payment_intent": "The payment intent; null where the money came otherwise.",
        "payment_record": _NOT_HERE,
        "type": "`payment_intent`, or `payment_record` where the money came from the cash balance.",
    },
    "payment_settings_hash": {"payment_method_types": "The types of payment methods that can pay it."},
    "custom_field_hash": {"name": "What it is called.", "value": "What it says."},
    "from_invoice": {
        "action": "Always `revision`: the other invoice is void when this one is finalized.",
        "invoice": "The invoice whose place it takes.",
    },
    "from_invoice_hash": {
        "action": "A `revision` takes the place of the other invoice, which is void when it is finalized.",
        "invoice": "An invoice that is open or uncollectible, no subscription's, with no credit notes.",
    },
    "pdf_hash": {
        "page_size": "The size of paper; `auto` for the one that is usual where the customer, or else the merchant, is."
    },
    "rendering_hash": {
        "amount_tax_display": "Whether lines are told with the tax that amounts include, or without it "
        "(`exclude_tax`). With it when left out.",
        "pdf": "What the file looks like.",
    },
    "issuer_hash": {"type": "Who bills: the merchant itself."},
    "period_hash": {"end": f"Until when, {_SECONDS}.", "start": f"From when on, {_SECONDS}."},
    "pricing_hash": {"price": "The id of a price that is paid once."},
}  # fmt: skip
MEMBERS_OF: dict[tuple[str, str], str] = {
    (component, name): text
    for component, members in _BY_COMPONENT.items()
    for name, text in members.items()
}
PARAMETERS: dict[tuple[str, str], str] = {
    ("GetInvoices", "collection_method"): "Only those that are charged by themselves, or only those that are sent.",
    ("GetInvoices", "customer"): "Only invoices of this customer.",
    ("GetInvoices", "due_date"): "Only invoices that are due at this time, or in this range.",
    ("GetInvoices", "status"): "Only invoices of this status.",
    ("GetInvoices", "subscription"): "Only invoices of this subscription.",
    ("GetInvoiceitems", "customer"): "Only items of this customer.",
    ("GetInvoiceitems", "invoice"): "Only items that this invoice bills.",
    ("GetInvoiceitems", "pending"): "Only items that no invoice bills yet, or only those that one does.",
    ("GetInvoicePayments", "invoice"): "Only payments of this invoice.",
    ("GetInvoicePayments", "payment"): "Only payments by this payment intent, or of this type.",
    ("GetInvoicePayments", "status"): "Only payments of this status.",
}  # fmt: skip
OPERATIONS: dict[str, tuple[str, str]] = {
    "PostInvoices": (
        "Create an invoice",
        (
            "It is a draft, and bills nothing yet but pending items that are asked for. In the place of a customer, an "
            "`email` finds the customer or makes one, which is not part of Stripe's API."
        ),
    ),
    "DeleteInvoicesInvoice": (
        "Delete a draft invoice",
        "The items that it billed are pending again. One that was finalized, or is a subscription's, can be voided.",
    ),
    "PostInvoicesInvoice": (
        "Update an invoice",
        "Of one that was finalized, only what its document does not say can be changed.",
    ),
    "PostInvoicesInvoicePay": (
        "Pay an invoice",
        (
            "A draft is finalized first. A decline is an error, and leaves the invoice open; it does not move the next "
            "automatic try."
        ),
    ),
    "PostInvoicesInvoiceVoid": (
        "Void an invoice",
        (
            "What it took of the customer's balance is given back. A payment that succeeds all the same, since the "
            "customer was authenticating in that moment, is put to the customer's balance (`amount_overpaid`)."
        ),
    ),
    "PostInvoicesInvoiceFinalize": (
        "Finalize an invoice",
        (
            "It gets its number, and the customer's balance counts. One over nothing is paid at once; what is too "
            "small to be charged is put to the customer's balance."
        ),
    ),
    "PostInvoicesInvoiceSend": (
        "Send an invoice",
        "A draft is finalized first. Only where the collection method is `send_invoice`.",
    ),
    "PostInvoicesInvoiceMarkUncollectible": (
        "Mark an invoice uncollectible",
        "It is not tried any more, and can still be paid.",
    ),
    "PostInvoicesInvoiceAttachPayment": (
        "Attach a payment to an invoice",
        (
            "A payment that has succeeded pays the invoice at once, whole or in part; any other one does when it "
            "succeeds. What it has beyond what is left to pay is put to the customer's balance, and what was refunded "
            "of it pays nothing."
        ),
    ),
    "PostInvoicesInvoiceAddLines": ("Add lines to an invoice", "Only to a draft."),
    "PostInvoicesInvoiceUpdateLines": ("Update lines of an invoice", "Only of a draft."),
    "PostInvoicesInvoiceRemoveLines": ("Remove lines from an invoice", "Only from a draft."),
    "PostInvoicesCreatePreview": (
        "Preview an invoice",
        "It shows the invoice that would be made of the customer's pending items and of those that are sent along.",
    ),
    "PostInvoicesInvoiceLinesId": ("Update a line of an invoice", "Only of a draft."),
    "PostInvoiceitemsId": (
        "Update an invoice item",
        "Only while it is pending, or on a draft, whose line changes with it.",
    ),
    "DeleteInvoiceitemsId": ("Delete an invoice item", "Only while it is pending, or on a draft."),
}

METHODS: dict[str, tuple[str, str]] = {
    "GetInvoiceitems": ("invoice_items.list", "invoiceItems.list"),
    "PostInvoiceitems": ("invoice_items.create", "invoiceItems.create"),
    "GetInvoiceitemsId": ("invoice_items.retrieve", "invoiceItems.retrieve"),
    "PostInvoiceitemsId": ("invoice_items.update", "invoiceItems.update"),
    "DeleteInvoiceitemsId": ("invoice_items.delete", "invoiceItems.del"),
    "GetInvoices": ("invoices.list", "invoices.list"),
    "PostInvoices": ("invoices.create", "invoices.create"),
    "GetInvoicesInvoice": ("invoices.retrieve", "invoices.retrieve"),
    "PostInvoicesInvoice": ("invoices.update", "invoices.update"),
    "DeleteInvoicesInvoice": ("invoices.delete", "invoices.del"),
    "GetInvoicesSearch": ("invoices.search", "invoices.search"),
    "PostInvoicesCreatePreview": ("invoices.create_preview", "invoices.createPreview"),
    "PostInvoicesInvoiceAddLines": ("invoices.add_lines", "invoices.addLines"),
    "PostInvoicesInvoiceAttachPayment": ("invoices.attach_payment", "invoices.attachPayment"),
    "PostInvoicesInvoiceFinalize": ("invoices.finalize_invoice", "invoices.finalizeInvoice"),
    "PostInvoicesInvoiceMarkUncollectible": (
        "invoices.mark_uncollectible", "invoices.markUncollectible",
    ),
    "PostInvoicesInvoicePay": ("invoices.pay", "invoices.pay"),
    "PostInvoicesInvoiceRemoveLines": ("invoices.remove_lines", "invoices.removeLines"),
    "PostInvoicesInvoiceSend": ("invoices.send_invoice", "invoices.sendInvoice"),
    "PostInvoicesInvoiceUpdateLines": ("invoices.update_lines", "invoices.updateLines"),
    "PostInvoicesInvoiceVoid": ("invoices.void_invoice", "invoices.voidInvoice"),
    "GetInvoicesInvoiceLines": ("invoices.line_items.list", "invoices.listLineItems"),
    "PostInvoicesInvoiceLinesId": ("invoices.line_items.update", "invoices.updateLineItem"),
    "GetInvoicePayments": ("invoice_payments.list", "invoicePayments.list"),
    "GetInvoicePaymentsId": ("invoice_payments.retrieve", "invoicePayments.retrieve"),
}  # fmt: skip
