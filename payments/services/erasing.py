"""What becomes of payments' rows when a customer is erased, and what of a customer's has not come to its end."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.events.models import Event
from customers.models import Customer
from customers.services import retention
from customers.services.erasing import OpenItem, Subject, Treatment, WithoutKeys, quoting
from payments.models import (
    BalanceTransaction,
    Charge,
    Dispute,
    DueClaim,
    Mandate,
    Notification,
    Occurrence,
    Operation,
    PaymentIntent,
    PaymentMethod,
    Refund,
    Schedule,
    SetupIntent,
    Spending,
    SpendingChange,
    Token,
)

_LEDGER = _("Amounts, dates and references stay for the accounts; who it was goes.")
_CARRIED: dict[str, Any] = {
    "description": "",
    "metadata": {},
    "return_url": "",
    "next_action": None,
    "last_error": None,
}
_METHOD_KEPT = (
    "authorization_code", "network_transaction_id", "brand", "country", "funding", "network", "mandate",
)  # fmt: skip
"""What a charge still says of its card or account: how the network knows the payment, and not whose it was."""
_CREDENTIALS = ("client_secret", "request_key")


def treatments() -> tuple[Treatment, ...]:
    """Return what becomes of payments' rows."""
    return _TREATMENTS


def open_items(customer: Customer) -> Iterator[OpenItem]:
    """Yield what of a customer's payments has not come to its end."""
    charges = Charge.objects.filter(
        customer=customer, status__in=[Charge.Status.PENDING, Charge.Status.AUTHORIZED]
    )
    yield OpenItem("charges", _("charges in flight"), charges.count())
    intents = PaymentIntent.objects.filter(
        customer=customer,
        status__in=[PaymentIntent.Status.PROCESSING, PaymentIntent.Status.REQUIRES_CAPTURE],
    )
    yield OpenItem("payment_intents", _("payments in flight"), intents.count())
    refunds = Refund.objects.filter(charge__customer=customer, status=Refund.Status.PENDING)
    yield OpenItem("refunds", _("refunds in flight"), refunds.count())
    disputes = Dispute.objects.filter(
        charge__customer=customer,
        status__in=[Dispute.Status.NEEDS_RESPONSE, Dispute.Status.UNDER_REVIEW],
    )
    yield OpenItem("disputes", _("open disputes"), disputes.count())
    schedules = Schedule.objects.filter(
        customer=customer, status__in=[Schedule.Status.ACTIVE, Schedule.Status.EXPIRING]
    )
    yield OpenItem("schedules", _("schedules"), schedules.count(), ends=True)
    methods = PaymentMethod.objects.of_customer(customer)
    yield OpenItem("payment_methods", _("saved payment methods"), methods.count(), ends=True)


def kept() -> tuple[retention.Kind, ...]:
    """Return how long payments' rows are kept where nothing is erased."""
    return (
        retention.Kind(
            "notifications", _("What gateways told us"), 30,
            _("Sealed; needed to find out what a gateway said, until its book is closed."),
            _empty_notifications, least=7,
        ),
        retention.Kind(
            "tokens", _("Card tokens that were used or too old"), 1,
            _("They are good once, for some minutes."),
        ),
    )  # fmt: skip


def business() -> QuerySet[Charge]:
    """Return rows that show that the merchant does business with their customers."""
    return Charge.objects.all()


def _empty_notifications(before: datetime, at: datetime) -> int:
    old = Notification.objects.filter(worked_off_at__lt=before).exclude(body=b"")
    pks = list(old.order_by("pk").values_list("pk", flat=True)[: retention.AT_ONCE])
    return Notification.objects.filter(pk__in=pks).update(body=b"")


def _methods(subject: Subject) -> QuerySet[PaymentMethod]:
    """Return the methods that are or were the customer's: a detached one no longer says whose it was."""
    customer = subject.customer
    kinds: tuple[Any, ...] = (Charge, PaymentIntent, SetupIntent, Schedule)
    known = [
        model.objects.filter(customer=customer, payment_method__isnull=False).values(
            "payment_method"
        )
        for model in kinds
    ]
    told = Event.objects.filter(customer_id=customer.pk).values("object_id")
    mine = Q(customer=customer) | Q(pk__in=told)
    for each in known:
        mine |= Q(pk__in=each)
    return PaymentMethod.objects.filter(Q(customer=None) | Q(customer=customer)).filter(mine)


def _movements(subject: Subject) -> QuerySet[BalanceTransaction]:
    charges = Charge.objects.filter(customer=subject.customer).values("pk")
    refunds = Refund.objects.filter(charge__customer=subject.customer).values("pk")
    disputes = Dispute.objects.filter(charge__customer=subject.customer).values("pk")
    return BalanceTransaction.objects.filter(
        Q(source_id__in=charges) | Q(source_id__in=refunds) | Q(source_id__in=disputes)
    )


def _anonymous(row: Charge, subject: Subject) -> dict[str, Any]:
    kind = row.method_details.get("type", "")
    inner = row.method_details.get(kind) or {}
    kept = {name: inner[name] if name in _METHOD_KEPT else None for name in inner}
    return {"type": kind, kind: kept} if kind else {}


def _nameless_token(row: Token, subject: Subject) -> dict[str, Any]:
    return {name: value for name, value in row.details.items() if name in _TOKEN_KEPT}


_TOKEN_KEPT = (
    "id",
    "brand",
    "exp_month",
    "exp_year",
    "funding",
    "country",
    "cvc_check",
    "last4",
    "bank_name",
)


