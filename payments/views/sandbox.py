"""The sandbox acquirer's own page: a 3-D Secure challenge.

A form's answer never redirects to the merchant: browsers apply the policy for forms to redirects too. The page that
follows the form takes the customer on.
"""

from decimal import Decimal

from babel.numbers import format_currency
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, to_locale
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from customers.kit.currencies import digits
from customers.kit.errors import NotFound
from payments.services import sandbox
from payments.services.sandbox import Visit

_CHOICES = {"complete": sandbox.complete, "fail": sandbox.fail}


@never_cache
@require_http_methods(["GET", "POST"])
def visit(request: HttpRequest, visit_id: str) -> HttpResponse:
    """Show a visit's page, and take what the customer says there."""
    try:
        found = sandbox.visit(visit_id)
    except NotFound as error:
        raise Http404 from error
    if found.state != "open":
        return render(request, "sandbox/over.html", {"visit": found, "url": found.return_url})
    choice = _CHOICES.get(request.POST.get("choice", ""))
    if request.method == "POST" and choice is not None:
        choice(found.id)
        return redirect("sandbox-visit", visit_id=found.id)
    context = {"visit": found, "amount": _amount(found)}
    return render(request, "sandbox/challenge.html", context)


def _amount(found: Visit) -> str:
    if found.amount is None:
        return ""
    locale = to_locale(get_language() or "en")
    value = Decimal(found.amount).scaleb(-digits(found.currency))
    return format_currency(value, found.currency.upper(), locale=locale)
