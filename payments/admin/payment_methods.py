"""Payment methods: shown on the customer's page; made the default, removed, or added by a link for the customer."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import once
from customers.admin import shown as people
from customers.admin.base import Act, TenantAdmin
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.services import test_clocks
from customers.services.powers import Power
from payments.admin import shown
from payments.admin.base import ActForm, AsksGateway
from payments.admin.new_payments import living
from payments.models import PaymentMethod
from payments.services import attachments, card_requests, hosted_links


class LinkForm(DashboardForm):
    """What a customer may save with a link."""

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("The customer can save"),
        choices=PaymentMethod.Kind.choices,
        initial=hosted_links.KINDS,
        error_messages={"required": gettext_lazy("Choose at least one.")},
        widget=forms.CheckboxSelectMultiple,
    )


class PaymentMethodAdmin(AsksGateway, TenantAdmin[PaymentMethod]):
    """What is done with a customer's payment method; it has no list and no page of its own."""

    model = PaymentMethod
    to_view = Power.VIEW_PAYMENTS
    to_change = Power.EDIT_CUSTOMERS

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # in the menu are lists

    def get_urls(self) -> list[URLPattern]:
        one = "<str:object_id>/"
        return [
            self.route("", self.changelist_view, "changelist"),
            self.route("link/", self.link_view, "link"),
            self.route("ask/", self.ask_view, "ask"),
            self.route(one + "default/", self.default_view, "default"),
            self.route(one + "detach/", self.detach_view, "detach"),
            self.route(one, self.page_view, "page"),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Go to the customers, whose pages show them."""
        self.require(self.has_view_permission(request))
        return HttpResponseRedirect(_customers())

    def page_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the page of whoever has it."""
        row = self.found(request, object_id)
        self.require(self.has_view_permission(request))
        if row.customer is None:
            return HttpResponseRedirect(_customers())
        return HttpResponseRedirect(people.customer_line(row.customer)["url"])

    def render(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        way = {"list_url": _customers(), "list_title": _("Customers")}
        return super().render(request, template, {**way, **context})

    def default_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to make it the default, or do it."""
        method = self.changeable(request, object_id)
        customer, name = living(method.customer_id or ""), shown.method_line(method)
        words = Act(
            title=_("Make %(method)s the default?") % {"method": name},
            text=_("%(customer)s is charged with it from now on, where nothing else is said.")
            % {"customer": customer},
            button=_("Make default"),
            done=_("%(method)s is the default now.") % {"method": name},
            back=people.customer_line(customer)["url"],
        )
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: attachments.set_default(
                customer, method, at=test_clocks.now_for(customer, clock.now())
            ),
            words,
            row=customer,
        )

    def detach_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to remove it, or remove it."""
        method = self.changeable(request, object_id)
        customer, name = living(method.customer_id or ""), shown.method_line(method)
        text = _(
            "It cannot be charged any more, and cannot be put back: the customer would have to enter it again."
        )
        if customer.default_payment_method_id == method.pk:
            text += " " + _("It is the default; the newest other one takes its place.")
        words = Act(
            title=_("Remove %(method)s?") % {"method": name},
            text=text,
            button=_("Remove"),
            done=_("%(method)s was removed.") % {"method": name},
            back=people.customer_line(customer)["url"],
            style="danger",
        )
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: attachments.detach(method, at=test_clocks.now_for(customer, clock.now())),
            words,
            row=customer,
        )

    def link_view(self, request: HttpRequest) -> HttpResponse:
        """Make a link with which the customer saves a method, or show the one that was just made; `?customer=…`."""
        self.require(self.has_change_permission(request))
        customer = living(request.GET.get("customer", ""))
        back = people.customer_line(customer)["url"]
        address = "" if request.method == "POST" else once.take(request, customer)
        if address:
            context = {"title": _("Link for %(customer)s") % {"customer": customer}, "address": address,
                       "back": back, "row": customer}  # fmt: skip
            return self.render(request, "admin/payments/link.html", context)
        words = Act(
            title=_("Add a payment method"),
            text=_(
                "Makes a link for %(customer)s. Whoever opens it can save one payment method, and see nothing else; "
                "it works once, for 24 hours. The number goes to the vault, and is kept nowhere else."
            )
            % {"customer": customer},
            button=_("Make a link"),
            done=_("The link was made. Send it to the customer."),
            back=back,
            then=lambda _address: request.get_full_path(),
        )

        def make(form: DashboardForm) -> str:
            kinds = form.cleaned_data["kinds"]
            made = hosted_links.make(customer, kinds=kinds, at=clock.now())
            once.keep(request, customer, made)
            return made

        return self.run_form(request, self.make_form(request, LinkForm), make, words, row=customer)

    def ask_view(self, request: HttpRequest) -> HttpResponse:
        """Ask whether to send a request for another card, or send it; `?customer=…` says whom."""
        self.require(self.has_change_permission(request))
        customer = living(request.GET.get("customer", ""))
        words = Act(
            title=_("Ask for another card?"),
            text=_(
                "%(email)s gets an email with a link that saves one card. It works once, for 14 days; the new card is "
                "charged from then on, and what is not paid is tried again with it."
            )
            % {"email": customer.email},
            button=_("Send the email"),
            done=_("The email to %(email)s is on its way.") % {"email": customer.email},
            back=people.customer_line(customer)["url"],
        )
        return self.run_form(
            request,
            self.make_form(request, ActForm),
            lambda form: card_requests.ask(
                customer,
                request_key=form.request_key(f"ask {customer.pk}"),
                at=test_clocks.now_for(customer, clock.now()),
            ),
            words,
            row=customer,
        )

    def changeable(self, request: HttpRequest, object_id: str) -> PaymentMethod:
        """Return the method, for an operator who may change it.

        Raises:
            Http404: there is none.
            PermissionDenied: the operator may not.
        """
        method: PaymentMethod = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        return method


def _customers() -> str:
    return reverse("admin:customers_customer_changelist")
