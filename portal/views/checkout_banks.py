"""Bank accounts at a checkout: a debit is agreed to on the page, and what the bank makes of it is known days later.

An account whose holder is not known to own it is verified first, by two small amounts that are paid into it: the page
of a complete session takes what the statement says of them.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from customers.kit.errors import DomainError
from payments.forms.adding import FORMS, DepositsForm, MethodForm
from payments.models import PaymentMethod
from payments.services import payment_methods
from payments.views import add_method
from portal.models import CheckoutSession
from portal.services import checkout_payments, checkout_states, checkout_visits
from portal.views import checkout_shown, doors
from portal.views.doors import Stranger


def is_account(kind: str) -> bool:
    """Tell whether a kind of payment methods is one of bank accounts."""
    return kind not in {"", PaymentMethod.Kind.CARD}


def form_of(
    session: CheckoutSession, kind: str, typed: Any = None, *, focuses: bool = False
) -> MethodForm:
    """Return the form of an account, with the name that the customer has said.

    Args:
        focuses: whether the browser begins at what was refused.
    """
    said = session.collected
    name = said.get("business_name") or said.get("individual_name") or said.get("name") or ""
    form = FORMS[kind](session.site.name, typed, initial={"name": name})
    if focuses:
        form.focus_on_error()
    return form


def pay(
    request: HttpRequest,
    stranger: Stranger,
    session: CheckoutSession,
    form: MethodForm,
    *,
    amount: int,
    act_key: str,
) -> None:
    """Pay a session from the account that was typed, or save that.

    Raises:
        DomainError: as `checkout_payments.pay`; or the account cannot be, which the form can show.
    """
    method = payment_methods.create(
        kind=form.kind,
        details=form.details(),
        billing_details={**form.billing_details(), "email": session.email},
        at=checkout_states.now(session, stranger.now),
    )
    checkout_payments.pay(
        session,
        method,
        amount=amount,
        act_key=act_key,
        acceptance=add_method.acceptance(request, form),
        at=stranger.now,
    )


def deposits(request: HttpRequest, stranger: Stranger, session: CheckoutSession) -> HttpResponse:
    """Take what the statement says of the two amounts; where nothing waits for that, show what is there."""
    if not checkout_payments.awaits_deposits(session):
        return doors.secured(HttpResponseRedirect(request.path))
    form = DepositsForm(request.POST)
    if not form.is_valid():
        return ask(request, stranger, session, form)
    try:
        checkout_payments.verify(session, amounts=form.amounts(), at=stranger.now)
    except DomainError as refusal:
        if checkout_payments.awaits_deposits(session):
            form.refuse(refusal)
            return ask(request, stranger, session, form)
    return doors.secured(HttpResponseRedirect(request.path))


def ask(
    request: HttpRequest,
    stranger: Stranger,
    session: CheckoutSession,
    form: DepositsForm | None = None,
) -> HttpResponse:
    """Ask which two amounts the bank statement shows."""
    intent = checkout_payments.intent_of(session)
    method = intent.payment_method if intent is not None else None
    context = {
        "form": form or DepositsForm(),
        "last4": method.last4 if method else "",
        "thanks": checkout_shown.thanks(session),
        "next_url": checkout_visits.landing(session),
        "languages": [],  # the address says it, or the browser
    }
    status = 400 if form is not None else 200
    return doors.shown_outside(request, stranger, "portal/checkout_deposits.html", context, status)
