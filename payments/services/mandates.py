"""Mandates: given with the customer's acceptance, active once the account is known to be theirs, withdrawn."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.events.services import events
from customers.kit import ids
from customers.kit.errors import InvalidRequest, NotFound
from payments.models import Mandate, PaymentMethod

_DEBITS = {PaymentMethod.Kind.US_BANK_ACCOUNT, PaymentMethod.Kind.SEPA_DEBIT}


def get(pk: str) -> Mandate:
    """Return a mandate.

    Raises:
        NotFound: the site has none with this id.
    """
    mandate = Mandate.objects.filter(pk=pk).first()
    if mandate is None:
        raise NotFound(f"No such mandate: '{pk}'", param="id")
    return mandate


def permitted(
    method: PaymentMethod, *, named: str = "", acceptance: Mapping[str, Any] | None, at: datetime
) -> str:
    """Return the id of the mandate under which a payment is taken, in the caller's transaction; empty for a card.

    One that waited for its account to be verified takes effect if that has happened.

    Args:
        named: the id of one; else it is the one that the method has, or a new one.
        acceptance: as for `give`.

    Raises:
        NotFound: there is none with the named id.
        InvalidRequest: the named one is another method's, or a debit needs an acceptance, and there is none.
    """
    is_pending = method.verification not in {"", PaymentMethod.Verification.VERIFIED}
    if named:
        mandate = get(named)
        if mandate.payment_method_id != method.pk:
            raise InvalidRequest(
                f"The mandate {mandate.pk} is not of the payment method {method.pk}.",
                param="mandate",
            )
    else:
        given = give(method, acceptance, is_pending=is_pending, at=at)
        if given is None:
            return ""
        mandate = given
    if mandate.status == Mandate.Status.PENDING and not is_pending:
        activate(method, at=at)
    return str(mandate.pk)


def give(
    method: PaymentMethod, acceptance: Mapping[str, Any] | None, *, is_pending: bool, at: datetime
) -> Mandate | None:
    """Write down a customer's permission to debit a bank account, in the caller's transaction; cards need none.

    Where the method has one already, that one stands.

    Args:
        acceptance: `type` (online, offline), `ip_address`, `user_agent`, `accepted_at` (seconds since 1970), `wording`,
            `language`.
        is_pending: whether the account has still to be verified.

    Raises:
        InvalidRequest: a debit needs an acceptance, and there is none.
    """
    if method.kind not in _DEBITS:
        return None
    existing = (
        Mandate.objects.filter(payment_method=method)
        .exclude(status=Mandate.Status.INACTIVE)
        .order_by("-created_at")
        .first()
    )
    if existing is not None:
        return existing
    if acceptance is None:
        raise InvalidRequest(
            f"A mandate is required to debit a payment method of type {method.kind}: send mandate_data with the "
            "customer's acceptance.",
            param="mandate_data",
            code="parameter_missing",
        )
    status = Mandate.Status.PENDING if is_pending else Mandate.Status.ACTIVE
    mandate = Mandate.belonging_to(
        method,
        payment_method=method,
        status=status,
        acceptance={"accepted_at": int(at.timestamp()), **acceptance},
        reference=ids.random_letters(16).upper(),
        created_at=at,
    )
    mandate.save(force_insert=True)
    return mandate


def activate(method: PaymentMethod, *, at: datetime) -> None:
    """Let a verified account's pending mandates take effect, in the caller's transaction."""
    _move(method, Mandate.Status.PENDING, Mandate.Status.ACTIVE, at=at)


def withdraw(method: PaymentMethod, *, at: datetime) -> None:
    """End a detached method's mandates, in the caller's transaction."""
    for status in (Mandate.Status.PENDING, Mandate.Status.ACTIVE):
        _move(method, status, Mandate.Status.INACTIVE, at=at)


def _move(method: PaymentMethod, before: str, after: str, *, at: datetime) -> None:
    found = Mandate.objects.filter(payment_method=method, status=before)
    for mandate in found.select_for_update(no_key=True).order_by("id"):
        type_ = Mandate.TRANSITIONS.event(before, after, noun="mandate")
        mandate.status = after
        mandate.save(update_fields=["status"])
        events.publish(type_, mandate, previous={"status": before}, at=at)
