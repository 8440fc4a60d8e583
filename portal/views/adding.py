"""Where customers add a payment method: what they type, the bank's question, and what a statement says."""

import re
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from customers.kit.errors import DomainError, InvalidState, NotFound
from payments.forms import card_entry
from payments.forms.adding import FORMS, CardForm, DepositsForm, MethodForm
from payments.forms.links import KEY, fresh_key
from payments.models import PaymentMethod, SetupIntent
from payments.services import card_pages, hosted_links, setup_intents
from payments.services.hosted_links import HostedLink
from payments.views import add_method
from portal.services import flows, own_methods
from portal.views import doors, methods, statement
from portal.views.doors import Visit

Status = SetupIntent.Status


@card_entry.on_page
@doors.customer_page
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take a card or a bank account."""
    methods.require(visit)
    kinds = card_pages.kinds()
    if not kinds:
        return doors.shown(request, visit, "portal/method_add.html", {"kinds": []})
    wanted = request.GET.get("kind", "")
    return _form(request, visit, kinds, wanted if wanted in kinds else kinds[0])


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def added(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Lead on from what was typed: to the bank, to what a statement says, or to the list where all is done."""
    intent = _own_intent(visit, pk)
    if intent.status == Status.SUCCEEDED:
        return _saved(request, visit, intent, becomes_default="default" in request.GET)
    if hosted_links.awaits_deposits(intent):
        return _deposits(request, visit, intent)
    url = (intent.next_action or {}).get("url", "")
    if intent.status == Status.REQUIRES_ACTION and url:
        return doors.shown(request, visit, "portal/method_bank.html", {"url": url})
    text = pgettext("page", "Your bank did not confirm it, so nothing was saved. Try again.")
    messages.error(request, text)
    return HttpResponseRedirect(visit.address("methods-add"))


@sensitive_variables("form")
def _form(request: HttpRequest, visit: Visit, kinds: tuple[str, ...], kind: str) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    form = FORMS[kind](visit.site.name, typed, initial={"name": visit.customer.shown_name})
    becomes_default = "default" in typed if typed is not None else _should_be_default(visit)
    if form.is_valid():
        answer = _tried(request, visit, form, kinds, becomes_default=becomes_default)
        if answer is not None:
            return answer
    form.focus_on_error()
    context = {
        "form": form,
        "kinds": [(each, add_method.kind_name(each), each == kind) for each in kinds],
        "act_key": fresh_key(),
        "asks_default": visit.customer.default_payment_method_id is not None,
        "becomes_default": becomes_default,
        "entry": _entry(request, visit) if kind == CardForm.kind else None,
    }
    return doors.shown(request, visit, "portal/method_add.html", context)


def _tried(
    request: HttpRequest,
    visit: Visit,
    form: MethodForm,
    kinds: tuple[str, ...],
    *,
    becomes_default: bool,
) -> HttpResponse | None:
    """Save what was typed, and lead on; None where it was refused, which the form shows."""
    link = _link(visit, request.POST.get("act_key", ""), kinds, becomes_default=becomes_default)
    try:
        intent = hosted_links.save(
            link,
            kind=form.kind,
            details=form.details(),
            billing_details=form.billing_details(),
            acceptance=add_method.acceptance(request, form),
            at=visit.now,
        )
    except DomainError as error:
        begun = hosted_links.begun(link) if isinstance(error, InvalidState) else None
        if begun is None:
            form.refuse(error)
            return None
        intent = begun  # a second click: the first one has done it
    if intent.status == Status.SUCCEEDED:
        return _saved(request, visit, intent, becomes_default=becomes_default)
    return HttpResponseRedirect(link.returns_to.removeprefix(settings.PUBLIC_URL))


def _link(
    visit: Visit, act_key: str, kinds: tuple[str, ...], *, becomes_default: bool
) -> HostedLink:
    """Return what a method is saved with: the same for two clicks on one form."""
    if not re.fullmatch(KEY, act_key):
        act_key = fresh_key()
    key = f"portal {visit.customer.pk} {act_key}"
    link = HostedLink("", visit.customer, key, kinds)
    back = visit.address("methods-added", hosted_links.intent_id(link))
    query = f"?{urlencode({'default': 1})}" if becomes_default else ""
    return HostedLink(
        "", visit.customer, key, kinds, returns_to=f"{settings.PUBLIC_URL}{back}{query}"
    )


def _saved(
    request: HttpRequest, visit: Visit, intent: SetupIntent, *, becomes_default: bool
) -> HttpResponse:
    """Tell that a method was saved; let it pay for everything where that was asked for just now."""
    method = intent.payment_method
    if method is None or method.customer_id != visit.customer.pk:
        return methods.to_list(visit)  # it was removed since
    where = flows.completed(visit, "payment_method_update")
    words = {"method": statement.method_name(method)}
    is_new = visit.at - intent.created_at <= hosted_links.FINISHES_WITHIN
    if becomes_default and is_new and not visit.session.is_read_only:
        try:
            own_methods.choose(visit.customer, method, at=visit.at)
        except DomainError as error:
            messages.error(request, methods.refusal(error))
        else:
            said = pgettext("page", "%(method)s was added. From now on, it pays for everything.")
            return _on(request, visit, said % words, where)
    return _on(request, visit, pgettext("page", "%(method)s was added.") % words, where)


def _on(request: HttpRequest, visit: Visit, text: str, where: str | None) -> HttpResponse:
    """Say it in the list, or lead on whoever was sent here to do this."""
    return HttpResponseRedirect(where) if where else methods.done(request, visit, text)


def _deposits(request: HttpRequest, visit: Visit, intent: SetupIntent) -> HttpResponse:
    """Ask which two amounts the bank statement shows."""
    form = DepositsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            setup_intents.verify_microdeposits(
                intent, amounts=form.amounts(), descriptor_code="", at=visit.at
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return HttpResponseRedirect(request.get_full_path())
    method = setup_intents.get(intent.pk).payment_method
    is_lost = method is None or method.verification == PaymentMethod.Verification.FAILED
    context: dict[str, Any] = {
        "form": form,
        "last4": method.last4 if method else "",
        "is_lost": is_lost,
    }
    return doors.shown(request, visit, "portal/method_deposits.html", context)


def _own_intent(visit: Visit, pk: str) -> SetupIntent:
    methods.require(visit)
    try:
        intent = setup_intents.get(pk)
    except NotFound as error:
        raise Http404 from error
    if intent.customer_id != visit.customer.pk:
        raise Http404
    return intent


def _should_be_default(visit: Visit) -> bool:
    """Tell whether what is added had better pay from now on: what pays now cannot, or this was asked for."""
    if visit.flow:
        return True
    rows = PaymentMethod.objects.of_customer(visit.customer)
    current = rows.filter(pk=visit.customer.default_payment_method_id).first()
    return current is None or statement.expires_soon(current, at=visit.at)


def _entry(request: HttpRequest, visit: Visit) -> Any:
    page = f"customer {visit.customer.pk}"
    return card_entry.opened(request, visit.site, page=page, at=visit.now)
