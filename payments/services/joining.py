"""Where payments joins in when customers are made, changed and deleted; registered in `payments.apps`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from customers.services import (
    customers,
    duplicates,
    erasing,
    merge_parts,
    paying,
    powers,
    privacy,
    retention,
)
from customers.services.merge_parts import Part
from customers.services.powers import Power
from customers.services.privacy import Kept
from payments.models import (
    Charge,
    Dispute,
    Mandate,
    Occurrence,
    PaymentIntent,
    PaymentMethod,
    Refund,
    Schedule,
    SetupIntent,
)
from payments.services import (
    account_methods,
    attachments,
    card_requests,
    clock_work,
    payment_methods,
    schedules,
    spending,
    telling,
    tokens,
)
from payments.services import erasing as payments_erasing
from payments.services.attachments import Attachment


def register() -> None:
    """Enter the functions."""
    customers.when_deleted.register(schedules.cancel_all)
    customers.when_deleted.register(attachments.detach_all)
    paying.prepares.register("source", prepare_source)
    paying.prepares.register("payment_method", prepare_payment_method)
    paying.prepares.register("card", prepare_card)
    paying.prepares.register("payment_gateway_id", account_methods.prepare)
    paying.chooses.register("default", attachments.choose_default)
    privacy.kept.register(kept)
    erasing.treatments.register(payments_erasing.treatments)
    erasing.open_items.register(payments_erasing.open_items)
    retention.joined.register(payments_erasing.kept)
    retention.in_business.register(payments_erasing.business)
    merge_parts.parts.register(parts)
    duplicates.sources.register(shared_cards)
    merge_parts.when_moved.register(spending.recount)
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
    # Accounts are brought over by a command.
    powers.written_with((), "payments_accountimport", "payments_importedrecord")
    powers.written_with({Power.MERGE}, *(part.model._meta.db_table for part in parts()))
    powers.written_with({Power.MERGE}, "payments_spending", "payments_spendingchange")
    # Whoever needs the sandbox first makes its row; a gateway is chosen with a power of its own.
    powers.written_by_all("payments_gatewayaccount")
    powers.written_with(powers.WRITING, "payments_notification", "payments_token")
    powers.written_by_all("sandbox")  # the schema of what stands for gateways in test mode


def kept() -> tuple[Kept, ...]:
    """Return what payments keeps of a customer; refunds and disputes are those of the customer's charges."""
    return (
        Kept("payment_methods", PaymentMethod.objects.of_customer),
        Kept(
            "mandates",
            lambda customer: Mandate.objects.filter(
                Q(payment_method__customer=customer)
                | Q(
                    payment_method__in=SetupIntent.objects.filter(customer=customer).values(
                        "payment_method"
                    )
                )
            ),
        ),
        Kept("setup_intents", lambda customer: SetupIntent.objects.filter(customer=customer)),
        Kept("payment_intents", lambda customer: PaymentIntent.objects.filter(customer=customer)),
        Kept("charges", lambda customer: Charge.objects.filter(customer=customer)),
        Kept("refunds", lambda customer: Refund.objects.filter(charge__customer=customer)),
        Kept("disputes", lambda customer: Dispute.objects.filter(charge__customer=customer)),
        Kept("schedules", lambda customer: Schedule.objects.filter(customer=customer)),
        Kept(
            "occurrences",
            lambda customer: Occurrence.objects.filter(schedule__customer=customer),
            _occurrence,
        ),
    )


def _occurrence(row: Occurrence) -> dict[str, Any]:
    return {
        "id": row.pk,
        "object": "occurrence",
        "charge": row.charge_id,
        "created": int(row.created_at.timestamp()),
        "message": row.message,
        "schedule": row.schedule_id,
        "status": row.status,
    }


def shared_cards() -> tuple[duplicates.Reason, str]:
    """Return how customers with the same card are found: by its fingerprint."""
    return duplicates.Reason.CARD, _SHARED_CARDS


_SHARED_CARDS = """
    SELECT DISTINCT method.fingerprint, customer.id, customer.created_at
    FROM payments_paymentmethod AS method JOIN customers_customer AS customer ON customer.id = method.customer_id
    WHERE method.site_id = %(site)s AND method.livemode = %(livemode)s AND method.fingerprint <> ''
        AND method.kind = 'card' AND customer.deleted_at IS NULL
"""


def parts() -> tuple[Part, ...]:
    """Return what goes over when a customer goes into another; the methods keep the gateway's references."""
    by_method = {"payment_method_id": "payment_methods"}
    return (
        Part("payment_methods", PaymentMethod),
        Part("setup_intents", SetupIntent, follows=by_method),
        Part("schedules", Schedule, follows=by_method),
        Part("payment_intents", PaymentIntent, follows=by_method),
        Part("charges", Charge, follows={"payment_intent_id": "payment_intents", **by_method}),
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
