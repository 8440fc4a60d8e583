"""Which function spells which model for `/v1/`, which is what events keep as snapshots, and events for endpoints."""

from customers.api.v1.addresses import AddressObject
from customers.api.v1.balance_transactions import BalanceTransactionObject
from customers.api.v1.cash_balances import CashTransactionObject, spelled_balance
from customers.api.v1.consents import ConsentObject
from customers.api.v1.custom_fields import CustomFieldObject
from customers.api.v1.customers import CustomerObject
from customers.api.v1.erasures import ErasureObject
from customers.api.v1.events import as_stripe_sends
from customers.api.v1.merges import MergeObject
from customers.api.v1.organizations import OrganizationObject
from customers.api.v1.tax_ids import TaxIdObject
from customers.api.v1.test_clocks import TestClockObject
from customers.events.models import WebhookEndpoint
from customers.events.services import bodies
from customers.events.services.events import spellings
from customers.services import cash_balances


def register() -> None:
    """Enter the functions."""
    for label, output in {
        "customers.Address": AddressObject,
        "customers.CashTransaction": CashTransactionObject,
        "customers.Consent": ConsentObject,
        "customers.CustomField": CustomFieldObject,
        "customers.Customer": CustomerObject,
        "customers.CustomerBalanceTransaction": BalanceTransactionObject,
        "customers.Erasure": ErasureObject,
        "customers.Merge": MergeObject,
        "customers.Organization": OrganizationObject,
        "customers.TaxId": TaxIdObject,
        "customers.TestClock": TestClockObject,
    }.items():
        spellings.register(label, output.plan().spell_instance)
    spellings.register(cash_balances.SPELLED_AS, spelled_balance)
    bodies.spellings.register(WebhookEndpoint.Spelling.STRIPE, as_stripe_sends)
