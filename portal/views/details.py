"""The page "Details" of the portal: who the customer is, for which business they buy, and their tax ids."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import override, pgettext
from django.views.decorators.http import require_http_methods

from customers.kit.errors import DomainError, NotFound
from customers.models import TaxId
from customers.services import customers, letters, tax_ids
from payments.billing.services import document_parts
from portal.forms.details import BusinessForm, DetailsForm, TaxIdForm, tax_types
from portal.services import businesses, sessions
from portal.views import doors
from portal.views.doors import Visit

_READ_OR_SEND = require_http_methods(["GET", "HEAD", "POST"])


def may_change(visit: Visit) -> set[str]:
    """Return what the configuration lets customers change, in Stripe's words."""
    feature = visit.feature("customer_update")
    return set(feature["allowed_updates"]) if feature["enabled"] else set()


@doors.customer_page
@_READ_OR_SEND
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show all details, and change the plain ones."""
    form = DetailsForm(
        visit.reader,
        request.POST if request.method == "POST" else None,
        initial=DetailsForm.initial_of(visit.customer),
        allowed=may_change(visit),
    )
    if form.is_valid():
        return _saved(request, visit, form.changed())
    return doors.shown(
        request, visit, "portal/details.html", {"form": form, **_shown(visit)}, _status(form)
    )


@doors.customer_page
@_READ_OR_SEND
def business(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for which business the customer buys."""
    organization = visit.customer.organization
    if "name" not in may_change(visit) or businesses.is_shared(visit.customer):
        raise Http404
    form = BusinessForm(
        visit.reader,
        request.POST if request.method == "POST" else None,
        initial=BusinessForm.initial_of(organization) if organization else {},
    )
    if form.is_valid():
        details = {**form.texts("legal_name"), **form.address()}
        try:
            businesses.put(
                visit.customer, name=form.cleaned_data["business"], details=details, at=visit.at
            )
        except DomainError:
            form.add_error("business", _taken() % {"site": visit.site.name})
        else:
            return _done(request, visit, pgettext("page", "The business is saved."))
    return _form(request, visit, "portal/address.html", form, pgettext("page", "Business"))


@doors.customer_page
@_READ_OR_SEND
def tax_id(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Add a tax id."""
    if "tax_id" not in may_change(visit):
        raise Http404
    form = TaxIdForm(visit.reader, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            tax_ids.create(visit.customer, **form.cleaned_data, at=visit.at)
        except DomainError as error:
            form.refuse(error)
        else:
            return _done(request, visit, pgettext("page", "The tax ID is saved."))
    return _form(request, visit, "portal/form.html", form, pgettext("page", "Add a tax ID"))


@doors.customer_page
@_READ_OR_SEND
def tax_id_removal(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Ask whether a tax id is to go, and let it go."""
    if "tax_id" not in may_change(visit):
        raise Http404
    try:
        found = tax_ids.get(visit.customer, pk)
        if request.method == "POST":
            tax_ids.delete(found, at=visit.at)
            return _done(request, visit, pgettext("page", "The tax ID is removed."))
    except NotFound as error:
        raise Http404 from error
    context = {
        "title": pgettext("page", "Remove this tax ID?"),
        "what": [(_type_of(found, visit), found.value)],
        "text": pgettext("page", "It is left out of your next invoices."),
        "button": pgettext("page", "Remove"),
        "back_to": visit.address("details"),
    }
    return doors.shown(request, visit, "portal/confirm.html", context)


def _saved(request: HttpRequest, visit: Visit, changed: dict[str, str]) -> HttpResponse:
    """Keep what differs, and say so in the language that holds from now on."""
    language = visit.reader.language
    if changed:
        customers.update(visit.customer, details=changed, at=visit.at)
    if changed.get("language"):
        sessions.speak(visit.session, changed["language"])
        tags = [changed["language"]]
        language = letters.reader_of(tags, visit.site, livemode=visit.customer.livemode).language
    with override(language):
        return _done(request, visit, pgettext("page", "Your details are saved."))


def _done(request: HttpRequest, visit: Visit, text: str) -> HttpResponse:
    messages.success(request, text)
    return HttpResponseRedirect(visit.address("details"))


def _shown(visit: Visit) -> dict[str, object]:
    """Return what stands beside the form."""
    allowed = may_change(visit)
    organization = visit.customer.organization
    is_shared = businesses.is_shared(visit.customer)
    rows = TaxId.objects.filter(customer=visit.customer).order_by("created_at", "id")
    lines: tuple[str, ...] = ()
    if organization is not None and not is_shared:
        address = {name: getattr(organization, name) for name in businesses.COLUMNS}
        lines = document_parts.address_lines(address, visit.reader)
        lines = (organization.legal_name, *lines) if organization.legal_name else lines
    return {
        "email": visit.customer.email,
        "may_change_email": "email" in allowed,
        "organization": organization,
        "organization_lines": lines,
        "may_change_business": "name" in allowed and not is_shared,
        "may_change_tax_ids": "tax_id" in allowed,
        "may_add_tax_id": "tax_id" in allowed and len(rows) < tax_ids.MAX_TAX_IDS,
        "tax_ids": [
            {
                "type": _type_of(row, visit),
                "value": row.value,
                "state": _STATES[row.verification](),
                "tone": _TONES.get(row.verification, ""),
                "remove_url": visit.address("details-tax-id-removal", row.pk),
            }
            for row in rows
        ],
    }


def _type_of(row: TaxId, visit: Visit) -> str:
    return dict(tax_types(visit.reader.locale.language)).get(row.kind, row.kind)


def _form(
    request: HttpRequest, visit: Visit, template: str, form: BusinessForm | TaxIdForm, title: str
) -> HttpResponse:
    context = {"form": form, "title": title, "leave_url": visit.address("details")}
    return doors.shown(request, visit, template, context, _status(form))


def _status(form: DetailsForm | BusinessForm | TaxIdForm) -> int:
    return 400 if form.errors else 200


def _taken() -> str:
    return pgettext("page", "A business of this name is known here. Ask %(site)s to add you to it.")


Verification = TaxId.Verification
_STATES: dict[str, Callable[[], str]] = {
    Verification.PENDING: lambda: pgettext("page", "Being checked"),
    Verification.VERIFIED: lambda: pgettext("page", "Confirmed"),
    Verification.UNVERIFIED: lambda: pgettext("page", "Check digit does not fit"),
    Verification.UNAVAILABLE: lambda: pgettext("page", "Not checked"),
}
_TONES: dict[str, str] = {Verification.VERIFIED: "ok", Verification.UNVERIFIED: "warn"}
