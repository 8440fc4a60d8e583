"""The official Python SDK in both of its styles, behind one spelling, so that each test runs in both."""

import stripe
from stripe import StripeClient

ADDRESS = {
    "city": "Bangkok",
    "country": "TH",
    "line1": "1 Sukhumvit Road",
    "line2": "Floor 2",
    "postal_code": "10110",
    "state": "Bangkok",
}
EVERYTHING = {
    "address": ADDRESS,
    "balance": -250,
    "business_name": "Rosen Trading",
    "cash_balance": {"settings": {"reconciliation_mode": "manual"}},
    "description": "A customer with everything",
    "email": "jenny.rosen@example.com",
    "individual_name": "Jenny Rosen",
    "invoice_prefix": "ROSEN1",
    "invoice_settings": {
        "custom_fields": [{"name": "PO", "value": "4711"}],
        "footer": "Thank you",
        "rendering_options": {"amount_tax_display": "exclude_tax"},
    },
    "metadata": {"order_id": "6735", "tier": "gold"},
    "name": "Jenny Rosen",
    "next_invoice_sequence": 7,
    "phone": "+1-555-123-4567",
    "preferred_locales": ["th", "en-GB"],
    "shipping": {"address": ADDRESS, "name": "Jenny R.", "phone": "+66 2 000 0000"},
    "tax": {"ip_address": "203.0.113.7", "validate_location": "immediately"},
    "tax_exempt": "reverse",
    "tax_id_data": [{"type": "eu_vat", "value": "DE136695976"}],
}
"""What a customer can be made with."""
CLIENT = {
    "account": lambda v1: v1.accounts.retrieve_current,
    "accounts.retrieve": lambda v1: v1.accounts.retrieve,
    "accounts.list": lambda v1: v1.accounts.list,
    "balance_transactions.create": lambda v1: v1.customers.balance_transactions.create,
    "balance_transactions.list": lambda v1: v1.customers.balance_transactions.list,
    "balance_transactions.retrieve": lambda v1: v1.customers.balance_transactions.retrieve,
    "balance_transactions.update": lambda v1: v1.customers.balance_transactions.update,
    "cash_balance.retrieve": lambda v1: v1.customers.cash_balance.retrieve,
    "cash_balance.update": lambda v1: v1.customers.cash_balance.update,
    "customers.create": lambda v1: v1.customers.create,
    "customers.delete": lambda v1: v1.customers.delete,
    "customers.list": lambda v1: v1.customers.list,
    "customers.retrieve": lambda v1: v1.customers.retrieve,
    "customers.search": lambda v1: v1.customers.search,
    "customers.update": lambda v1: v1.customers.update,
    "events.list": lambda v1: v1.events.list,
    "events.retrieve": lambda v1: v1.events.retrieve,
    "tax_ids.create": lambda v1: v1.customers.tax_ids.create,
    "tax_ids.delete": lambda v1: v1.customers.tax_ids.delete,
    "tax_ids.list": lambda v1: v1.customers.tax_ids.list,
    "tax_ids.retrieve": lambda v1: v1.customers.tax_ids.retrieve,
}
MODULE = {
    "account": stripe.Account.retrieve,
    "accounts.retrieve": stripe.Account.retrieve,
    "accounts.list": stripe.Account.list,
    "balance_transactions.create": stripe.Customer.create_balance_transaction,
    "balance_transactions.list": stripe.Customer.list_balance_transactions,
    "balance_transactions.retrieve": stripe.Customer.retrieve_balance_transaction,
    "balance_transactions.update": stripe.Customer.modify_balance_transaction,
    "cash_balance.retrieve": stripe.Customer.retrieve_cash_balance,
    "cash_balance.update": stripe.Customer.modify_cash_balance,
    "customers.create": stripe.Customer.create,
    "customers.delete": stripe.Customer.delete,
    "customers.list": stripe.Customer.list,
    "customers.retrieve": stripe.Customer.retrieve,
    "customers.search": stripe.Customer.search,
    "customers.update": stripe.Customer.modify,
    "events.list": stripe.Event.list,
    "events.retrieve": stripe.Event.retrieve,
    "tax_ids.create": stripe.Customer.create_tax_id,
    "tax_ids.delete": stripe.Customer.delete_tax_id,
    "tax_ids.list": stripe.Customer.list_tax_ids,
    "tax_ids.retrieve": stripe.Customer.retrieve_tax_id,
}


class ClientStyle:
    """`StripeClient(key).v1.customers.create(params, options)`."""

    def __init__(self, url, key):
        self.v1 = StripeClient(key, base_addresses={"api": url}).v1

    def __call__(self, operation, *ids, options=None, **params):
        return CLIENT[operation](self.v1)(*ids, params=params, options=options or {})


class ModuleStyle:
    """`stripe.Customer.create(**params)`, with `stripe.api_key` and `stripe.api_base` set."""

    def __init__(self, url, key):
        stripe.api_base, stripe.api_key = url, key

    def __call__(self, operation, *ids, options=None, **params):
        return MODULE[operation](*ids, **params, **(options or {}))


STYLES = {"client": ClientStyle, "module": ModuleStyle}


def plain(thing):
    """Return an object of the SDK as the wire had it."""
    return thing.to_dict() if isinstance(thing, stripe.StripeObject) else thing