_TREATMENTS = (
    Treatment(
        "tokens", _("Card tokens"), Token,
        lambda subject: quoting(Token, Token.objects.all(), subject.values),
        emptied={"details": _nameless_token, "client_ip": None},
        stays=("gateway_reference", "kind", "used_by"),
    ),
    Treatment(
        "mandates", _("Mandates"), Mandate,
        lambda subject: Mandate.objects.filter(payment_method__in=_methods(subject)),
        emptied={"acceptance": WithoutKeys("acceptance", "ip_address", "user_agent")},
        stays=("status", "reference"),
        reason=_("That debits were permitted, when and in which words; not whence."),
    ),
    Treatment(
        "payment_methods", _("Payment methods"), PaymentMethod, _methods,
        emptied={
            "last4": "", "first6": "", "exp_month": None, "exp_year": None, "fingerprint": "", "bank_name": "",
            "bank_code": "", "billing_details": {}, "metadata": {},
        },
        told=("billing_details",),
        stays=(
            # The gateway is told to forget it, by these; then they are emptied (`services.forgetting`).
            "gateway_reference", "gateway_customer_reference",
            "kind", "brand", "funding", "country", "cvc_check", "address_line1_check",
            "address_postal_code_check", "account_type", "account_holder_type", "verification", "currency",
            "allow_redisplay",
        ),
        reason=_("Their gateways are told to forget them."),
    ),
    Treatment(
        "setup_intents", _("Setup intents"), SetupIntent,
        lambda subject: SetupIntent.objects.filter(customer=subject.customer),
        emptied=_CARRIED,
        stays=(
            "status", "usage", "mandate_id", "payment_method_options", "payment_method_types",
            "cancellation_reason", *_CREDENTIALS,
        ),
    ),
    Treatment(
        "payment_intents", _("Payment intents"), PaymentIntent,
        lambda subject: PaymentIntent.objects.filter(customer=subject.customer),
        emptied={**_CARRIED, "receipt_email": "", "shipping": None},
        told=("receipt_email", "shipping"),
        stays=(
            "status", "currency", "setup_future_usage", "client_secret", "statement_descriptor",
            "statement_descriptor_suffix", "payment_method_options", "payment_method_types",
            "latest_charge_id", "mandate_id", "cancellation_reason",
        ),
    ),
    Treatment(
        "disputes", _("Disputes"), Dispute,
        lambda subject: Dispute.objects.filter(charge__customer=subject.customer),
        emptied={"evidence": {}, "metadata": {}},
        stays=("gateway_reference", "status", "currency", "reason"),
        reason=_LEDGER,
    ),
    Treatment(
        "refunds", _("Refunds"), Refund,
        lambda subject: Refund.objects.filter(charge__customer=subject.customer),
        emptied={"metadata": {}},
        stays=(
            "gateway_reference", "request_key", "status", "currency", "reason", "failure_reason",
            "balance_transaction_id", "failure_balance_transaction_id",
        ),
        reason=_LEDGER,
    ),
    Treatment(
        "gateway_acts", _("Acts at gateways"), Operation,
        lambda subject: Operation.objects.filter(charge__customer=subject.customer),
        emptied={"said": "", "security_code": ""},
        stays=("kind", "state", "reference", "gateway_reference", "request_key", "currency"),
        reason=_LEDGER,
    ),
    Treatment(
        "scheduled_charges", _("Occurrences of schedules"), Occurrence,
        lambda subject: Occurrence.objects.filter(schedule__customer=subject.customer),
        emptied={"message": ""},
        stays=("status",),
    ),
    Treatment(
        "schedules", _("Schedules"), Schedule,
        lambda subject: Schedule.objects.filter(customer=subject.customer),
        emptied={"description": "", "metadata": {}},
        stays=("status", "currency", "period", "weekdays", "days_of_month", "weekday_of_month"),
    ),
    Treatment(
        "due_work", _("Work that failed"), DueClaim,
        lambda subject: quoting(DueClaim, DueClaim.objects.all(), subject.values),
        emptied={"said": ""},
        stays=("kind", "object_id"),
    ),
    Treatment(
        "ledger", _("Ledger"), BalanceTransaction, _movements,
        emptied={"description": ""},
        stays=("kind", "source_id", "currency"),
        reason=_LEDGER,
    ),
    Treatment(
        "charges", _("Charges"), Charge,
        lambda subject: Charge.objects.filter(customer=subject.customer),
        emptied={
            "description": "", "client_ip": None, "receipt_email": "", "billing_details": {},
            "method_details": _anonymous, "shipping": None, "failure_message": "", "action_url": "",
            "return_url": "", "metadata": {},
        },
        told=("client_ip", "receipt_email", "billing_details", "shipping"),
        stays=(
            "gateway_reference", "request_key", "status", "currency", "statement_descriptor",
            "statement_descriptor_suffix", "failure_code", "decline_code", "outcome", "balance_transaction_id",
            "imported_from",
        ),
        reason=_LEDGER,
    ),
    Treatment(
        "spending", _("Sums of what was spent"), Spending,
        lambda subject: Spending.objects.filter(customer=subject.customer),
        stays=("currency",),
        reason=_LEDGER,
    ),
    Treatment(
        "spending_changes", _("Changes of what was spent"), SpendingChange,
        lambda subject: SpendingChange.objects.filter(customer=subject.customer),
        stays=("currency",),
        reason=_LEDGER,
    ),
)  # fmt: skip
