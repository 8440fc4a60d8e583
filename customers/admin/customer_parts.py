"""What belongs to a customer: addresses, tax ids, consents, the balance; each is changed on a page of its own."""

from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _

from customers.admin import shown
from customers.admin.acts import AsksTwice, Meaning
from customers.admin.base import Act
from customers.admin.customer_part_forms import (
    AddressEditForm,
    AddressForm,
    BalanceForm,
    ConsentForm,
    MetadataForm,
    TaxIdForm,
    tax_id_choice,
)
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.kit.errors import NotFound
from customers.models import Address, Customer, TaxId
from customers.services import (
    addresses,
    balance_transactions,
    consents,
    customers,
    tax_ids,
    test_clocks,
)
from customers.services.powers import Power

if TYPE_CHECKING:
    from customers.admin.base import TenantAdmin

    _Base = TenantAdmin[Customer]
else:
    _Base = object


class CustomerParts(AsksTwice, _Base):
    """The views of what belongs to a customer; mixed into the pages of customers."""

    def part_urls(self) -> list[URLPattern]:
        """Return the addresses of these views."""
        one = "<str:object_id>/"
        return [
            self.route(one + "addresses/add/", self.add_address, "add_address"),
            self.route(one + "addresses/<str:pk>/", self.change_address, "change_address"),
            self.route(one + "addresses/<str:pk>/delete/", self.delete_address, "delete_address"),
            self.route(one + "tax-ids/add/", self.add_tax_id, "add_tax_id"),
            self.route(one + "tax-ids/<str:pk>/delete/", self.delete_tax_id, "delete_tax_id"),
            self.route(one + "consents/add/", self.record_consent, "record_consent"),
            self.route(one + "balance/", self.adjust_balance, "adjust_balance"),
            self.route(one + "metadata/", self.change_metadata, "change_metadata"),
        ]

    def part_links(self, request: HttpRequest, customer: Customer) -> dict[str, str]:
        """Return where a customer's page leads the operator to for adding, by name."""
        if customer.is_deleted:
            return {}
        return {
            name: self.url(name, customer.pk)
            for name, power in _PARTS.items()
            if self.allows(request, power)
        }

    def changeable(
        self, request: HttpRequest, object_id: str, power: Power = Power.EDIT_CUSTOMERS
    ) -> Customer:
        """Return the customer, for an operator with the power to change it.

        Raises:
            Http404: there is none, or it was deleted.
            PermissionDenied: the operator may not.
        """
        customer: Customer = self.found(request, object_id)
        self.require(self.allows(request, power))
        if customer.is_deleted:
            raise Http404
        return customer

    def add_address(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the form for a new address, or add it."""
        customer = self.changeable(request, object_id)
        words = self._words(
            customer, _("New address"), _("Add address"), _("The address was added.")
        )
        return self.run_form(
            request,
            self.make_form(request, AddressForm),
            lambda form: addresses.create(
                customer, details=form.changes(), at=test_clocks.now_for(customer, clock.now())
            ),
            words,
            row=customer,
        )

    def change_address(self, request: HttpRequest, object_id: str, pk: str) -> HttpResponse:
        """Show the form for an address, or change it."""
        customer = self.changeable(request, object_id)
        address = self._address(customer, pk)
        initial = {name: getattr(address, name, "") for name in _ADDRESS_COLUMNS}
        return self.run_form(
            request,
            self.make_form(request, AddressEditForm, address, initial=initial),
            lambda form: addresses.update(
                address, details=form.changes(), at=test_clocks.now_for(customer, clock.now())
            ),
            self._words(customer, _("Edit address"), _("Save"), _("Saved.")),
            row=customer,
        )

    def delete_address(self, request: HttpRequest, object_id: str, pk: str) -> HttpResponse:
        """Ask whether to delete an address, or delete it."""
        customer = self.changeable(request, object_id)
        address = self._address(customer, pk)
        text = _("When it is the default, the newest other address of its type takes its place.")
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: addresses.delete(address, at=test_clocks.now_for(customer, clock.now())),
            self._deletion(
                customer, _("Delete this address?"), _("The address was deleted."), text
            ),
            row=customer,
        )

    def add_tax_id(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the form for a new tax id, or add it."""
        customer = self.changeable(request, object_id)
        return self.run_form(
            request,
            self.make_form(request, TaxIdForm),
            lambda form: tax_ids.create(
                customer,
                kind=form.cleaned_data["kind"],
                value=form.cleaned_data["value"],
                at=test_clocks.now_for(customer, clock.now()),
            ),
            self._words(customer, _("New tax ID"), _("Add tax ID"), _("The tax ID was added.")),
            row=customer,
        )

    def delete_tax_id(self, request: HttpRequest, object_id: str, pk: str) -> HttpResponse:
        """Ask whether to remove a tax id, or remove it."""
        customer = self.changeable(request, object_id)
        tax_id = self._tax_id(customer, pk)
        text = f"{tax_id_choice(tax_id.kind)[1]} {tax_id.value}"
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: tax_ids.delete(tax_id, at=test_clocks.now_for(customer, clock.now())),
            self._deletion(customer, _("Delete this tax ID?"), _("The tax ID was deleted."), text),
            row=customer,
        )

    def record_consent(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the form for a consent, or record it."""
        customer = self.changeable(request, object_id)
        return self.run_form(
            request,
            self.make_form(request, ConsentForm),
            lambda form: consents.record(
                customer,
                form.cleaned_data["channel"],
                granted=form.cleaned_data["granted"] == "yes",
                wording=form.cleaned_data["wording"],
                at=test_clocks.now_for(customer, clock.now()),
            ),
            self._words(customer, _("Record consent"), _("Record"), _("The consent was recorded.")),
            row=customer,
        )

    def adjust_balance(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the form for the balance, or adjust it."""
        customer = self.changeable(request, object_id, Power.ADJUST_BALANCES)
        return self.run_confirmed(
            request,
            self.make_form(request, BalanceForm, customer, self.choice(request).site),
            lambda form: balance_transactions.create(
                customer,
                amount=form.cleaned_data["minor"],
                currency=form.cleaned_data["currency"],
                description=form.cleaned_data["reason"],
                request_key=form.request_key(f"balance {customer.pk}"),
                at=test_clocks.now_for(customer, clock.now()),
            ),
            self._words(
                customer, _("Adjust balance"), _("Continue"), _("The balance was adjusted.")
            ),
            means=lambda form: _adjustment(customer, form),
            row=customer,
        )

    def change_metadata(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the metadata row by row, or change it."""
        customer = self.changeable(request, object_id)
        initial = {"metadata": customer.metadata}
        return self.run_form(
            request,
            self.make_form(request, MetadataForm, initial=initial),
            lambda form: customers.update(
                customer, details=form.changes(), at=test_clocks.now_for(customer, clock.now())
            ),
            self._words(customer, _("Edit metadata"), _("Save"), _("Saved.")),
            row=customer,
        )

    def _words(self, customer: Customer, title: str, button: str, done: str) -> Act:
        return Act(title=title, button=button, done=done, back=self.page_url(customer))

    def _deletion(self, customer: Customer, title: str, done: str, text: str) -> Act:
        back = self.page_url(customer)
        return Act(title=title, button=_("Delete"), done=done, back=back, text=text, style="danger")

    def _address(self, customer: Customer, pk: str) -> Address:
        try:
            return addresses.get(customer, pk)
        except NotFound as error:
            raise Http404 from error

    def _tax_id(self, customer: Customer, pk: str) -> TaxId:
        try:
            return tax_ids.get(customer, pk)
        except NotFound as error:
            raise Http404 from error


def _adjustment(customer: Customer, form: BalanceForm) -> Meaning:
    minor, currency = form.cleaned_data["minor"], form.cleaned_data["currency"]
    amount = {"amount": shown.money(abs(minor), currency)}
    gives = minor < 0
    title = _("Give %(amount)s of credit?") if gives else _("Charge %(amount)s to the balance?")
    button = _("Give %(amount)s of credit") if gives else _("Charge %(amount)s to the balance")
    return Meaning(
        title=title % amount,
        facts=[
            (_("Customer"), str(customer)),
            (_("Balance now"), _in_words(customer.balance, currency)),
            (_("Balance afterwards"), _in_words(customer.balance + minor, currency)),
            (_("Reason"), form.cleaned_data["reason"]),
        ],
        button=button % amount,
        text=_("The next invoice is less by it.")
        if gives
        else _("The next invoice is more by it."),
    )


def _in_words(balance: int, currency: str) -> str:
    amount = shown.money(abs(balance), currency)
    if not balance:
        return amount
    return f"{amount} {_('credit') if balance < 0 else _('owed')}"


_PARTS = {
    "add_address": Power.EDIT_CUSTOMERS,
    "add_tax_id": Power.EDIT_CUSTOMERS,
    "record_consent": Power.EDIT_CUSTOMERS,
    "adjust_balance": Power.ADJUST_BALANCES,
    "change_metadata": Power.EDIT_CUSTOMERS,
}
_ADDRESS_COLUMNS: tuple[str, ...] = (
    "is_default", "name", "company", "phone", "line1", "line2", "postal_code", "city", "state", "country",
)  # fmt: skip
