"""Where a customer follows a link to save a card or bank account: the choice, the form, and what came of it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, override, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from customers.kit import clock
from customers.kit.errors import DomainError, InvalidState, NotFound
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import letters
from payments.forms import card_entry
from payments.forms.adding import FORMS, CardForm, DepositsForm, MethodForm
from payments.forms.card_entry import CardEntry
from payments.models import PaymentMethod, SetupIntent
from payments.services import hosted_links
from payments.services.hosted_links import HostedLink

Status = SetupIntent.Status
_MOST_AGENT = 2000  # characters kept of what a browser calls itself


@never_cache
@card_entry.on_page
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, sealed: str) -> HttpResponse:
    """Show how far a link is, and take what the customer types."""
    try:
        link = hosted_links.opened(sealed, at=clock.now())
    except NotFound as error:
        raise Http404 from error
    except DomainError:
        return _too_old(request)
    with override(_language(request, link.customer)), acting(_origin(request, link)):
        try:
            response = _answer(request, link)
        except NotFound as error:  # the customer was deleted meanwhile
            raise Http404 from error
        response["Content-Language"] = get_language() or "en"
        return response


def _answer(request: HttpRequest, link: HostedLink) -> HttpResponse:
    intent = hosted_links.begun(link)
    if intent is not None and intent.status == Status.SUCCEEDED:
        hosted_links.finish(link, intent, at=clock.now())
        return _saved(request, link, intent)
    wanted = request.GET.get("kind", "")
    if wanted not in link.kinds:
        wanted = ""
    if hosted_links.awaits_deposits(intent) and not wanted:
        return _deposits(request, link, intent)
    if not link.kinds or (intent is not None and intent.status == Status.CANCELED):
        return _too_old(request)
    if intent is not None and intent.status == Status.REQUIRES_ACTION and not wanted:
        return _to_bank(request, link, intent)
    return _form(request, link, intent, wanted or link.kinds[0])


@sensitive_variables("form")
def _form(
    request: HttpRequest, link: HostedLink, intent: SetupIntent | None, kind: str
) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    form = FORMS[kind](link.customer.site.name, typed, initial={"name": link.customer.shown_name})
    if form.is_valid():
        try:
            hosted_links.save(
                link,
                kind=kind,
                details=form.details(),
                billing_details=form.billing_details(),
                acceptance=acceptance(request, form),
                at=clock.now(),
            )
        except NotFound:
            raise
        except InvalidState:
            return _again(request)  # it was used meanwhile
        except DomainError as error:
            form.refuse(error)
        else:
            return _again(request)
    form.focus_on_error()
    failed = typed is None and intent is not None and bool(intent.last_error)
    context = {
        "form": form,
        "kinds": _kinds(link, kind),
        "failed": failed,
        "entry": _entry(request, link, kind),
    }
    return _shown(request, link, "form", context)


def _entry(request: HttpRequest, link: HostedLink, kind: str) -> CardEntry | None:
    customer = link.customer
    if kind != CardForm.kind:
        return None
    with scoped_to(customer.site, livemode=customer.livemode):
        page = f"customer {customer.pk}"
        return card_entry.opened(request, customer.site, page=page, at=clock.now())


def _deposits(request: HttpRequest, link: HostedLink, intent: SetupIntent | None) -> HttpResponse:
    form = DepositsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            hosted_links.verify(link, amounts=form.amounts(), at=clock.now())
        except NotFound:
            raise
        except DomainError as error:
            form.refuse(error)
        else:
            return _again(request)
    method = intent.payment_method if intent is not None else None
    is_lost = method is not None and method.verification == PaymentMethod.Verification.FAILED
    other = link.kinds[0] if link.kinds else ""
    context = {"form": form, "method": method, "is_lost": is_lost, "other": other}
    return _shown(request, link, "deposits", context)


def _to_bank(request: HttpRequest, link: HostedLink, intent: SetupIntent) -> HttpResponse:
    """Lead to the bank's page by a page of ours: browsers apply the policy for forms to redirects too."""
    url = (intent.next_action or {}).get("url", "")
    return _shown(request, link, "bank", {"url": url, "other": link.kinds[0]})


def _saved(request: HttpRequest, link: HostedLink, intent: SetupIntent) -> HttpResponse:
    method = intent.payment_method
    if method is None or method.customer_id != link.customer.pk:
        text = pgettext("page", "What was saved with it was removed since. Ask for a new link.")
        return _said(request, link, pgettext("page", "This link was used"), text, status=410)
    mandate = hosted_links.mandate_of(link, intent)
    words = {
        "card": pgettext("page", "The card ending in %(last4)s can be used for your payments now."),
        "us_bank_account": pgettext(
            "page", "The bank account ending in %(last4)s can be used for your payments now."
        ),
    }
    text = words.get(method.kind, words["us_bank_account"]) % {"last4": method.last4}
    return _shown(request, link, "saved", {"text": text, "mandate": mandate})


def _said(
    request: HttpRequest, link: HostedLink, title: str, text: str, *, status: int
) -> HttpResponse:
    return _shown(request, link, "said", {"title": title, "text": text}, status=status)


def _too_old(request: HttpRequest) -> HttpResponse:
    context = {
        "title": pgettext("page", "This link is too old"),
        "text": pgettext("page", "Ask for a new one."),
    }
    return render(request, "payments/adding/said.html", context, status=410)


def _shown(
    request: HttpRequest, link: HostedLink, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    customer = link.customer
    is_test = not customer.livemode
    known = {"site": customer.site, "is_test": is_test, "address": request.path, **context}
    return render(request, f"payments/adding/{name}.html", known, status=status)


def _again(request: HttpRequest) -> HttpResponse:
    """Come back to see what became of it, so that a reload sends nothing twice."""
    return HttpResponseRedirect(request.path)


def _kinds(link: HostedLink, chosen: str) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "name": kind_name(kind), "is_chosen": kind == chosen} for kind in link.kinds
    ]


def kind_name(kind: str) -> str:
    """Return what a kind of payment method is called, in the active language."""
    names = {
        "card": pgettext("page", "Card"),
        "us_bank_account": pgettext("page", "US bank account"),
        "sepa_debit": pgettext("page", "SEPA debit"),
    }
    return names[kind]


def acceptance(request: HttpRequest, form: MethodForm) -> dict[str, Any] | None:
    """Return how the customer agreed to debits, and to which words; None where there are none."""
    if not form.mandate:
        return None
    return {
        "type": "online",
        "ip_address": request.META.get("REMOTE_ADDR", ""),
        "user_agent": request.headers.get("User-Agent", "")[:_MOST_AGENT],
        "wording": form.mandate,
        "language": get_language() or "en",
    }


def _language(request: HttpRequest, customer: Customer) -> str:
    """Return the customer's language; where it is not known, what their browser asks for."""
    if not customer.preferred_locales:
        return get_language() or "en"
    return letters.reader(customer, customer.site, livemode=customer.livemode).language


def _origin(request: HttpRequest, link: HostedLink) -> Provenance:
    ip = request.META.get("REMOTE_ADDR", "")
    request_id = getattr(request, "request_id", "")
    return Provenance("portal", link.customer.email, request_id, ip_address=ip)
