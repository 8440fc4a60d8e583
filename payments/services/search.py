"""Search of payments: a query of Stripe's language, answered from the rows as they stand in this moment.

Source: https://docs.stripe.com/search#query-fields-for-charges
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import F, Q

from customers.kit import search_conditions
from customers.kit.search_conditions import (
    BooleanField,
    Field,
    IdField,
    IntegerField,
    MetadataField,
    TextField,
    TimeField,
)
from customers.kit.search_language import Clause, Query, refusal
from payments.models import Charge, PaymentIntent
from payments.models.charges import ChargeQuerySet
from payments.models.payment_intents import PaymentIntentQuerySet

Status = Charge.Status


def charges_matching(query: Query) -> ChargeQuerySet:
    """Return the charges that match a query, the newest first.

    Raises:
        InvalidRequest: the query asks for what charges do not have.
    """
    return Charge.objects.filter(search_conditions.condition(query, _CHARGES)).newest_first()


def payment_intents_matching(query: Query) -> PaymentIntentQuerySet:
    """Return the payment intents that match a query, the newest first.

    Raises:
        InvalidRequest: the query asks for what payment intents do not have.
    """
    condition = search_conditions.condition(query, _INTENTS)
    return PaymentIntent.objects.filter(condition).newest_first()


@dataclass(frozen=True)
class _Worded(Field):
    """A field whose values are words, each of which stands for a condition.

    Args:
        meaning: returns the condition of a word; None for one that is not known.
    """

    meaning: Callable[[str], Q | None]
    words: tuple[str, ...]

    def condition(self, clause: Clause) -> Q:
        found = None if clause.value is None else self.meaning(clause.value.lower())
        if clause.operator != ":" or found is None:
            message = (
                f"{clause.label} at character {clause.position} takes : and one of these: "
                f"{', '.join(self.words)}."
            )
            raise refusal(message)
        return found


_STATUS = {
    "failed": Q(status=Status.FAILED),
    "pending": Q(status=Status.PENDING),
    "succeeded": Q(status__in=[Status.AUTHORIZED, Status.SUCCEEDED, Status.VOIDED, Status.EXPIRED]),
}
_RELEASED = Q(status__in=[Status.VOIDED, Status.EXPIRED])
_GIVEN_BACK = Q(status=Status.SUCCEEDED, amount_refunded=F("amount_captured"))
_REFUNDED = {"true": _RELEASED | _GIVEN_BACK, "false": ~(_RELEASED | _GIVEN_BACK)}


def _of_method(kind: str, *names: str) -> dict[str, Field]:
    """Return the fields of what a charge keeps of its payment method."""
    return {
        f"payment_method_details.{kind}.{name}": TextField(f"method_details__{kind}__{name}")
        for name in names
    }


_CHARGES: dict[str, Field] = {
    "amount": IntegerField("amount"),
    "billing_details.address.postal_code": TextField("billing_details__address__postal_code"),
    "created": TimeField("created_at"),
    "currency": TextField("currency"),
    "customer": IdField("customer_id"),
    "disputed": BooleanField("is_disputed"),
    "metadata": MetadataField("metadata"),
    "payment_method_details.card.exp_month": IntegerField("payment_method__exp_month"),
    "payment_method_details.card.exp_year": IntegerField("payment_method__exp_year"),
    "refunded": _Worded(_REFUNDED.get, tuple(_REFUNDED)),
    "status": _Worded(_STATUS.get, tuple(_STATUS)),
    **_of_method("card", "brand", "fingerprint", "last4"),
    **_of_method("sepa_debit", "fingerprint", "last4"),
    **_of_method("us_bank_account", "fingerprint", "last4"),
}
_INTENTS: dict[str, Field] = {
    "amount": IntegerField("amount"),
    "created": TimeField("created_at"),
    "currency": TextField("currency"),
    "customer": IdField("customer_id"),
    "metadata": MetadataField("metadata"),
    "status": TextField("status"),
}
