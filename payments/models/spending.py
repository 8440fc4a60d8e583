"""What customers have spent: a row for each currency, and what has changed since it was last added up."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from customers.models import Customer, TenantModel


class _Amounts(TenantModel):
    """Minor units of a currency that a customer's charges took, and that refunds gave back."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    currency = models.CharField(max_length=3)
    taken = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    payments = models.IntegerField(default=0)
    last_amount = models.BigIntegerField(default=0)
    """Of the newest payment, which was made at `last_at`."""
    last_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Spending(_Amounts):
    """What a customer has spent in one currency, as far as the worker has added it up."""

    PREFIX: ClassVar[str] = "spending"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "currency"], name="spending_once"),
            models.CheckConstraint(condition=Q(payments__gte=0), name="spending_payments"),
        ]


class SpendingChange(_Amounts):
    """One payment or refund that is not in its customer's `Spending` yet.

    It is inserted by the transaction that settles the money, where adding to a row that others add to as well would
    let them wait for each other; the worker adds it up and deletes it.
    """

    PREFIX: ClassVar[str] = "spending"

    class Meta:
        indexes = [models.Index("customer", name="spending_change_of_customer")]
