"""The page of a checkout session: what is bought, who buys, what pays it, the bank where it asks, and the way back.

Whoever has the address may pay; nothing that a customer has saved is shown. No answer to a form leads to another host,
since browsers apply the policy for forms to redirects too: the page that follows it does.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, override, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from customers.kit import clock
from customers.kit.errors import CardDeclined, DomainError, InvalidRequest, NotFound
from customers.kit.provenance import Provenance, acting
from customers.services import letters
from payments.forms import card_entry
from payments.forms.adding import MethodForm
from payments.forms.links import KEY, PaymentForm, fresh_key
from payments.models import PaymentIntent, SetupIntent
from payments.services import card_pages, tokens
from payments.views import add_method
from portal.forms.sign_in import CodeForm
from portal.models import CheckoutMode, CheckoutSession
from portal.services import (
    checkout_payments,
    checkout_states,
    checkout_visits,
    own_methods,
    payment_links,
)
from portal.views import checkout_banks, checkout_identity, checkout_shown, doors, statement
from portal.views.checkout_steps import Steps
from portal.views.doors import Stranger

_BACK = ("payment_intent", "setup_intent")
_FREE = {SetupIntent.Status.SUCCEEDED, PaymentIntent.Status.PROCESSING}


@card_entry.on_page
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, secret: str) -> HttpResponse:
    """Show how far a session is, and take the next step."""
    try:
        session = checkout_visits.opened(secret)
    except NotFound as error:
        raise Http404 from error
    with _inside(request, session) as stranger:
        return _answer(request, stranger, session)


@require_safe
def link(request: HttpRequest, key: str) -> HttpResponse:
    """Begin a session of a payment link, and lead to its page."""
    try:
        found = payment_links.found(key)
    except NotFound as error:
        raise Http404 from error
    with doors.outside(request, found.site, livemode=found.livemode) as stranger:
        said = {
            "client_reference_id": request.GET.get("client_reference_id", "")[:200],
            "customer_email": request.GET.get("prefilled_email", "")[:512],
            "locale": request.GET.get("locale", "")[:6],
        }
        if request.method == "HEAD":
            return doors.secured(HttpResponse())
        try:
            session = payment_links.begin(found, said=said, at=stranger.now)
        except DomainError:
            text = found.inactive_message or pgettext("page", "This link takes no more payments.")
            return checkout_shown.told(
                request, stranger, pgettext("page", "This page is closed"), text, 410
            )
        return doors.secured(HttpResponseRedirect(reverse("checkout", args=[session.secret])))


def _answer(request: HttpRequest, stranger: Stranger, session: CheckoutSession) -> HttpResponse:
    if request.method == "POST":
        return _taken(request, stranger, session)
    if any(name in request.GET for name in _BACK):
        try:
            checkout_payments.come_back(session, at=stranger.now)
        except DomainError:
            messages.error(request, checkout_shown.no_answer())
        return doors.secured(HttpResponseRedirect(request.path))
    return _state(request, stranger, checkout_states.get(session.pk))


def _state(request: HttpRequest, stranger: Stranger, session: CheckoutSession) -> HttpResponse:
    """Show how far a session is."""
    if session.status == checkout_states.Status.COMPLETE:
        if checkout_payments.awaits_deposits(session):
            return checkout_banks.ask(request, stranger, session)
        return checkout_shown.complete(request, stranger, session)
    if not checkout_visits.is_open(session, at=stranger.now):
        return checkout_shown.expired(request, stranger, session)
    bank = checkout_payments.bank_of(session)
    if bank and "another" not in request.GET:
        return checkout_shown.to_bank(request, stranger, bank)
    intent = checkout_payments.intent_of(session)
    if isinstance(intent, PaymentIntent) and intent.status in _FREE:
        return checkout_shown.on_its_way(request, stranger)
    return _shown(request, stranger, session)


def _taken(request: HttpRequest, stranger: Stranger, session: CheckoutSession) -> HttpResponse:
    """Take one step, and come back to see what became of it, so that a reload sends nothing twice."""
    act = request.POST.get("act", "")
    whenever = {
        "ask": checkout_identity.ask, "guess": _guessed, "deposits": checkout_banks.deposits,
    }  # fmt: skip
    if act in whenever:
        return whenever[act](request, stranger, session)
    if not checkout_visits.is_open(session, at=stranger.now):
        return _again(request)
    if act == "pay":
        return _paid(request, stranger, session)
    if act in {"details", ""} or "show" in request.POST:
        return _described(request, stranger, session)
    return _chosen(request, stranger, session, act)


def _guessed(request: HttpRequest, stranger: Stranger, session: CheckoutSession) -> HttpResponse:
    form = CodeForm(request.POST)
    answer = None
    if form.is_valid():
        answer = checkout_identity.guess(request, stranger, session, form)
    return answer or _shown(request, stranger, session, code=form)


def _described(request: HttpRequest, stranger: Stranger, session: CheckoutSession) -> HttpResponse:
    steps = Steps(stranger.reader, session, request.POST)
    if steps.is_valid():
        try:
            checkout_visits.describe(
                session, email=steps.email(), said=steps.said(), at=stranger.now
            )
        except InvalidRequest as refusal:
            steps.main.refuse(refusal.param)
        except DomainError:
            return _again(request)
        else:
            return _again(request)
    return _shown(request, stranger, session, steps=steps)


def _chosen(
    request: HttpRequest, stranger: Stranger, session: CheckoutSession, act: str
) -> HttpResponse:
    """Take a quantity, a way of sending, or a promotion code."""
    at = stranger.now
    try:
        if act == "quantity":
            number = request.POST.get("quantity", "")
            if not (number.isascii() and number.isdecimal() and len(number) <= _DIGITS):
                raise InvalidRequest("This is no number.", param="quantity")
            item = request.POST.get("item", "")
            checkout_visits.choose_quantity(session, item, int(number), at=at)
        elif act == "shipping":
            checkout_visits.choose_shipping(session, request.POST.get("rate", ""), at=at)
        elif act == "code":
            checkout_visits.apply_code(session, request.POST.get("code", "")[:_CODE], at=at)
        elif act == "remove_code":
            checkout_visits.remove_code(session, at=at)
    except DomainError as refusal:
        messages.error(request, checkout_shown.refusal_of(act, refusal))
    return _again(request)


_DIGITS, _CODE = 6, 500


def _paid(request: HttpRequest, stranger: Stranger, session: CheckoutSession) -> HttpResponse:
    """Pay with what was sent, or save it: a card's token, an account, or the choice of a saved one."""
    is_free = not checkout_shown.needs_method(session)
    form = None
    if not is_free and request.POST.get("paying") != "saved":
        form = _typed(request, session)
        if not form.is_valid():
            return _shown(request, stranger, session, form=form)
    try:
        _try(request, stranger, session, form, is_free=is_free)
    except CardDeclined as refusal:
        return _refused(request, stranger, session, form, refusal)
    except InvalidRequest as refusal:
        names = _OF_METHOD if form is None else _OF_METHOD | set(form.fields_of)
        if refusal.param in names or refusal.code in names:
            return _refused(request, stranger, session, form, refusal)
        messages.error(request, pgettext("page", "Something is missing. Look at your details."))
        return HttpResponseRedirect(f"{request.path}?step=details")
    except DomainError as refusal:
        messages.error(request, checkout_shown.refusal_of("pay", refusal))
    return _again(request)


