"""The last step of a checkout: its amounts are fixed, what is to be paid is made, and the payment method is asked.

Each step is a transaction of its own, found again by whoever repeats it; gateways are asked between them. Two clicks
meet at the session's lock, and then at the intent, which can be under way once at a time.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.kit import sealing
from customers.kit.errors import InvalidRequest, InvalidState
from payments.billing.models import Invoice
from payments.billing.services import discounts
from payments.models import PaymentIntent, PaymentMethod, SetupIntent
from payments.services import payment_intents, setup_intents
from portal.models import CheckoutItem, CheckoutMode, CheckoutSession, PaymentLink
from portal.services import (
    checkout_customers,
    checkout_items,
    checkout_outcomes,
    checkout_subscriptions,
    checkout_totals,
)
from portal.services import checkout_states as states

_FREE = (PaymentIntent.Status.SUCCEEDED, PaymentIntent.Status.REQUIRES_CAPTURE)


def begin(session: CheckoutSession, *, amount: int, at: datetime) -> CheckoutSession:
    """Fix what a session comes to and who pays it, make what is to be paid, and return the session.

    Where nothing is due and no method is to be saved, it is complete with that; one that was complete stays as it is.
    No transaction may be open.

    Args:
        amount: what the customer has been shown as due, in minor units: they never pay more than that.

    Raises:
        InvalidState: it has expired; or it comes to more than the customer has seen, who is to be shown it again.
        InvalidRequest: something is missing, or cannot be had any more.
    """
    at = states.now(session, at)
    row = _fixed(session, amount=amount, at=at)
    row = _with_what_is_paid(row, amount=amount, at=at)
    return checkout_outcomes.finish(row, at=at)


def pay(
    session: CheckoutSession,
    method: PaymentMethod,
    *,
    amount: int,
    act_key: str,
    acceptance: Mapping[str, Any] | None = None,
    code: Any = None,
    at: datetime,
) -> CheckoutSession:
    """Pay a session with a payment method, or save that, and return the session whatever became of it.

    It is complete; or open, and then its intent says what comes next (`intent_of`): the customer is to authenticate
    (`bank_of`), or waits, or tries another method. No transaction may be open.

    Args:
        amount: as for `begin`.
        act_key: what the page was given for this try: the same one finds what came of it.
        acceptance: how the customer permitted debits, as `mandates.give` takes it.
        code: of a saved card, as `tokens.code` returns it.

    Raises:
        InvalidState: it has expired, is under way, or comes to more than the customer has seen.
        InvalidRequest: something is missing, or the method cannot be used for it.
        CardDeclined: the issuer refuses; another method may be tried.
        GatewayUnavailable: the gateway does not answer.
    """
    if method.kind not in session.payment_method_types:
        raise InvalidRequest(
            f"This Checkout Session takes these types of payment methods: "
            f"{', '.join(session.payment_method_types)}.",
            param="payment_method",
        )
    row = begin(session, amount=amount, at=at)
    if row.status != states.Status.OPEN:
        return row
    at = states.now(row, at)
    key = sealing.digest("try of a checkout", f"{row.pk} {act_key}").hex()
    if row.setup_intent_id:
        _save(row, method, key, acceptance, at=at)
    else:
        _charge(row, method, key, acceptance, code, at=at)
    return checkout_outcomes.finish(row, at=at)


def intent_of(session: CheckoutSession) -> PaymentIntent | SetupIntent | None:
    """Return what a session's customer pays or saves with, as it is now; None before it has begun."""
    if session.setup_intent_id:
        return setup_intents.get(session.setup_intent_id)
    if session.payment_intent_id:
        return payment_intents.get(session.payment_intent_id)
    return None


def bank_of(session: CheckoutSession) -> str:
    """Return the address at which a session's customer authenticates; empty where they need not."""
    intent = intent_of(session)
    action = (intent.next_action if intent is not None else None) or {}
    return str((action.get("redirect_to_url") or action).get("url", ""))


def awaits_deposits(session: CheckoutSession) -> bool:
    """Tell whether a session's customer is to say which two amounts were paid into their bank account."""
    intent = intent_of(session)
    action = (intent.next_action if intent is not None else None) or {}
    return action.get("type") == "verify_with_microdeposits"


def verify(session: CheckoutSession, *, amounts: list[int], at: datetime) -> CheckoutSession:
    """Verify a session's bank account by what its customer saw on the statement, and return the session.

    A payment is debited then, which takes days; its event tells what came of it. No transaction may be open.

    Args:
        amounts: both, in cents.

    Raises:
        InvalidState: no account waits for that.
        InvalidRequest: the amounts are wrong; after too many tries, the account cannot be used.
        GatewayUnavailable: the gateway does not answer.
    """
    at = states.now(session, at)
    intent = intent_of(session)
    if isinstance(intent, PaymentIntent):
        payment_intents.verify_microdeposits(intent, amounts=amounts, at=at)
    elif intent is not None:
        setup_intents.verify_microdeposits(intent, amounts=amounts, descriptor_code="", at=at)
    return checkout_outcomes.finish(session, at=at)


