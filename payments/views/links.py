"""The page on which a link is paid: what is asked for, a card, and what became of it.

Whoever has the address may pay; what became of a payment is shown under a key that only its payer was given. A form's
answer never leads to a bank: browsers apply the policy for forms to redirects too. The page that follows it does.
"""

from decimal import Decimal
from typing import Any

from babel.numbers import format_currency
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, pgettext, to_locale
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from customers.kit import clock
from customers.kit.currencies import digits
from customers.kit.errors import CardDeclined, DomainError, InvalidRequest, NotFound
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import scoped_to
from payments.emails import declines
from payments.forms import card_entry
from payments.forms.links import PaymentForm, fresh_key
from payments.models import Charge, Link
from payments.services import links
from payments.services.links import State

_STATUS = {State.BUSY: 409, State.USED: 410, State.DELETED: 410, State.CLOSED: 503}


@never_cache
@card_entry.on_page
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, key: str) -> HttpResponse:
    """Show what is asked for, and take a card for it."""
    link = _opened(key)
    with scoped_to(link.site, livemode=link.livemode):
        if request.method == "POST":
            return _taken(request, link)
        state = links.state_of(link, at=clock.now())
        if state != State.OPEN:
            return _closed(request, link, state)
        return _form(request, link, PaymentForm(link.site.name))


@never_cache
@require_GET
def done(request: HttpRequest, key: str, act_key: str) -> HttpResponse:
    """Show what became of a payment, to whoever made it."""
    link = _opened(key)
    with scoped_to(link.site, livemode=link.livemode):
        try:
            charge = links.payment_of(link, act_key)
        except NotFound as error:
            raise Http404 from error
        return _outcome(request, link, charge)


def _taken(request: HttpRequest, link: Link) -> HttpResponse:
    """Charge the card that was typed, and lead to what became of it."""
    form = PaymentForm(link.site.name, request.POST)
    if not form.is_valid():
        return _form(request, link, form)
    act_key = _act_key(link, form.cleaned_data["act_key"])
    origin = Provenance("portal", "", getattr(request, "request_id", ""))
    try:
        with acting(origin):
            links.pay(link, form.cleaned_data["token"], act_key=act_key, at=clock.now())
    except (CardDeclined, InvalidRequest) as refusal:
        form.refuse(refusal)
        return _form(request, link, form)
    except DomainError:
        state = links.state_of(link, at=clock.now())
        return _closed(request, link, State.BUSY if state == State.OPEN else state)
    return redirect("pay-done", key=link.key, act_key=act_key)


def _act_key(link: Link, sent: str) -> str:
    """Return the payment's key: where the one that was sent has failed already, this is another try."""
    try:
        failed = links.payment_of(link, sent).status == Charge.Status.FAILED
    except NotFound:
        return sent
    return fresh_key() if failed else sent


def _opened(key: str) -> Link:
    try:
        return links.opened(key)
    except NotFound as error:
        raise Http404 from error


def _form(request: HttpRequest, link: Link, form: PaymentForm) -> HttpResponse:
    entry = card_entry.opened(
        request, link.site, page=f"link {link.pk}", currency=link.currency, at=clock.now()
    )
    context = {**_asked(link), "form": form, "entry": entry}
    return render(request, "payments/pay.html", context, status=400 if form.errors else 200)


def _closed(request: HttpRequest, link: Link, state: State) -> HttpResponse:
    title, text = _SAID[state]()
    context = {**_asked(link), "title": title, "text": text, "is_bad": True}
    if state == State.BUSY:
        context |= {"again_url": request.path, "again": pgettext("page", "Look again")}
    return render(request, "payments/paid.html", context, status=_STATUS[state])


def _outcome(request: HttpRequest, link: Link, charge: Charge) -> HttpResponse:
    context = _asked(link)
    if charge.status == Charge.Status.SUCCEEDED:
        context |= {
            "title": pgettext("page", "Thank you, it is paid"),
            "text": pgettext("page", "You can close this page."),
        }
    elif charge.status == Charge.Status.PENDING and charge.action_url:
        context |= {
            "title": pgettext("page", "Your bank asks whether it is you"),
            "text": pgettext("page", "You are taken to your bank, and back here afterwards."),
            "refresh": f"0; url={charge.action_url}",
            "again_url": charge.action_url,
            "again": pgettext("page", "Go to the bank"),
        }
    elif charge.status == Charge.Status.PENDING:
        context |= {
            "title": pgettext("page", "The payment is on its way"),
            "text": pgettext(
                "page", "It takes a moment. Do not pay again; this page looks after it."
            ),
            "refresh": "5",
            "again_url": request.path,
            "again": pgettext("page", "Look again"),
        }
    else:
        context |= {
            "title": pgettext("page", "The payment did not go through"),
            "text": declines.reason_of(charge),
            "is_bad": True,
            "again_url": request.path.rpartition("/")[0],
            "again": pgettext("page", "Try again"),
        }
    status = 402 if context.get("is_bad") else 200
    return render(request, "payments/paid.html", context, status=status)


def _asked(link: Link) -> dict[str, Any]:
    """Return what the page says of a link: who asks, for what, and for how much."""
    locale = to_locale(get_language() or "en")
    value = Decimal(link.amount).scaleb(-digits(link.currency))
    return {
        "site": link.site,
        "asked": link.title,
        "description": link.description,
        "amount": format_currency(value, link.currency.upper(), locale=locale),
        "is_test": not link.livemode,
    }


_SAID = {
    State.BUSY: lambda: (
        pgettext("page", "Somebody is paying this at the moment"),
        pgettext("page", "No money was taken from you. Look again in a few minutes."),
    ),
    State.USED: lambda: (
        pgettext("page", "This is paid already"),
        pgettext("page", "Nothing more has to be paid here."),
    ),
    State.DELETED: lambda: (
        pgettext("page", "This page is closed"),
        pgettext("page", "Whoever sent you the link has withdrawn it."),
    ),
    State.CLOSED: lambda: (
        pgettext("page", "No card can be taken here"),
        pgettext("page", "Ask whoever sent you the link for another way to pay."),
    ),
}
