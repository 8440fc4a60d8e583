"""A payment that staff takes from a customer's saved method, while the customer is away."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown as people
from customers.admin.base import Act
from customers.admin.forms import Section
from customers.kit import clock
from customers.models import Customer, Site
from customers.services import test_clocks
from payments.admin import shown
from payments.admin.base import ActForm, Result, minor_units
from payments.admin.charge_acts import ChargeActs
from payments.admin.charge_forms import offer
from payments.models import PaymentMethod
from payments.money import MOST
from payments.services import attachments, charges, payment_intents, payment_methods


class NewPaymentForm(ActForm):
    """How much, from what, for what.

    Args:
        methods: of the customer.
    """

    sections = (Section("", ("amount", "currency", "method", "description", "captures_later")),)

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        max_digits=18,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=people.currencies)
    method = forms.ChoiceField(label=gettext_lazy("Payment method"))
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("The customer reads it on the receipt."),
    )
    captures_later = forms.BooleanField(
        label=gettext_lazy("Only hold the money, and capture it later"), required=False
    )

    def __init__(
        self, customer: Customer, site: Site, methods: list[PaymentMethod], **options: Any
    ) -> None:
        currency = customer.currency or customer.preferred_currency or site.default_currency
        super().__init__(initial={"currency": currency}, **options)
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


class NewPayments(ChargeActs):
    """The view of a new payment; mixed into the pages of payments."""

    def new_payment_urls(self) -> list[URLPattern]:
        """Return the address of the view; `?customer=…` says whose."""
        return [self.route("new/", self.new_payment_view, "new")]

    def new_payment_view(self, request: HttpRequest) -> HttpResponse:
        """Ask how much to charge, or charge it."""
        self.require(self.has_change_permission(request))
        customer = living(request.GET.get("customer", ""))
        site = self.choice(request).site
        methods = attachments.of_customer(customer)
        words = Act(
            title=_("Charge %(customer)s") % {"customer": customer},
            text="" if methods else _("The customer has no saved payment method. Add one first."),
            button=_("Charge"),
            done="",  # a `Result` says it
            back=people.customer_line(customer)["url"],
            then=lambda result: str(result.url),
        )
        form = self.make_form(request, NewPaymentForm, customer, site, methods)
        return self.run_form(
            request, form, lambda form: self._charge(customer, form), words, row=customer
        )

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


def living(pk: str) -> Customer:
    """Return a customer who was not deleted.

    Raises:
        Http404: the site has none with this id.
    """
    customer = Customer.objects.living().filter(pk=pk).first()
    if customer is None:
        raise Http404
    return customer