def come_back(session: CheckoutSession, *, at: datetime) -> CheckoutSession:
    """Find out what became of an authentication that the customer went away for, and return the session.

    No transaction may be open.

    Raises:
        GatewayUnavailable: the gateway does not answer.
    """
    at = states.now(session, at)
    intent = intent_of(session)
    if isinstance(intent, PaymentIntent):
        payment_intents.resume(intent, at=at)
    elif intent is not None:
        setup_intents.resume(intent, at=at)
    return checkout_outcomes.finish(session, at=at)


# -- below the public ones --------------------------------------------------------------------------------------------


def _fixed(session: CheckoutSession, *, amount: int, at: datetime) -> CheckoutSession:
    with transaction.atomic(durable=True):
        row = states.locked(session)
        if row.status == states.Status.COMPLETE:
            return row  # two clicks: the first one has paid
        states.check_open(row, at=at)
        if row.begun_at is not None:
            _check_amount(row, amount)
            return row
        _check_link(row)
        _check_said(row)
        customer = checkout_customers.settle(row, at=at)
        row.begun_at = at
        if row.mode != CheckoutMode.SETUP:
            items = checkout_items.of(row)
            wanted = checkout_totals.work_out(row, items, customer=customer, at=at)
            _check_amount(row, amount)
            if row.mode == CheckoutMode.PAYMENT and row.invoice_data is None and wanted:
                discounts.redeem(wanted, at=at)
                row.are_discounts_redeemed = True
            CheckoutItem.objects.bulk_update(items, checkout_totals.OF_ITEMS)
        row.save()
    return row


def _with_what_is_paid(session: CheckoutSession, *, amount: int, at: datetime) -> CheckoutSession:
    """Return a fixed session with its intent: made now, or by a try before this one."""
    is_over = session.status != states.Status.OPEN
    if is_over or session.payment_intent_id or session.setup_intent_id:
        return session
    if checkout_subscriptions.needs_method(session):
        return _made(session, _setup_intent, at=at)
    if session.mode == CheckoutMode.SUBSCRIPTION and session.amount_due:
        subscription = checkout_subscriptions.subscribe(session, at=at)
        bill = Invoice.objects.get(pk=subscription.latest_invoice_id)
        return _billed(session, bill, amount=amount, subscription=subscription)
    if session.mode == CheckoutMode.PAYMENT and session.invoice_data is not None:
        row = _made(session, _invoice, at=at)
        assert row.invoice is not None  # noqa: S101 -- it was just made
        return _billed(row, row.invoice, amount=amount)
    if session.mode == CheckoutMode.PAYMENT and session.amount_due:
        return _made(session, _payment_intent, at=at)
    return session


_Make = Callable[[CheckoutSession, datetime], Mapping[str, Any]]


def _made(session: CheckoutSession, make: _Make, *, at: datetime) -> CheckoutSession:
    """Make what a session is paid by under its lock, so that of two clicks one does, and return the session.

    Args:
        make: makes it, and returns the columns that tell of it.
    """
    with transaction.atomic(durable=True):
        row = states.locked(session)
        if not (row.payment_intent_id or row.setup_intent_id or row.invoice_id):
            columns = make(row, at)
            for name, value in columns.items():
                setattr(row, name, value)
            row.save(update_fields=list(columns))
    return row


def _setup_intent(session: CheckoutSession, at: datetime) -> Mapping[str, Any]:
    return {"setup_intent_id": setup_intents.create(details=_setup(session), at=at).pk}


def _payment_intent(session: CheckoutSession, at: datetime) -> Mapping[str, Any]:
    return {"payment_intent": payment_intents.create(_payment(session), at=at)}


def _invoice(session: CheckoutSession, at: datetime) -> Mapping[str, Any]:
    items = checkout_items.of(session)
    return {"invoice": checkout_subscriptions.invoice(session, items, at=at)}


def _billed(
    session: CheckoutSession, bill: Invoice, *, amount: int, **made: Any
) -> CheckoutSession:
    """Note the invoice by which a session is paid, and let the session come to what that does."""
    items = checkout_items.of(session)
    checkout_totals.follow_invoice(session, items, bill)
    CheckoutItem.objects.bulk_update(items, checkout_totals.OF_ITEMS)
    columns = {name: getattr(session, name) for name in checkout_totals.COLUMNS}
    row = _noted(session, invoice=bill, payment_intent=bill.payment_intent, **columns, **made)
    _check_amount(row, amount)
    return row


