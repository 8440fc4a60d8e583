"""Crediting customers' balances from their saved methods: one act, found again by what it wrote (rules P4, P11)."""

from datetime import datetime

from django.db import transaction

from customers.kit.errors import InvalidRequest
from customers.models import Customer
from customers.services import changes
from payments.models import Charge, PaymentMethod
from payments.money import Money
from payments.services import charges


def credit_from_payment_method(
    customer: Customer,
    method: PaymentMethod,
    money: Money,
    *,
    request_key: str | None = None,
    at: datetime,
) -> Charge:
    """Charge a customer's method, and put what it brings to the credit of their balance as it is settled.

    Args:
        request_key: the digest of the request's idempotency key: the same request finds the same charge.

    Raises:
        InvalidRequest: the method is not the customer's, or their balance is kept in another currency.
        NotFound: the customer was deleted.
    """
    if method.customer_id != customer.pk:
        raise InvalidRequest(
            f"The payment method {method.pk} does not belong to the customer {customer.pk}.",
            param="source_id",
        )
    charges.check_money(money)
    _keep_currency(customer, money.currency, at=at)
    return charges.create(
        money=money, method=method, customer=customer, off_session=True, request_key=request_key,
        description="Credit to the customer's balance", credits_customer=True, at=at,
    )  # fmt: skip


def _keep_currency(customer: Customer, currency: str, *, at: datetime) -> None:
    """Settle the currency of the balance before money is taken, so that what is taken can be credited."""
    with transaction.atomic(durable=True), changes.tracked(customer, at=at) as row:
        if row.currency and row.currency != currency:
            raise InvalidRequest(
                f"This customer's balance is kept in '{row.currency}', so it cannot be credited in '{currency}'.",
                param="currency",
            )
        if not row.currency:
            row.currency = currency
            row.save(update_fields=["currency"])
