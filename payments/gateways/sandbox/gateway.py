"""The sandbox as a gateway: what the port asks for, answered by vault, book and challenges.

Acts that move money open a transaction of their own, and refuse to run inside another one: what the acquirer did must
stay done when the caller's transaction is rolled back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import transaction

from customers.kit import clock
from payments.gateways.base import (
    Authorization,
    Declined,
    Entry,
    Gateway,
    MethodReference,
    Notice,
    Outcome,
    Refused,
    Result,
    SavedMethod,
)
from payments.gateways.sandbox import book, challenges, disputes, faults, judging, notices, vault
from payments.gateways.sandbox.bank_accounts import MICRODEPOSITS, TOO_LATE, TOO_MANY_TRIES
from payments.gateways.sandbox.book import Line
from payments.gateways.sandbox.vault import Instrument
from payments.money import Money

_MOST_TRIES = 10
_MICRODEPOSIT = "payment_method_microdeposit"
_METHOD_COLUMNS = (
    "brand", "last4", "first6", "exp_month", "exp_year", "funding", "country", "fingerprint", "bank_name", "bank_code",
    "account_type", "account_holder_type", "currency",
)  # fmt: skip


class Sandbox(Gateway):
    """The acquirer of test mode."""

    kind: ClassVar[str] = "sandbox"
    is_near: ClassVar[bool] = True

    @property
    def account(self) -> str:
        return self.access.account

    @property
    def idempotency_window(self) -> timedelta:
        """How long a request can be on its way to it."""
        return timedelta(seconds=settings.SANDBOX_IDEMPOTENCY_SECONDS * settings.DRILL_TIME_FACTOR)

    def check(self) -> str:
        return "Sandbox"

    # -- methods -------------------------------------------------------------------------------------------------------

    def save(
        self, token_reference: str, *, reference: str, customer: Mapping[str, str]
    ) -> SavedMethod:
        with faults.suffered(self.account, "save") as fault, transaction.atomic():
            token = vault.find(self.account, token_reference)
            if customer:
                _let_be_saved(token, fault.decline)
            customer_id = customer.get("id", "")
            saved = vault.save(self.access, token, asked_as=reference, customer=customer_id)
        return SavedMethod(saved.reference, customer_id, _columns(saved))

    def forget(self, method: MethodReference) -> None:
        vault.forget(self.account, method.reference)

    def verify(
        self, method: MethodReference, *, amounts: list[int], descriptor_code: str = ""
    ) -> Outcome:
        with faults.suffered(self.account, "verify"), transaction.atomic():
            instrument = vault.find(self.account, method.reference)
            outcome = _judged_deposits(instrument, sorted(amounts), descriptor_code.upper())
            is_over = outcome.code.endswith(("exceeded", "timeout", "failed"))
            verification = "verification_failed" if is_over else instrument.verification
            if outcome.result == Result.DONE:
                verification = "verified"
            vault.verified(self.account, method.reference, verification)
        return outcome

    def authenticate(
        self, method: MethodReference, *, reference: str, return_url: str, off_session: bool
    ) -> Outcome:
        with faults.suffered(self.account, "authenticate") as fault, transaction.atomic():
            instrument = vault.find(self.account, method.reference)
            outcome = fault.decline or judging.of_setup(instrument, off_session=off_session)
            if outcome.result == Result.ACTION_REQUIRED:
                outcome = challenges.open_(
                    self.access,
                    "authenticate",
                    reference=reference,
                    instrument=method.reference,
                    request={},
                    return_url=return_url,
                ).answer
        return outcome

    # -- money ---------------------------------------------------------------------------------------------------------

    def authorize(self, request: Authorization) -> Outcome:
        with (
            faults.suffered(self.account, "authorize") as fault,
            transaction.atomic(durable=True),
        ):
            return self._authorize(request, fault.decline)

    def capture(self, gateway_reference: str, money: Money, *, reference: str) -> Outcome:
        with faults.suffered(self.account, "capture") as fault, transaction.atomic(durable=True):
            hold = book.locked(self.account, gateway_reference)
            if again := book.asked_again(self.account, reference, money):
                return again.answer
            if hold.status != "authorized" or money.currency != hold.currency:
                raise Refused(f"This charge is {hold.status}.", code="charge_not_capturable")
            if not 0 < money.amount <= hold.amount:
                raise Refused("More than was authorized.", code="amount_too_large")
            instrument = vault.find_any(self.account, hold.instrument)
            kept = judging.fee(money.amount, instrument.kind)
            outcome = fault.decline or Outcome(Result.DONE, fee=kept)
            line = self._write_below(hold, reference, "capture", money, outcome)
            if line.answer.result == Result.DONE:
                book.captured(hold, money.amount)
                disputes.open_all(replace(hold, amount=money.amount), instrument.behaviour.disputes)
        return line.answer

    def void(self, gateway_reference: str, *, reference: str) -> Outcome:
        with faults.suffered(self.account, "void") as fault, transaction.atomic(durable=True):
            hold = book.locked(self.account, gateway_reference)
            if again := book.asked_again(self.account, reference, None):
                return again.answer
            if hold.status not in {"authorized", "pending"}:
                raise Refused(f"This charge is {hold.status}.", code="charge_not_voidable")
            outcome = fault.decline or Outcome(Result.DONE)
            line = self._write_below(hold, reference, "void", hold.money, outcome)
            if line.answer.result == Result.DONE:
                _stop(hold)
        return line.answer

    def refund(
        self, gateway_reference: str, money: Money, *, reference: str, reason: str = ""
    ) -> Outcome:
        with faults.suffered(self.account, "refund") as fault, transaction.atomic(durable=True):
            charge = book.locked(self.account, gateway_reference)
            if again := book.asked_again(self.account, reference, money):
                return again.answer
            left = charge.captured - charge.refunded
            if money.currency != charge.currency or not 0 < money.amount <= left:
                code = "amount_too_large" if left else "charge_already_refunded"
                raise Refused(
                    f"Of this charge, {left} {charge.currency} can be refunded.", code=code
                )
            instrument = vault.find_any(self.account, charge.instrument)
            outcome, ripens = _of_refund(instrument)
            if fault.decline:
                outcome, ripens = fault.decline, None
            line = self._write_below(charge, reference, "refund", money, outcome, ripens)
            if line.answer.result != Result.DECLINED:
                book.refunded(charge.id, money.amount)
        return line.answer

    def contest(self, dispute_reference: str, evidence: Mapping[str, str], *, submit: bool) -> str:
        with transaction.atomic(durable=True):
            return disputes.answer(self.account, dispute_reference, evidence, submit=submit)

    def concede(self, dispute_reference: str) -> None:
        with transaction.atomic(durable=True):
            disputes.give_up(self.account, dispute_reference)

    # -- what became of it ---------------------------------------------------------------------------------------------

    def look_up(self, reference: str, *, kind: str, since: datetime) -> Outcome | None:
        with faults.suffered(self.account, "look_up"):
            if kind == "authenticate":
                return challenges.outcome_of(self.account, reference)
            ripen(self.account)
            line = book.of_reference(self.account, reference)
            return line.answer if line else None

    def entries(self, since: datetime) -> Iterator[Entry]:
        ripen(self.account)
        for line in book.lines(self.account, since=since):
            status = "authorized" if line.status in {"captured", "voided"} else line.status
            yield Entry(line.reference, line.id, line.kind, line.money, status, line.made_at)

    def parse_notification(
        self, body: bytes, headers: Mapping[str, str], *, at: datetime
    ) -> Notice:
        return notices.read(self.account, body, headers.get(notices.HEADER, ""), at=at)

    def read_notification(self, body: bytes) -> Notice:
        return notices.content(body)

    def _authorize(self, request: Authorization, declined: Outcome | None) -> Outcome:
        try:
            instrument = self._chargeable(request.method, request.security_code)
        except Refused:  # now, or when it was asked for first
            if again := book.asked_again(self.account, request.reference, request.money):
                return again.answer
            raise
        expires = request.method.expires
        outcome = declined or judging.expired(instrument, expires, at=clock.now())
        outcome = outcome or judging.of_charge(instrument, request)
        if outcome.result == Result.ACTION_REQUIRED:
            if again := book.asked_again(self.account, request.reference, request.money):
                return again.answer
            outcome = self._challenge(request)
        line = book.write(
            self.account,
            request.reference,
            "charge",
            request.money,
            outcome,
            status="succeeded" if request.takes_now else "authorized",
            instrument=instrument.reference,
            customer=request.customer_id,
            ripens=_of_debit(instrument, request) if outcome.result == Result.WAITING else None,
        )
        if line is None:  # it was asked under the same reference before
            first = book.asked_again(self.account, request.reference, request.money)
            return first.answer if first else outcome
        if line.status == "succeeded":
            disputes.open_all(line, instrument.behaviour.disputes)
        return line.answer

    def _chargeable(self, method: MethodReference, security_code: str) -> Instrument:
        """Return what stands behind a method, with the security code that was entered for it now.

        Raises:
            Refused: nothing that can be charged.
        """
        instrument = vault.find(self.account, method.reference)
        if instrument.verification in {"pending", "verification_failed"}:
            raise Refused("The bank account was not verified.", code="bank_account_unverified")
        if not security_code:
            return instrument
        return replace(instrument, shown={**instrument.shown, "cvc_check": "unchecked"})

    def _challenge(self, request: Authorization) -> Outcome:
        wanted = {
            **asdict(request.money),
            "takes_now": request.takes_now,
            "sets_up": request.sets_up,
        }
        return challenges.open_(
            self.access,
            "authorize",
            reference=request.reference,
            instrument=request.method.reference,
            request=wanted,
            return_url=request.return_url,
        ).answer

    def _write_below(
        self,
        parent: Line,
        reference: str,
        kind: str,
        money: Money,
        outcome: Outcome,
        ripens: tuple[timedelta, Outcome] | None = None,
    ) -> Line:
        line = book.write(
            self.account,
            reference,
            kind,
            money,
            outcome,
            status="succeeded",
            instrument=parent.instrument,
            customer=parent.customer,
            parent=parent.id,
            ripens=ripens,
        )
        if line is None:
            raise Refused(
                f"The reference {reference} stands for another act.", code="idempotency_error"
            )
        return line


def ripen(account: str | None = None) -> int:
    """Let what takes its time come to its end where the time has passed, and return how many lines did.

    Args:
        account: whose; everybody's when absent.
    """
    with transaction.atomic():
        found = book.ripe(account)
        for line, outcome in found:
            settled = book.settle(line, outcome, status="succeeded")
            if line.kind == "charge" and settled.result == Result.DONE:
                instrument = vault.find_any(line.account, line.instrument)
                disputes.open_all(line, instrument.behaviour.disputes)
            if line.kind == "refund" and settled.result == Result.DECLINED and line.parent:
                book.refunded(line.parent, -line.amount)
            notices.tell(
                line.account,
                "operation",
                gateway_reference=settled.reference,
                reference=line.reference,
            )
    return len(found)


def _let_be_saved(token: Instrument, fault: Outcome | None) -> None:
    behaviour = token.behaviour
    if fault:
        raise Declined(fault.message, code=fault.code, decline_code=fault.decline_code)
    if behaviour.code and not behaviour.can_be_saved:
        raise Declined(behaviour.message, code=behaviour.code, decline_code=behaviour.decline_code)


def _columns(saved: Instrument) -> dict[str, object]:
    """Return what PaymentMethod shows of an instrument, by its columns."""
    columns: dict[str, object] = {
        name: saved.shown[name] for name in _METHOD_COLUMNS if name in saved.shown
    }
    if saved.kind == "card":
        needs = judging.needs_authentication(saved.behaviour)
        return {
            **columns,
            **judging.checks(saved.behaviour, saved),
            "requires_authentication": needs,
        }
    return {**columns, "verification": saved.verification}


def _judged_deposits(instrument: Instrument, amounts: list[int], code: str) -> Outcome:
    said = (tuple(amounts), code)

    def matches(expected: tuple[tuple[int, int], str]) -> bool:
        return said[0] == expected[0] or (bool(code) and code == expected[1])

    def no(what: str, message: str) -> Outcome:
        return Outcome(Result.DECLINED, code=f"{_MICRODEPOSIT}_{what}", message=message)

    if not instrument.behaviour.sends_microdeposits:
        return no("failed", "The microdeposits could not be sent to this bank account.")
    if instrument.verification == "verified" or matches(MICRODEPOSITS):
        return Outcome(Result.DONE, reference=instrument.reference)
    if instrument.tries + 1 >= _MOST_TRIES or matches(TOO_MANY_TRIES):
        return no("verification_attempts_exceeded", "There were too many wrong answers.")
    if matches(TOO_LATE):
        return no("verification_timeout", "The microdeposits were not verified in time.")
    if code:
        return no("verification_descriptor_code_mismatch", "That is not the code in the statement.")
    return no("verification_amounts_mismatch", "Those are not the amounts that were sent.")


def _of_debit(instrument: Instrument, request: Authorization) -> tuple[timedelta, Outcome] | None:
    behaviour = instrument.behaviour
    if behaviour.never_ends:
        return None
    return (
        book.delay(is_slow=behaviour.is_slow),
        judging.of_debit(instrument, request.money.amount),
    )


def _of_refund(instrument: Instrument) -> tuple[Outcome, tuple[timedelta, Outcome] | None]:
    match instrument.behaviour.refunds:
        case "pending":
            return Outcome(Result.WAITING), (book.delay(), Outcome(Result.DONE))
        case "fail":
            failed = Outcome(
                Result.DECLINED,
                code="expired_or_canceled_card",
                message="The customer's bank has sent the refund back.",
            )
            return Outcome(Result.DONE), (book.delay(), failed)
        case _:
            return Outcome(Result.DONE), None


def _stop(hold: Line) -> None:
    """Release what a charge holds, or keep one on its way from being carried out."""
    if hold.status == "pending":
        canceled = Outcome(Result.DECLINED, code="canceled", message="The payment was canceled.")
        book.settle(hold, canceled, status="voided")
        challenges.close_for(hold.account, hold.reference)
    book.voided(hold)
