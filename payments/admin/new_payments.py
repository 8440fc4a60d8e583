"""Payments that staff takes from a customer's saved method while the customer is away; each is confirmed first."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown as people
from customers.admin.acts import AsksTwice, ConfirmedForm, Meaning
from customers.admin.base import Act
from customers.admin.forms import Section
from customers.kit import clock
from customers.models import Customer, Site
from customers.services import test_clocks
from payments.admin import shown
from payments.admin.base import Result, minor_units
from payments.admin.charge_acts import ChargeActs
from payments.admin.charge_forms import offer
from payments.models import PaymentMethod
from payments.money import MOST, Money
from payments.services import attachments, charges, payment_intents, payment_methods
from payments.services.credits import credit_from_payment_method


class FromMethodForm(ConfirmedForm):
    """How much, and from what.

    Args:
        methods: of the customer.
    """

    sections = (Section("", ("amount", "currency", "method")),)
    refusals = {"source_id": "method"}

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        max_digits=18,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=people.currencies)
    method = forms.ChoiceField(label=gettext_lazy("Payment method"))

    def __init__(
        self, customer: Customer, site: Site, methods: list[PaymentMethod], **options: Any
    ) -> None:
        currency = customer.currency or customer.preferred_currency or site.default_currency
        super().__init__(initial={"currency": currency}, **options)
        self.methods = methods
        offer(self.fields["method"], methods, customer.default_payment_method_id)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        currency = cleaned.get("currency", "")
        minor = minor_units(self, cleaned.get("amount"), currency)
        if minor is not None and minor > MOST:
            most = shown.money(MOST, currency)
            self.add_error("amount", _("At most %(most)s can be charged at once.") % {"most": most})
        cleaned["minor"] = minor
        return cleaned

    @property
    def asked(self) -> str:
        """The amount, as people write it."""
        return shown.money(self.cleaned_data["minor"], self.cleaned_data["currency"])

    @property
    def chosen(self) -> str:
        """The method, as people tell it from others."""
        return next(
            shown.method_line(method)
            for method in self.methods
            if method.pk == self.cleaned_data["method"]
        )


class NewPaymentForm(FromMethodForm):
    """How much, from what, for what."""

    sections = (Section("", ("amount", "currency", "method", "description", "captures_later")),)

    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("The customer reads it on the receipt."),
    )
    captures_later = forms.BooleanField(
        label=gettext_lazy("Only hold the money, and capture it later"), required=False
    )


class NewPayments(AsksTwice, ChargeActs):
    """The views of new payments; mixed into the pages of payments."""

    def new_payment_urls(self) -> list[URLPattern]:
        """Return the addresses of the views; `?customer=…` says whose."""
        return [
            self.route("new/", self.new_payment_view, "new"),
            self.route("credit/", self.credit_view, "credit"),
        ]

    def new_payment_view(self, request: HttpRequest) -> HttpResponse:
        """Ask how much to charge, or charge it."""
        customer, methods = self._payer(request)
        form = self.make_form(request, NewPaymentForm, customer, self.choice(request).site, methods)
        return self.run_confirmed(
            request,
            form,
            lambda form: self._charge(customer, form),
            _words(customer, methods, _("Charge %(customer)s"), ""),
            means=lambda form: _charge_meaning(customer, form),
            row=customer,
        )

    def credit_view(self, request: HttpRequest) -> HttpResponse:
        """Ask how much to charge to the credit of the balance, or do it (rule P4)."""
        customer, methods = self._payer(request)
        text = _("What is charged is put to the credit of the balance; coming invoices use it up.")
        form = self.make_form(request, FromMethodForm, customer, self.choice(request).site, methods)
        return self.run_confirmed(
            request,
            form,
            lambda form: self._credit(customer, form),
            _words(customer, methods, _("Add credit for %(customer)s"), text),
            means=lambda form: _credit_meaning(customer, form),
            row=customer,
        )

    def _payer(self, request: HttpRequest) -> tuple[Customer, list[PaymentMethod]]:
        self.require(self.has_change_permission(request))
        customer = living(request.GET.get("customer", ""))
        return customer, attachments.of_customer(customer)

    def _charge(self, customer: Customer, form: NewPaymentForm) -> Result:
        at, said = test_clocks.now_for(customer, clock.now()), form.cleaned_data
        key = form.request_key(f"charge {customer.pk}")
        method = payment_methods.chargeable(said["method"], customer, param="method", at=at)
        details = {
            "amount": said["minor"],
            "currency": said["currency"],
            "customer": customer,
            "payment_method": method,
            "payment_method_types": [method.kind],
            "captures_manually": said["captures_later"],
            "description": said["description"],
        }
        payment_intents.create_and_confirm(details, {"off_session": True}, request_key=key, at=at)
        made = charges.of_request(key)
        assert made is not None  # noqa: S101 -- the intent was confirmed under this key
        return self.became(made)

    def _credit(self, customer: Customer, form: FromMethodForm) -> Result:
        at, said = test_clocks.now_for(customer, clock.now()), form.cleaned_data
        made = credit_from_payment_method(
            customer,
            payment_methods.chargeable(said["method"], customer, param="method", at=at),
            Money(said["minor"], said["currency"]),
            request_key=form.request_key(f"credit {customer.pk}"),
            at=at,
        )
        return self.became(made)


def _words(customer: Customer, methods: list[PaymentMethod], title: str, text: str) -> Act:
    return Act(
        title=title % {"customer": customer},
        text=text if methods else _("The customer has no saved payment method. Add one first."),
        button=_("Continue"),
        done="",  # a `Result` says it
        back=people.customer_line(customer)["url"],
        then=lambda result: str(result.url),
    )


def _charge_meaning(customer: Customer, form: NewPaymentForm) -> Meaning:
    said = {"amount": form.asked, "method": form.chosen}
    holds = form.cleaned_data["captures_later"]
    about = (_("Description"), form.cleaned_data["description"])
    return Meaning(
        title=(_("Hold %(amount)s?") if holds else _("Charge %(amount)s?")) % said,
        facts=[*_facts(customer, form), *([about] if about[1] else [])],
        button=(
            _("Hold %(amount)s on %(method)s") if holds else _("Charge %(amount)s to %(method)s")
        )
        % said,
        text=_("The money is held, and taken once it is captured; what is not is released.")
        if holds
        else _("The customer is charged at once, and gets a receipt where the site sends them."),
    )


def _credit_meaning(customer: Customer, form: FromMethodForm) -> Meaning:
    said = {"amount": form.asked, "method": form.chosen}
    return Meaning(
        title=_("Charge %(amount)s to the customer's credit?") % said,
        facts=_facts(customer, form),
        button=_("Charge %(amount)s to %(method)s") % said,
        text=_(
            "The customer is charged at once, and the balance is credited with the same amount."
        ),
    )


def _facts(customer: Customer, form: FromMethodForm) -> list[tuple[str, str]]:
    return [
        (_("Customer"), str(customer)),
        (_("Amount"), f"{form.asked} {form.cleaned_data['currency'].upper()}"),
        (_("Payment method"), form.chosen),
    ]


def living(pk: str) -> Customer:
    """Return a customer who was not deleted.

    Raises:
        Http404: the site has none with this id.
    """
    customer = Customer.objects.living().filter(pk=pk).first()
    if customer is None:
        raise Http404
    return customer
