"""The port: what Keeptab asks of any gateway, in words of no gateway.

A gateway is called outside every transaction, after the row that stands for the act was committed. Its `reference` is
the act's name on our side (`ch_…`, `ch_…/capture`, `re_…`): the idempotency key there, and by which the act is found
again.

What a call may end in: an `Outcome` (the gateway answered), `NotSent` (nothing left this machine: safe to repeat at
once), or `Unknown` (it may have acted: to be looked up, never to be taken as failed).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from payments.money import Money


class NotSent(Exception):
    """The gateway was not reached: no name, no connection, no TLS."""


class Unknown(Exception):
    """The gateway may have acted: a time-out, a broken answer, a server error, an idempotency conflict."""


class Refused(Exception):
    """The gateway understood, and refuses the request itself: a bug of ours, or credentials that are no good.

    Args:
        message: for the merchant.
        code: Stripe's word for it.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Declined(Refused):
    """The issuer refuses to have the method saved, or the number cannot be right.

    Args:
        message: for the customer.
        code: Stripe's word for it (`card_declined`, `incorrect_number`, …).
        decline_code: the issuer's reason in Stripe's words, or empty.
        param: the part of the card that is wrong (`number`, `exp_month`, …), or empty.
    """

    def __init__(
        self, message: str, *, code: str = "card_declined", decline_code: str = "", param: str = ""
    ) -> None:
        super().__init__(message, code=code)
        self.decline_code = decline_code
        self.param = param


class Result(StrEnum):
    """What became of an act."""

    DONE = "done"
    DECLINED = "declined"
    ACTION_REQUIRED = "action_required"  # the customer has to go to `action_url`
    WAITING = "waiting"  # the bank will tell: debits, microdeposits