_OF_METHOD = {"token", "payment_method", "cvc_token"}


def _try(
    request: HttpRequest,
    stranger: Stranger,
    session: CheckoutSession,
    form: MethodForm | None,
    *,
    is_free: bool,
) -> None:
    """Pay a session.

    Args:
        form: what was typed; None where a saved method was chosen.
        is_free: whether nothing is needed at all.
    """
    typed = request.POST.get("amount", "")
    seen = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < _AMOUNT else 0
    if is_free:
        checkout_payments.begin(session, amount=seen, at=stranger.now)
    elif form is None:
        _pay_saved(request, session, seen, stranger)
    elif isinstance(form, PaymentForm):
        _pay(session, form, seen, stranger)
    else:
        key = _act_key(request)
        checkout_banks.pay(request, stranger, session, form, amount=seen, act_key=key)


def _typed(request: HttpRequest, session: CheckoutSession) -> MethodForm:
    kind = _kind(request, session)
    if checkout_banks.is_account(kind):
        return checkout_banks.form_of(session, kind, request.POST)
    return PaymentForm(session.site.name, request.POST)


def _kind(request: HttpRequest, session: CheckoutSession) -> str:
    """Return which kind of payment method the page takes now: the one chosen, or the first; empty without any."""
    kinds = checkout_visits.kinds_of(session)
    wanted = request.GET.get("kind", "")
    return wanted if wanted in kinds else next(iter(kinds), "")


