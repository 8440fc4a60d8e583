"""The payment methods of a customer: which one pays, what each is for, renewed and removed."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.kit.errors import DomainError, GatewayUnavailable, NotFound
from payments.billing.models import Subscription
from payments.models import PaymentMethod
from payments.services import payment_methods
from portal.forms.methods import MethodForm
from portal.services import overviews, own_methods
from portal.services.own_methods import OnlyMethod
from portal.views import doors, statement
from portal.views.doors import Visit

_MOST = 50  # methods that are listed


@doors.customer_page
@require_safe
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show all methods, the default first."""
    customer = visit.customer
    rows = PaymentMethod.objects.of_customer(customer).newest_first()
    methods = overviews.default_first(rows[:_MOST], customer)
    default, paying = customer.default_payment_method_id, _paying(visit)
    context = {
        "methods": [
            statement.method_row(
                method, default=default, pays_for=paying.get(str(method.pk), ()), at=visit.at
            )
            for method in methods
        ],
        "waiting": [
            (statement.method_name(intent.payment_method), str(intent.pk))
            for intent in own_methods.waiting_rows(customer).select_related("payment_method")
        ],
        "may_change": visit.may("payment_method_update"),
    }
    return doors.shown(request, visit, "portal/methods.html", context)


@doors.customer_page
@require_POST
def default(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Let a method pay for everything from now on."""
    method = own(visit, pk)
    try:
        own_methods.choose(visit.customer, method, at=visit.at)
    except DomainError as error:
        messages.error(request, refusal(error))
        return to_list(visit)
    words = {"method": statement.method_name(method)}
    said = pgettext("page", "From now on, %(method)s pays for everything.") % words
    return done(request, visit, said)


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Renew a card's date, and say whose a method is."""
    method = own(visit, pk)
    typed = request.POST if request.method == "POST" else None
    form = MethodForm(method, typed, today=visit.at.date())
    if form.is_valid():
        try:
            own_methods.change(visit.customer, method, details=form.details(), at=visit.at)
        except DomainError as error:
            form.add_error(None, refusal(error))
        else:
            words = {"method": statement.method_name(method)}
            return done(request, visit, pgettext("page", "%(method)s was updated.") % words)
    form.focus_on_error()
    context = {"form": form, "method": _row(visit, method)}
    return doors.shown(request, visit, "portal/method_edit.html", context)


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Ask whether a method is to be removed, and remove it; the last one only after a fresh code."""
    method = own(visit, pk)
    is_last = own_methods.is_last(visit.customer, method, at=visit.at)
    is_needed = is_last and own_methods.renews(visit.customer)
    if request.method == "POST" and not is_needed:
        if is_last and not doors.is_fresh(visit):
            return doors.step_up(request, visit)
        return _removed(request, visit, method)
    context = {"method": _row(visit, method), "is_needed": is_needed, "is_last": is_last}
    status = 409 if request.method == "POST" else 200
    return doors.shown(request, visit, "portal/method_remove.html", context, status)


def own(visit: Visit, pk: str) -> PaymentMethod:
    """Return the customer's method with an id, for a page on which it is changed.

    Raises:
        Http404: the customer has none, or the configuration lets no customer change any.
    """
    require(visit)
    try:
        return payment_methods.get_own(visit.customer, pk)
    except NotFound as error:
        raise Http404 from error


def require(visit: Visit) -> None:
    """Let nobody go on where customers are not to change their methods.

    Raises:
        Http404: they are not.
    """
    if not visit.may("payment_method_update"):
        raise Http404


def done(request: HttpRequest, visit: Visit, said: str) -> HttpResponse:
    """Tell that something was done, and go on."""
    messages.success(request, said)
    return to_list(visit)


def to_list(visit: Visit) -> HttpResponse:
    """Lead to the list of methods."""
    return HttpResponseRedirect(visit.address("methods"))


def refusal(error: DomainError) -> str:
    """Return what a service refuses, in words for the customer."""
    if isinstance(error, OnlyMethod):
        return pgettext(
            "page", "This is your only payment method, and something is paid with it. Add another one first."
        )  # fmt: skip
    if isinstance(error, GatewayUnavailable):
        return pgettext("page", "The bank does not answer. Nothing was charged. Try again.")
    if error.code == "payment_method_unusable":
        return pgettext("page", "This payment method cannot be charged. Update it first.")
    return pgettext("page", "This could not be done. Nothing was changed. Try again.")


def _removed(request: HttpRequest, visit: Visit, method: PaymentMethod) -> HttpResponse:
    try:
        own_methods.remove(visit.customer, method, at=visit.at)
    except DomainError as error:
        messages.error(request, refusal(error))
        return to_list(visit)
    words = {"method": statement.method_name(method)}
    messages.success(request, pgettext("page", "%(method)s was removed.") % words)
    return to_list(visit)


def _row(visit: Visit, method: PaymentMethod) -> statement.MethodRow:
    default = visit.customer.default_payment_method_id
    return statement.method_row(method, default=default, at=visit.at)


def _paying(visit: Visit) -> dict[str, list[str]]:
    """Return by method the names of what is paid with it."""
    rows = Subscription.objects.filter(customer=visit.customer)
    running = list(
        rows.exclude(status__in=Subscription.ENDED).order_by("-created_at", "-id")[:_MOST]
    )
    items = overviews.items_of(running)
    paid = own_methods.paid_with(visit.customer, running)
    return {
        pk: list(
            dict.fromkeys(
                statement.subscription_name(row, items.get(str(row.pk), [])) for row in rows_of
            )
        )
        for pk, rows_of in paid.items()
    }
