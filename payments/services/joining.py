"""Where payments joins in when customers are made, changed and deleted; registered in `payments.apps`."""

from collections.abc import Mapping
from datetime import datetime

from customers.services import customers, paying, powers, privacy
from customers.services.powers import Power
from customers.services.privacy import Kept
from payments.models import (
    Charge,
    Dispute,
    PaymentIntent,
    PaymentMethod,
    Refund,
    Schedule,
    SetupIntent,
)
from payments.services import (
    attachments,
    card_requests,
    clock_work,
    payment_methods,
    schedules,
    telling,
    tokens,
)
from payments.services.attachments import Attachment


def register() -> None:
    """Enter the functions."""
    customers.when_deleted.register(schedules.cancel_all)
    customers.when_deleted.register(attachments.detach_all)
    paying.prepares.register("source", prepare_source)
    paying.prepares.register("payment_method", prepare_payment_method)
    paying.prepares.register("card", prepare_card)
    paying.chooses.register("default", attachments.choose_default)
    privacy.kept.register(kept)
    telling.register()
    card_requests.register()
    clock_work.register()
    register_writers()


def register_writers() -> None:
    """Enter with which powers payments' tables are written; an invoice's act pays or gives back as well."""
    moves, refunds, bills = Power.MOVE_MONEY, Power.REFUND, Power.MANAGE_BILLING
    edits, deletes, develops = Power.EDIT_CUSTOMERS, Power.DELETE, Power.MANAGE_DEVELOPERS
    money = {moves, refunds, bills, develops}  # a test clock that advances bills, and ends
    powers.written_with(
        money,
        "payments_balancetransaction",
        "payments_charge",
        "payments_operation",
        "payments_refund",
        "payments_dueclaim",
        "payments_spendingchange",
    )
    powers.written_with(money | {deletes}, "payments_paymentintent", "payments_setupintent")
    powers.written_with({edits}, "payments_setupintent", "payments_paymentintent")
    powers.written_with(money | {edits, deletes}, "payments_paymentmethod", "payments_mandate")
    powers.written_with({moves, edits}, "payments_link")
    powers.written_with({bills, deletes, develops}, "payments_schedule", "payments_occurrence")
    powers.written_with({refunds}, "payments_dispute")
    powers.written_with((), "payments_spending")  # no page adds up: the worker does
    # Whoever needs the sandbox first makes its row; a gateway is chosen with a power of its own.
    powers.written_by_all("payments_gatewayaccount")
    powers.written_with(powers.WRITING, "payments_notification", "payments_token")
    powers.written_by_all("sandbox")  # the schema of what stands for gateways in test mode


def kept() -> tuple[Kept, ...]:
    """Return what payments keeps of a customer; refunds and disputes are those of the customer's charges."""
    return (
        Kept("payment_methods", PaymentMethod.objects.of_customer),
        Kept("setup_intents", lambda customer: SetupIntent.objects.filter(customer=customer)),
        Kept("payment_intents", lambda customer: PaymentIntent.objects.filter(customer=customer)),
        Kept("charges", lambda customer: Charge.objects.filter(customer=customer)),
        Kept("refunds", lambda customer: Refund.objects.filter(charge__customer=customer)),
        Kept("disputes", lambda customer: Dispute.objects.filter(charge__customer=customer)),
        Kept("schedules", lambda customer: Schedule.objects.filter(customer=customer)),
    )


def prepare_source(
    customer: Mapping[str, str], pk: str, *, request_key: str | None, at: datetime
) -> Attachment:
    """Make a method of a token, to be the customer's default whatever there was before (rule S10).

    Raises:
        NotFound: there is no such token.
        InvalidRequest: the token was used before.
        CardDeclined: the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    token = tokens.resolve(pk, param="source", at=at)
    method = payment_methods.create_from_token(
        token, as_source=True, request_key=request_key, at=at
    )
    return payment_methods.prepared(method, customer, make_default=True)


def prepare_card(
    customer: Mapping[str, str], pk: str, *, request_key: str | None, at: datetime
) -> Attachment:
    """Make a method of a token; it becomes the default only where there is none (rules O6 and C11).

    Raises:
        NotFound: there is no such token.
        InvalidRequest: the token was used before.
        CardDeclined: the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    token = tokens.resolve(pk, param="card", at=at)
    method = payment_methods.create_from_token(
        token, as_source=True, request_key=request_key, at=at
    )
    return payment_methods.prepared(method, customer)


def prepare_payment_method(
    customer: Mapping[str, str], pk: str, *, request_key: str | None, at: datetime
) -> Attachment:
    """Get a method ready that is nobody's yet; it becomes the default where there is none (rule C11).

    Raises:
        NotFound: there is no such method.
        InvalidState: it is another customer's, or was detached.
        CardDeclined: the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    method = payment_methods.resolve(pk, request_key=request_key, at=at)
    return payment_methods.prepared(method, customer)