def _act_key(request: HttpRequest) -> str:
    sent = request.POST.get("act_key", "")
    if not re.fullmatch(KEY, sent):
        raise InvalidRequest("This is no try of the page's.", param="payment_method")
    return sent


_AMOUNT = 19  # digits of the largest number that the database takes


def _pay(session: CheckoutSession, form: PaymentForm, amount: int, stranger: Stranger) -> None:
    act_key = form.cleaned_data["act_key"]
    key = checkout_states.key_of(session, act_key)
    method = card_pages.create_method(
        form.cleaned_data["token"], request_key=key, at=checkout_states.now(session, stranger.now)
    )
    checkout_payments.pay(session, method, amount=amount, act_key=act_key, at=stranger.now)


def _pay_saved(
    request: HttpRequest, session: CheckoutSession, amount: int, stranger: Stranger
) -> None:
    """Pay with a saved method, whose security code was entered again where the site wants that (rules R13 and C10)."""
    wanted, act_key = request.POST.get("saved", ""), _act_key(request)
    found = checkout_identity.methods_of(request, session)
    method = next((one for one in found if one.pk == wanted), None)
    if method is None:
        raise InvalidRequest("There is no such method.", param="payment_method")
    is_trusted = checkout_identity.is_trusted(request, stranger, session)
    code = None
    if card_pages.asks_code(session.site, method, is_trusted=is_trusted):
        name = request.POST.get("cvc_token", "")
        if not name:
            raise InvalidRequest("It is needed.", param="cvc_token", code="incorrect_cvc")
        code = tokens.code(name, param="cvc_token", at=stranger.now)
    checkout_payments.pay(
        session, method, amount=amount, act_key=act_key, code=code, at=stranger.now
    )


def _refused(
    request: HttpRequest,
    stranger: Stranger,
    session: CheckoutSession,
    form: MethodForm | None,
    refusal: DomainError,
) -> HttpResponse:
    """Show why a method was not taken; the next one is another try, with a key of its own."""
    kind = _kind(request, session)
    if not checkout_banks.is_account(kind):
        form = PaymentForm(session.site.name, {**request.POST.dict(), "act_key": fresh_key()})
        form.is_valid()
    if form is None:
        messages.error(request, checkout_shown.refusal_of("pay", refusal))
        return HttpResponseRedirect(f"{request.path}?{urlencode({'kind': kind})}")
    form.refuse(refusal)
    form.focus_on_error()
    return _shown(request, stranger, checkout_states.get(session.pk), form=form)