@dataclass(frozen=True, slots=True)
class Access:
    """Whose account at the gateway it is, and how to get in.

    Args:
        account: the id of our GatewayAccount.
        site: the id of the site.
        credentials: by the names that the gateway's `credential_names` gives.
    """

    account: str
    site: str
    livemode: bool
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A gateway's answer.

    Args:
        reference: the gateway's id for what it did, or empty.
        code: Stripe's error code where declined (`card_declined`, `expired_card`, …).
        decline_code: the issuer's reason in Stripe's words (`insufficient_funds`, …), or empty.
        message: for people.
        action_url: where the customer has to go.
        fee: what the gateway keeps, in minor units of the charge's currency.
        details: what `/v1/` shows of it: `network_status`, `cvc_check`, `authorization_code`, …
    """

    result: Result
    reference: str = ""
    code: str = ""
    decline_code: str = ""
    message: str = ""
    action_url: str = ""
    fee: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A payment method as the gateway keeps it.

    Args:
        reference: the gateway's id, chargeable again and again.
        customer_reference: the gateway's customer, where it needs one.
        details: columns of PaymentMethod by name: `brand`, `last4`, `exp_month`, `fingerprint`, `verification`, …
    """

    reference: str
    customer_reference: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MethodReference:
    """Which saved method to charge.

    Args:
        expires: the year and month in which the card expires, as the merchant knows them now; None where unknown.
    """

    reference: str
    customer_reference: str = ""
    kind: str = "card"
    expires: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """A request to take or to hold money.

    Args:
        reference: ours; the idempotency key.
        takes_now: whether the money is taken at once, or held for a capture.
        off_session: whether the customer is absent, so that no authentication is possible.
        return_url: where the customer comes back to after authenticating; empty where there is none.
        security_code: the vault's token for the code of a saved card that the customer entered again; empty for none.
        sets_up: whether the customer agreed to be charged later too, while absent.
    """

    reference: str
    money: Money
    method: MethodReference
    takes_now: bool = True
    off_session: bool = False
    security_code: str = ""
    sets_up: bool = False
    return_url: str = ""
    description: str = ""
    statement_descriptor: str = ""
    customer_id: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a gateway's books.

    Args:
        reference: ours, where the gateway knows it.
        gateway_reference: the gateway's.
        kind: `charge`, `capture`, `void` or `refund`.
        status: `succeeded`, `failed`, `pending` or `authorized`.
    """

    reference: str
    gateway_reference: str
    kind: str
    money: Money
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notification tells us to look at; its other contents are not believed.

    Args:
        event_id: the gateway's, for telling repeats.
        about: `operation`, `dispute`, `payment_method` or empty where it concerns nothing of ours.
        gateway_reference: of the object it is about.
        reference: ours, where it says so.
        details: for disputes: `amount`, `reason`, `status`, `evidence_due_at`.
    """

    event_id: str
    about: str = ""
    gateway_reference: str = ""
    reference: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class Gateway(ABC):
    """One account at one gateway. Every method may raise NotSent, Unknown and Refused."""

    kind: ClassVar[str]
    credential_names: ClassVar[tuple[str, ...]] = ()  # the first of them are needed
    credentials_needed: ClassVar[int] = 0
    is_near: ClassVar[bool] = False
    """Whether it answers at once, being no further away than our database."""

    def __init__(self, access: Access) -> None:
        self.access = access

    @property
    def idempotency_window(self) -> timedelta:
        """How long the gateway knows a reference again; older ones that it has no trace of never got there."""
        return timedelta(hours=24)

    @abstractmethod
    def check(self) -> str:
        """Make sure that the credentials work, and return the account's name."""

    @abstractmethod
    def save(
        self, token_reference: str, *, reference: str, customer: Mapping[str, str]
    ) -> SavedMethod:
        """Turn a token into a method that can be charged or, for a customer, into one that can be charged again.

        Args:
            token_reference: the vault's or the gateway's own token, or a method that was made of one before.
            reference: ours for the method; the idempotency key.
            customer: empty, or `id`, `email`, `name` and, where there is one, the `reference` of the gateway's
                customer.

        Raises:
            Declined: the issuer does not let the customer have it saved.
        """

    @abstractmethod
    def forget(self, method: MethodReference) -> None:
        """Remove a saved method; one that is gone already is no error."""

    @abstractmethod
    def verify(
        self, method: MethodReference, *, amounts: list[int], descriptor_code: str = ""
    ) -> Outcome:
        """Check what the customer says of the microdeposits; DECLINED tells that it is wrong."""

    @abstractmethod
    def authenticate(
        self, method: MethodReference, *, reference: str, return_url: str, off_session: bool
    ) -> Outcome:
        """Check a method for later use without taking money; ACTION_REQUIRED where the customer has to authenticate."""

    @abstractmethod
    def authorize(self, request: Authorization) -> Outcome:
        """Take or hold money."""

    @abstractmethod
    def capture(self, gateway_reference: str, money: Money, *, reference: str) -> Outcome:
        """Take what an authorization holds; what is above the amount is released."""

    @abstractmethod
    def void(self, gateway_reference: str, *, reference: str) -> Outcome:
        """Release what an authorization holds."""

    @abstractmethod
    def refund(
        self, gateway_reference: str, money: Money, *, reference: str, reason: str = ""
    ) -> Outcome:
        """Give money back."""

    @abstractmethod
    def contest(self, dispute_reference: str, evidence: Mapping[str, str], *, submit: bool) -> str:
        """Answer a dispute, and return its status: `needs_response`, `under_review`, `won` or `lost`.

        Args:
            evidence: texts by the names of Stripe's evidence fields.
            submit: whether it goes to the bank now, or is only kept there.
        """

    @abstractmethod
    def concede(self, dispute_reference: str) -> None:
        """Accept a dispute as lost."""

    @abstractmethod
    def look_up(self, reference: str, *, kind: str, since: datetime) -> Outcome | None:
        """Return what became of an act that we asked for, or None where the gateway has no trace of it.

        Args:
            kind: `authorize`, `capture`, `void`, `refund` or `authenticate`.
            since: when it was asked, for gateways that have to be searched.
        """

    @abstractmethod
    def entries(self, since: datetime) -> Iterator[Entry]:
        """Return the gateway's books since an instant, for finding what we do not know of."""

    @abstractmethod
    def parse_notification(
        self, body: bytes, headers: Mapping[str, str], *, at: datetime
    ) -> Notice:
        """Verify a notification and return which one it is.

        Raises:
            Refused: it is not the gateway's, or too old.
        """

    @abstractmethod
    def read_notification(self, body: bytes) -> Notice:
        """Return what a notification that was verified before is about, as the gateway has it by now."""
