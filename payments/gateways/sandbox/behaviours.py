"""How test cards and test accounts behave when they are saved, charged, authenticated and refunded.

Sources: https://docs.stripe.com/testing, https://docs.omise.co/api-testing
"""

from dataclasses import dataclass, replace
from enum import StrEnum

DECLINED = "Your card was declined."
NEEDS_AUTHENTICATION = "Your card was declined. This transaction requires authentication."


class Authentication(StrEnum):
    """When the customer has to authenticate."""

    NEVER = ""
    ALWAYS = "always"
    ON_SESSION = "on_session"  # set up already: charges without the customer go through
    UNLESS_SET_UP = "unless_set_up"  # as above, once an authentication has set it up


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One way to behave; without any of these a charge succeeds.

    Args:
        code: Stripe's error code with which a charge is declined.
        decline_code: the issuer's reason.
        can_be_saved: whether a customer may have it saved although charges are declined.
        fails_authentication: whether the customer's authentication fails, whatever they choose.
        risk: `normal`, `elevated` or `highest`.
        is_blocked: whether it is stopped before the issuer is asked.
        cvc, line1, postal_code: what the issuer says of what was given of them.
        disputes: the reasons for which the charge is disputed at once.
        refunds: `pending` for refunds that take a while, `fail` for those that are sent back after a while.
        is_slow: whether a debit takes three minutes instead of seconds.
        never_ends: whether a debit stays on its way for ever.
        sends_microdeposits: whether the bank lets the amounts arrive by which an account is verified.
    """

    code: str = ""
    decline_code: str = ""
    message: str = DECLINED
    can_be_saved: bool = False
    authentication: Authentication = Authentication.NEVER
    fails_authentication: bool = False
    risk: str = "normal"
    is_blocked: bool = False
    cvc: str = "pass"
    line1: str = "pass"
    postal_code: str = "pass"
    disputes: tuple[str, ...] = ()
    refunds: str = ""
    is_slow: bool = False
    never_ends: bool = False
    sends_microdeposits: bool = True


def _debit(code: str, message: str) -> Behaviour:
    return Behaviour(code=code, message=message, can_be_saved=True)


_ALWAYS, _FUNDS = Authentication.ALWAYS, "Your card has insufficient funds."
_VELOCITY = "Your card was declined for making repeated attempts too frequently or exceeding its amount limit."
_TROUBLE = "An error occurred while processing your card. Try again in a little bit."
_WEEKLY = "The payment exceeds the account's weekly payment volume limit."
_LIMIT = "The payment exceeds the account's transaction limit."
_UNAUTHORIZED = "The customer has notified their bank that this payment was unauthorized."

BEHAVIOURS: dict[str, Behaviour] = {
    "pays": Behaviour(),
    "declined": Behaviour(code="card_declined", decline_code="generic_decline"),
    "insufficient_funds": Behaviour(code="card_declined", decline_code="insufficient_funds", message=_FUNDS),
    "lost_card": Behaviour(code="card_declined", decline_code="lost_card"),
    "stolen_card": Behaviour(code="card_declined", decline_code="stolen_card"),
    "expired_card": Behaviour(code="expired_card", decline_code="expired_card", message="Your card has expired."),
    "incorrect_cvc": Behaviour(
        code="incorrect_cvc", decline_code="incorrect_cvc", cvc="fail",
        message="Your card's security code is incorrect.",
    ),
    "processing_error": Behaviour(code="processing_error", decline_code="processing_error", message=_TROUBLE),
    "velocity": Behaviour(code="card_declined", decline_code="card_velocity_exceeded", message=_VELOCITY),
    "do_not_honor": Behaviour(code="card_declined", decline_code="do_not_honor"),
    "invalid_account": Behaviour(code="card_declined", decline_code="invalid_account"),
    "fraudulent": Behaviour(code="card_declined", decline_code="fraudulent", risk="highest", is_blocked=True),
    "highest_risk": Behaviour(risk="highest"),
    "elevated_risk": Behaviour(risk="elevated"),
    "cvc_fails": Behaviour(cvc="fail"),
    "postal_code_fails": Behaviour(postal_code="fail"),
    "cvc_fails_elevated": Behaviour(cvc="fail", risk="elevated"),
    "postal_code_fails_elevated": Behaviour(postal_code="fail", risk="elevated"),
    "line1_fails": Behaviour(line1="fail"),
    "address_fails": Behaviour(line1="fail", postal_code="fail"),
    "address_unavailable": Behaviour(line1="unavailable", postal_code="unavailable"),
    "disputed": Behaviour(disputes=("fraudulent",)),
    "not_received": Behaviour(disputes=("product_not_received",)),
    "disputed_twice": Behaviour(disputes=("fraudulent", "product_not_received")),
    "refunds_pend": Behaviour(refunds="pending"),
    "refunds_fail": Behaviour(refunds="fail"),
    "authenticates": Behaviour(authentication=_ALWAYS),
    "authenticates_unless_set_up": Behaviour(authentication=Authentication.UNLESS_SET_UP),
    "authenticates_on_session": Behaviour(authentication=Authentication.ON_SESSION),
    "authenticates_then_declined": Behaviour(
        code="card_declined", decline_code="generic_decline", authentication=_ALWAYS, can_be_saved=True
    ),
    "authenticates_then_insufficient_funds": Behaviour(
        code="card_declined", decline_code="insufficient_funds", message=_FUNDS,
        authentication=Authentication.UNLESS_SET_UP, can_be_saved=True,
    ),
    "fails_authentication": Behaviour(authentication=_ALWAYS, fails_authentication=True),
    "authentication_unavailable": Behaviour(
        code="card_declined", decline_code="processing_error", message=_TROUBLE, can_be_saved=True
    ),
    # -- bank accounts -------------------------------------------------------------------------------------------------
    "debit_fails": _debit("debit_not_authorized", _UNAUTHORIZED),
    "debit_account_closed": _debit("account_closed", "The customer's bank account has been closed."),
    "debit_no_account": _debit("no_account", "The customer's bank account could not be located."),
    "debit_insufficient_funds": _debit("insufficient_funds", "The customer's account has insufficient funds."),
    "debit_invalid_currency": _debit("invalid_currency", "The bank cannot process payments of this currency."),
    "debit_exceeds_weekly_volume": _debit("charge_exceeds_source_limit", _WEEKLY),
    "debit_exceeds_weekly_limit": _debit("charge_exceeds_weekly_limit", _WEEKLY),
    "debit_exceeds_limit": _debit("charge_exceeds_transaction_limit", _LIMIT),
    "debit_slow": Behaviour(is_slow=True),
    "debit_fails_slowly": replace(_debit("debit_not_authorized", _UNAUTHORIZED), is_slow=True),
    "debit_never_ends": Behaviour(never_ends=True),
    "debit_disputed": Behaviour(disputes=("bank_cannot_process",)),
    "no_microdeposits": Behaviour(sends_microdeposits=False),
}  # fmt: skip

# Cards that a customer may save, and that are declined when they are charged.
BEHAVIOURS |= {
    f"{name}_when_charged": replace(behaviour, can_be_saved=True)
    for name, behaviour in BEHAVIOURS.items()
    if behaviour.code and not behaviour.can_be_saved
}
