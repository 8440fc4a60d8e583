"""What payments and what goes with them can be filtered by, and where a free text finds them.

Source: https://docs.omise.co/search-query-and-filters
"""

from django.db.models import Q

from customers.kit.filter_conditions import (
    AmountFilter,
    Criteria,
    Filter,
    FlagFilter,
    IdFilter,
    MetadataFilter,
    TextFilter,
    TimeFilter,
    WordFilter,
)
from payments.models import Charge, Dispute, Refund, Schedule
from payments.services import failures, reasons

Status = Charge.Status
_HELD_OR_TAKEN = [Status.AUTHORIZED, Status.SUCCEEDED, Status.VOIDED, Status.EXPIRED]
_RELEASED = [Status.VOIDED, Status.EXPIRED]
_NOT_IN_TIME = Q(status=Status.FAILED, failure_code__in=failures.NOT_IN_TIME)
_EXPIRED = Q(status=Status.EXPIRED) | _NOT_IN_TIME


def _reason(code: str) -> Q:
    """Return what holds of disputes for one of Omise's reasons; see `reasons.code_of`."""
    if code == reasons.OTHER:
        return ~Q(reason__in=[ours for codes in reasons.CODES.values() for ours in codes])
    return Q(reason__in=reasons.CODES[code])


_COMMON: dict[str, Filter] = {
    "amount": AmountFilter("amount"),
    "created": TimeFilter("created_at"),
    "created_at": TimeFilter("created_at"),
    "currency": TextFilter("currency"),
    "id": IdFilter("id"),
}
CHARGES = Criteria(
    ids=("id", "customer_id"),
    texts=("description",),
    filters={
        **_COMMON,
        "authorized": FlagFilter(Q(status__in=_HELD_OR_TAKEN)),
        "capture": FlagFilter(Q(captures_later=False)),
        "captured": FlagFilter(Q(status=Status.SUCCEEDED)),
        "card_last_digits": TextFilter("method_details__card__last4"),
        "customer": IdFilter("customer_id"),
        "customer_id": IdFilter("customer_id"),
        "customer_present": FlagFilter(Q(customer__isnull=False)),
        "disputed": FlagFilter(Q(is_disputed=True)),
        "expired": FlagFilter(_EXPIRED),
        "failure_code": WordFilter(
            {code: failures.with_code(code) for code in (*failures.CODES, failures.OTHER)}
        ),
        "metadata": MetadataFilter("metadata"),
        "paid": FlagFilter(Q(status=Status.SUCCEEDED)),
        "refund_amount": AmountFilter("amount_refunded"),
        "refunded": FlagFilter(Q(amount_refunded__gt=0)),
        "reversed": FlagFilter(Q(status=Status.VOIDED)),
        "status": WordFilter(
            {
                "expired": _EXPIRED,
                "failed": Q(status=Status.FAILED) & ~_NOT_IN_TIME,
                "pending": Q(status__in=[Status.PENDING, Status.AUTHORIZED]),
                "reversed": Q(status=Status.VOIDED),
                "successful": Q(status=Status.SUCCEEDED),
            }
        ),
    },
)
REFUNDS = Criteria(
    ids=("id", "charge_id"),
    filters={
        **_COMMON,
        "card_last_digits": TextFilter("charge__method_details__card__last4"),
        "charge": IdFilter("charge_id"),
        "charge_id": IdFilter("charge_id"),
        "metadata": MetadataFilter("metadata"),
        "status": WordFilter(
            {
                "closed": Q(status=Refund.Status.SUCCEEDED),
                "failed": Q(status=Refund.Status.FAILED),
                "pending": Q(status=Refund.Status.PENDING),
            }
        ),
        "voided": FlagFilter(Q(charge__status__in=_RELEASED)),
    },
)
DISPUTES = Criteria(
    ids=("id", "charge_id"),
    filters={
        **_COMMON,
        "card_last_digits": TextFilter("charge__method_details__card__last4"),
        "charge": IdFilter("charge_id"),
        "charge_id": IdFilter("charge_id"),
        "closed_at": TimeFilter("closed_at"),
        "metadata": MetadataFilter("metadata"),
        "reason_code": WordFilter(
            {code: _reason(code) for code in (*reasons.CODES, reasons.OTHER)}
        ),
        "status": WordFilter(
            {
                "closed": Q(status__in=[Dispute.Status.WON, Dispute.Status.LOST]),
                "lost": Q(status=Dispute.Status.LOST),
                "open": Q(status=Dispute.Status.NEEDS_RESPONSE),
                "pending": Q(status=Dispute.Status.UNDER_REVIEW),
                "won": Q(status=Dispute.Status.WON),
            }
        ),
    },
)
TRANSACTIONS = Criteria(
    ids=("id", "source_id"),
    filters={
        **_COMMON,
        "amount": AmountFilter("net", is_signed=True),
        "direction": WordFilter({"credit": Q(net__gte=0), "debit": Q(net__lt=0)}),
        "origin": IdFilter("source_id"),
        "transferable_at": TimeFilter("available_on"),
        "type": WordFilter({"credit": Q(net__gte=0), "debit": Q(net__lt=0)}),
    },
)
LINKS = Criteria(
    ids=("id",),
    texts=("title", "description"),
    filters={
        **_COMMON,
        "multiple": FlagFilter(Q(is_multiple=True)),
        "title": TextFilter("title"),
        "used": FlagFilter(
            Q(charges__is_only_of_link=True, charges__status=Status.SUCCEEDED)  # one at most
        ),
    },
)
SCHEDULES = Criteria(
    ids=("id", "customer_id"),
    texts=("description",),
    filters={
        **_COMMON,
        "active": FlagFilter(Q(status__in=Schedule.RUNNING)),
        "customer": IdFilter("customer_id"),
        "customer_id": IdFilter("customer_id"),
        "metadata": MetadataFilter("metadata"),
        "period": WordFilter({period: Q(period=period) for period in Schedule.Period.values}),
        "status": WordFilter(
            {
                "active": Q(status=Schedule.Status.ACTIVE),
                "deleted": Q(status=Schedule.Status.CANCELED),
                "expired": Q(status=Schedule.Status.EXPIRED),
                "expiring": Q(status=Schedule.Status.EXPIRING),
                "suspended": Q(status=Schedule.Status.SUSPENDED),
            }
        ),
    },
)
