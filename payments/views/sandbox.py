"""The sandbox acquirer's own pages: a 3-D Secure challenge, and the vault that takes a card number.

A form's answer never redirects to the merchant: browsers apply the policy for forms to redirects too. The page that
follows the form takes the customer on.
"""

from decimal import Decimal

from babel.numbers import format_currency
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, to_locale
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from customers.kit import clock
from customers.kit.currencies import digits
from customers.kit.errors import DomainError, NotFound
from payments.forms.vault import CardForm
from payments.services import sandbox
from payments.services.sandbox import Visit

_PARAMS = {"number": "number", "exp_month": "expiry", "exp_year": "expiry", "cvc": "cvc"}
_CHOICES = {"complete": sandbox.complete, "fail": sandbox.fail}


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def visit(request: HttpRequest, visit_id: str) -> HttpResponse:
    """Show a visit's page, and take what the customer says there."""
    try:
        found = sandbox.visit(visit_id)
    except NotFound as error:
        raise Http404 from error
    if found.state != "open":
        return render(request, "sandbox/over.html", {"visit": found, "url": sandbox.way_on(found)})
    page = _vault if found.kind == "vault" else _challenge
    return page(request, found)


def _challenge(request: HttpRequest, found: Visit) -> HttpResponse:
    choice = _CHOICES.get(request.POST.get("choice", ""))
    if request.method == "POST" and choice is not None:
        choice(found.id)
        return redirect("sandbox-visit", visit_id=found.id)
    context = {"visit": found, "amount": _amount(found)}
    return render(request, "sandbox/challenge.html", context)


@sensitive_variables("form")
def _vault(request: HttpRequest, found: Visit) -> HttpResponse:
    form = CardForm(request.POST or None)
    if form.is_valid():
        try:
            sandbox.fill_in(found.id, form.details(), at=clock.now())
        except DomainError as error:
            form.add_error(_PARAMS.get(error.param), error.message)
        else:
            return redirect("sandbox-visit", visit_id=found.id)
    status = 400 if form.errors else 200
    return render(request, "sandbox/vault.html", {"visit": found, "form": form}, status=status)


def _amount(found: Visit) -> str:
    if found.amount is None:
        return ""
    locale = to_locale(get_language() or "en")
    value = Decimal(found.amount).scaleb(-digits(found.currency))
    return format_currency(value, found.currency.upper(), locale=locale)
