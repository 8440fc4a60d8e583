"""Which objects of `/v1/` a merchant may take away."""

from customers.api.v1.addresses import AddressViewSet
from customers.api.v1.balance_transactions import BalanceTransactionViewSet
from customers.api.v1.cash_balances import CashTransactionViewSet
from customers.api.v1.consents import ConsentViewSet
from customers.api.v1.custom_fields import CustomFieldViewSet
from customers.api.v1.customers import CustomerViewSet
from customers.api.v1.organizations import OrganizationViewSet
from customers.api.v1.tax_ids import TaxIdViewSet
from customers.restkit import takeouts


def register() -> None:
    """Offer them."""
    takeouts.offer(
        takeouts.STRIPE,
        {
            "custom_fields": CustomFieldViewSet,
            "organizations": OrganizationViewSet,
            "customers": CustomerViewSet,
            "addresses": AddressViewSet,
            "tax_ids": TaxIdViewSet,
            "consents": ConsentViewSet,
            "customer_balance_transactions": BalanceTransactionViewSet,
            "customer_cash_balance_transactions": CashTransactionViewSet,
        },
    )
