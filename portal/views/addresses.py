"""The page "Addresses" of the portal: where the customer is billed, and where things are sent."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from customers.kit.errors import DomainError, NotFound
from customers.models import Address
from customers.services import addresses
from payments.billing.services import document_parts
from portal.forms.addresses import COLUMNS, AddressForm
from portal.views import details, doors
from portal.views.doors import Visit

Kind = Address.Kind
_FEATURES = {Kind.BILLING: "address", Kind.SHIPPING: "shipping"}
_MOST = 50
"""How many addresses of a type are shown, and how many a customer may have before no more can be added here."""


@doors.customer_page
@require_safe
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show all addresses, the ones that are used first."""
    return doors.shown(
        request, visit, "portal/addresses.html", {"groups": [_group(visit, kind) for kind in Kind]}
    )


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, visit: Visit, kind: str) -> HttpResponse:
    """Add an address."""
    if kind not in Kind.values or not _may_change(visit, kind):
        raise Http404
    others = Address.objects.filter(customer=visit.customer, kind=kind).count()
    if others >= _MOST:
        raise Http404
    start = {"name": visit.customer.shown_name, "country": _likely_country(visit)}
    form = AddressForm(visit.reader, kind, _sent(request), initial=start, asks_default=others > 0)
    if form.is_valid():
        told = {**form.details(), "kind": kind}
        addresses.create(visit.customer, details=told, at=visit.at)
        return _done(request, visit, pgettext("page", "The address is saved."))
    return _asked(request, visit, form, kind, is_new=True)


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Change an address."""
    address = _found(visit, pk)
    form = AddressForm(
        visit.reader,
        address.kind,
        _sent(request),
        initial={name: getattr(address, name) for name in ("name", "company", "phone", *COLUMNS)},
        asks_default=not address.is_default,
    )
    if form.is_valid():
        addresses.update(address, details=form.details(), at=visit.at)
        return _done(request, visit, pgettext("page", "The address is saved."))
    return _asked(request, visit, form, address.kind, is_new=False)


@doors.customer_page
@require_http_methods(["POST"])
def choose(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Use an address from now on."""
    address = _found(visit, pk)
    addresses.update(address, details={"is_default": True}, at=visit.at)
    return _done(request, visit, pgettext("page", "This address is used from now on."))


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def removal(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Ask whether an address is to go, and let it go."""
    address = _found(visit, pk)
    if request.method == "POST":
        try:
            addresses.delete(address, at=visit.at)
        except DomainError as error:  # it went meanwhile
            raise Http404 from error
        return _done(request, visit, pgettext("page", "The address is removed."))
    context = {
        "title": pgettext("page", "Remove this address?"),
        "lines": _lines(address, visit),
        "text": pgettext("page", "What was sent or billed there before stays as it is."),
        "button": pgettext("page", "Remove"),
        "back_to": visit.address("addresses"),
    }
    return doors.shown(request, visit, "portal/confirm.html", context)


def _group(visit: Visit, kind: Kind) -> dict[str, object]:
    """Return what the page shows of the addresses of one type."""
    rows = Address.objects.filter(customer=visit.customer, kind=kind)
    found = list(rows.order_by("-is_default", "-created_at", "-id")[: _MOST + 1])
    may_change = _may_change(visit, kind)
    return {
        "kind": kind.value,
        "title": _TITLES[kind](),
        "none": _NONE[kind](),
        "add": _ADD[kind](),
        "add_url": visit.address("addresses-add", kind.value)
        if may_change and len(found) < _MOST
        else "",
        "may_change": may_change,
        "addresses": [
            {
                "pk": row.pk,
                "lines": _lines(row, visit),
                "phone": row.phone,
                "is_default": row.is_default,
                "used": _USED[kind](),
                "change_url": visit.address("addresses-change", row.pk),
                "choose_url": visit.address("addresses-choose", row.pk),
                "remove_url": visit.address("addresses-removal", row.pk),
            }
            for row in found[:_MOST]
        ],
    }


def _lines(address: Address, visit: Visit) -> list[str]:
    place = {name: getattr(address, name) for name in COLUMNS}
    lines = [address.name, address.company, *document_parts.address_lines(place, visit.reader)]
    return [line for line in lines if line]


def _asked(
    request: HttpRequest, visit: Visit, form: AddressForm, kind: str, *, is_new: bool
) -> HttpResponse:
    titles = _ADD if is_new else _CHANGE
    context = {
        "form": form,
        "title": titles[Kind(kind)](),
        "leave_url": visit.address("addresses"),
    }
    return doors.shown(request, visit, "portal/address.html", context, 400 if form.errors else 200)


def _found(visit: Visit, pk: str) -> Address:
    try:
        address = addresses.get(visit.customer, pk)
    except NotFound as error:
        raise Http404 from error
    if not _may_change(visit, address.kind):
        raise Http404
    return address


def _may_change(visit: Visit, kind: str) -> bool:
    return _FEATURES[Kind(kind)] in details.may_change(visit)


def _likely_country(visit: Visit) -> str:
    """Return the country of an address that there is, else that of the site."""
    rows = Address.objects.filter(customer=visit.customer).exclude(country="")
    found = rows.order_by("-is_default", "-created_at").values_list("country", flat=True).first()
    return found or visit.site.country


def _sent(request: HttpRequest) -> dict[str, str] | None:
    return request.POST.dict() if request.method == "POST" else None


def _done(request: HttpRequest, visit: Visit, text: str) -> HttpResponse:
    messages.success(request, text)
    return HttpResponseRedirect(visit.address("addresses"))


_TITLES = {
    Kind.BILLING: lambda: pgettext("page", "Billing addresses"),
    Kind.SHIPPING: lambda: pgettext("page", "Shipping addresses"),
}
_NONE = {
    Kind.BILLING: lambda: pgettext("page", "There is no billing address yet."),
    Kind.SHIPPING: lambda: pgettext("page", "There is no shipping address yet."),
}
_USED = {
    Kind.BILLING: lambda: pgettext("page", "Used on invoices"),
    Kind.SHIPPING: lambda: pgettext("page", "Used for shipping"),
}
_ADD = {
    Kind.BILLING: lambda: pgettext("page", "Add a billing address"),
    Kind.SHIPPING: lambda: pgettext("page", "Add a shipping address"),
}
_CHANGE = {
    Kind.BILLING: lambda: pgettext("page", "Change the billing address"),
    Kind.SHIPPING: lambda: pgettext("page", "Change the shipping address"),
}