def _noted(session: CheckoutSession, **columns: Any) -> CheckoutSession:
    with transaction.atomic(durable=True):
        row = states.locked(session)
        for name, value in columns.items():
            setattr(row, name, value)
        row.save(update_fields=list(columns))
    return row


def _check_amount(session: CheckoutSession, amount: int) -> None:
    if session.amount_due > amount:
        raise InvalidState(
            "The amount has changed since you saw it. Look at it again before you pay.",
            code="checkout_amount_changed",
        )


def _check_link(session: CheckoutSession) -> None:
    """Refuse to begin what came of a link that takes no more, whoever opened it in time."""
    if session.payment_link_id is None:
        return
    if not PaymentLink.objects.get(pk=session.payment_link_id).takes_more:
        raise InvalidState(
            "This payment link takes no more payments.", code="payment_link_inactive"
        )


def _check_said(session: CheckoutSession) -> None:
    """Refuse to begin without what the customer must say.

    Raises:
        InvalidRequest: something is missing; `param` names it.
    """
    collects, said = session.collects, session.collected
    shipping, address = said.get("shipping") or {}, said.get("address") or {}
    missing = {
        "address": collects.get("billing_address_collection") == "required" and not address,
        "shipping": bool(collects.get("shipping_address_collection")) and not shipping,
        "phone": _is_on(collects, "phone_number_collection") and not said.get("phone"),
        "consent[terms_of_service]": (collects.get("consent_collection") or {}).get(
            "terms_of_service"
        )
        == "required"
        and (said.get("consent") or {}).get("terms_of_service") != "accepted",
        **{
            f"custom_fields[{field['key']}]": not field.get("optional")
            and not (said.get("custom_fields") or {}).get(field["key"])
            for field in collects.get("custom_fields") or ()
        },
        **{
            f"{kind}_name": bool(asked.get("enabled"))
            and not asked.get("optional")
            and not said.get(f"{kind}_name")
            for kind, asked in (collects.get("name_collection") or {}).items()
        },
    }
    for param, is_missing in missing.items():
        if is_missing:
            raise InvalidRequest("This is needed.", param=param, code="parameter_missing")


def _is_on(collects: Mapping[str, Any], name: str) -> bool:
    return bool((collects.get(name) or {}).get("enabled"))


def _payment(session: CheckoutSession) -> dict[str, Any]:
    """Return the columns of a session's payment intent."""
    shipping = session.collected.get("shipping")
    said = dict(session.intent_data)
    if shipping and "shipping" not in said:
        said["shipping"] = shipping
    return {
        **said,
        "amount": session.amount_due,
        "currency": session.currency,
        "customer": session.customer,
        "payment_method_types": session.payment_method_types,
        "chooses_methods": False,
        "return_url": states.url_of(session),
    }


def _setup(session: CheckoutSession) -> dict[str, Any]:
    """Return the columns of a session's setup intent."""
    said = session.intent_data if session.mode == CheckoutMode.SETUP else {}
    return {
        **said,
        "customer": session.customer,
        "payment_method_types": session.payment_method_types,
        "chooses_methods": False,
        "return_url": states.url_of(session),
    }


def _save(
    session: CheckoutSession,
    method: PaymentMethod,
    key: str,
    acceptance: Mapping[str, Any] | None,
    *,
    at: datetime,
) -> None:
    intent = setup_intents.get(session.setup_intent_id)
    if intent.status == SetupIntent.Status.SUCCEEDED:
        return
    setup_intents.confirm(
        intent, details={"payment_method": method}, acceptance=acceptance, request_key=key, at=at
    )


def _charge(
    session: CheckoutSession,
    method: PaymentMethod,
    key: str,
    acceptance: Mapping[str, Any] | None,
    code: Any,
    *,
    at: datetime,
) -> None:
    """Confirm a session's payment, unless that is through already.

    Raises:
        CardDeclined: the issuer refuses.
    """
    intent = payment_intents.get(session.payment_intent_id or "")
    if intent.status in _FREE:
        return
    keeps = session.mode == CheckoutMode.SUBSCRIPTION
    usage = "off_session" if keeps else intent.setup_future_usage
    confirmation = {
        "payment_method": method, "return_url": states.url_of(session), "off_session": False,
        "setup_future_usage": usage or None, "acceptance": acceptance,
    }  # fmt: skip
    if code is not None:
        confirmation["security_code"] = code
    intent = payment_intents.confirm(intent, confirmation, request_key=key, at=at)
    refusal = payment_intents.refusal(intent)
    if refusal is not None:
        raise refusal
