"""Discounts: given and taken away on the customer's page; they have no list and no pages of their own."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown as people
from customers.admin.base import Act, TenantAdmin
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.models import Customer
from customers.services import customers, test_clocks
from customers.services.powers import Power
from payments.admin.new_payments import living
from payments.billing.admin.coupons import asked_by_form, off
from payments.billing.models import Discount, PromotionCode
from payments.billing.services import coupons, discounts


class GiveForm(DashboardForm):
    """A coupon, by its id or by one of its promotion codes."""

    refusals = {"coupon": "word", "promotion_code": "word"}

    word = forms.CharField(
        label=gettext_lazy("Coupon or promotion code"),
        max_length=500,
        help_text=gettext_lazy("The ID of a coupon, or what a customer would type."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def details(self) -> dict[str, str]:
        """Return what the customer is given: the active promotion code of this word, or else the coupon."""
        word = self.cleaned_data["word"].strip()
        codes = PromotionCode.objects.filter(code__iexact=word, is_active=True)
        pk = codes.values_list("pk", flat=True).first()
        return (
            {"coupon": coupons.get(word, param="coupon").pk}
            if pk is None
            else {"promotion_code": pk}
        )


class DiscountAdmin(TenantAdmin[Discount]):
    """What is done with a customer's discount."""

    model = Discount
    to_view = Power.VIEW_BILLING
    to_change = Power.MANAGE_BILLING

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # in the menu are lists

    def get_urls(self) -> list[URLPattern]:
        return [
            self.route("", self.changelist_view, "changelist"),
            self.route("give/", self.give_view, "give"),
            self.route("<str:object_id>/remove/", self.remove_view, "remove"),
            self.route("<str:object_id>/", self.page_view, "page"),
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
        return HttpResponseRedirect(people.customer_line(row.customer)["url"])

    def render(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        way = {"list_url": _customers(), "list_title": _("Customers")}
        return super().render(request, template, {**way, **context})

    def give_view(self, request: HttpRequest) -> HttpResponse:
        """Ask which discount to give, or give it; `?customer=…`."""
        self.require(self.has_change_permission(request))
        customer = living(request.GET.get("customer", ""))
        text = _("It counts for all invoices of %(customer)s that have no discount of their own.")
        if customer.discount_shown:
            text += " " + _("It takes the place of the one that there is.")
        words = Act(
            title=_("Give a discount"),
            text=text % {"customer": customer},
            button=_("Give discount"),
            done=_("%(customer)s has the discount.") % {"customer": customer},
            back=people.customer_line(customer)["url"],
        )

        def give(form: GiveForm) -> Customer:
            at = test_clocks.now_for(customer, clock.now())
            return asked_by_form(lambda: customers.update(customer, details=form.details(), at=at))

        return self.run_form(request, self.make_form(request, GiveForm), give, words, row=customer)

    def remove_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to take a discount away, or take it away."""
        row: Discount = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        words = Act(
            title=_("Remove this discount?"),
            text=_(
                "%(off)s less: the next invoice is without it. Invoices that were finalized keep it."
            )
            % {"off": off(row.coupon)},
            button=_("Remove"),
            done=_("The discount was removed."),
            back=people.customer_line(row.customer)["url"],
            style="danger",
        )

        def remove(_form: DashboardForm) -> Discount:
            return discounts.remove(row, at=test_clocks.now_for(row.customer, clock.now()))

        form = self.make_form(request, DashboardForm)
        return self.run_form(request, form, remove, words, row=row.customer)


def _customers() -> str:
    return reverse("admin:customers_customer_changelist")