def _shown(
    request: HttpRequest,
    stranger: Stranger,
    session: CheckoutSession,
    *,
    steps: Steps | None = None,
    form: MethodForm | None = None,
    code: CodeForm | None = None,
) -> HttpResponse:
    """Show what is bought, and beside it the details or what it is paid with."""
    steps = steps or Steps(stranger.reader, session, None)
    wants_details = request.GET.get("step") == "details" or steps.is_sent
    has_begun = session.begun_at is not None
    is_paying = has_begun or not (wants_details or steps.is_missing())
    context = checkout_shown.context_of(stranger, session)
    if is_paying and request.method != "POST":
        known = checkout_identity.by_device(request, stranger, session)
        if known is not None:
            return known
    if is_paying:
        wants_code = request.GET.get("step") == "code"
        if code is None and wants_code and checkout_identity.asked(request, session):
            code = CodeForm()
        context |= _ways(request, stranger, session, form)
        context |= {"code": code, "failed": checkout_shown.failure_of(session)}
    else:
        context |= {"steps": steps}
    has_errors = (
        (code is not None and bool(code.errors))
        or steps.errors
        or (form is not None and bool(form.errors))
    )
    status = 400 if has_errors else 200
    return doors.shown_outside(request, stranger, "portal/checkout.html", context, status)


def _ways(
    request: HttpRequest, stranger: Stranger, session: CheckoutSession, form: MethodForm | None
) -> dict[str, Any]:
    """Return what a session is paid with: a kind that was chosen, what is saved of it, and a form for another."""
    kind = _kind(request, session)
    is_needed = checkout_shown.needs_method(session)
    is_account = is_needed and checkout_banks.is_account(kind)
    saved = _saved_of(request, stranger, session, kind)
    entry = None
    if is_needed and not is_account:
        of, currency = f"checkout {session.pk}", session.currency or "usd"
        entry = card_entry.opened(
            request, session.site, page=of, currency=currency, at=stranger.now
        )
    if form is None and is_account:
        form = checkout_banks.form_of(session, kind)
    return {
        **saved,
        "kind": kind,
        "kinds": [
            (each, add_method.kind_name(each), each == kind)
            for each in checkout_visits.kinds_of(session)
        ],
        "is_account": is_account,
        "form": form or PaymentForm(session.site.name),
        "act_key": fresh_key(),
        "entry": entry if kind else None,
    }


def _saved_of(
    request: HttpRequest, stranger: Stranger, session: CheckoutSession, kind: str
) -> dict[str, Any]:
    """Return the saved methods of a kind that can be paid with, and whether they need their code."""
    is_saving = session.mode == CheckoutMode.SETUP or not session.amount_due
    at = checkout_states.now(session, stranger.now)
    found = [
        one
        for one in ([] if is_saving else checkout_identity.methods_of(request, session))
        if one.kind == kind and own_methods.can_be_charged(one, at=at)
    ]
    is_trusted = checkout_identity.is_trusted(request, stranger, session)
    site = session.site
    return {
        "saved": [(one.pk, statement.method_name(one)) for one in found],
        "which": pgettext("page", "the saved card"),
        "saved_brand": found[0].brand if len(found) == 1 else "",
        "asks_code": any(card_pages.asks_code(site, one, is_trusted=is_trusted) for one in found),
        "can_ask": not is_saving and not checkout_identity.is_shown(request, session),
    }


def _again(request: HttpRequest) -> HttpResponse:
    return doors.secured(HttpResponseRedirect(request.path))


@contextmanager
def _inside(request: HttpRequest, session: CheckoutSession) -> Iterator[Stranger]:
    """Choose the session's site and mode, and the language of who reads its page."""
    doors.prepare(request)
    asked = get_language() or "en"
    tags = [asked] if session.locale in {"", "auto"} else [session.locale]
    reader = letters.reader_of(tags, session.site, livemode=session.livemode)
    origin = Provenance(
        "portal",
        session.email,
        getattr(request, "request_id", ""),
        ip_address=doors.ip_of(request),
    )
    with checkout_states.scope(session), acting(origin), override(reader.language):
        yield Stranger(session.site, session.livemode, reader, clock.now())
