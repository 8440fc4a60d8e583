"""A subscription that staff makes for a customer."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _

from customers.admin import shown as people
from customers.models import Customer
from payments.admin.base import Result
from payments.admin.new_payments import living
from payments.billing.admin import previews
from payments.billing.admin.subscription_acts import SubscriptionActs
from payments.billing.admin.subscription_forms import NewSubscriptionForm
from payments.billing.models import Subscription
from payments.billing.services import subscriptions
from payments.models import PaymentMethod
from payments.services import attachments


class NewSubscriptions(SubscriptionActs):
    """The view of a new subscription; mixed into the pages of subscriptions."""

    def new_urls(self) -> list[URLPattern]:
        """Return the address of the view; `?customer=…` says whose."""
        return [self.route("new/", self.new_view, "new")]

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Ask what a customer subscribes to, show what that costs, or make the subscription."""
        self.require(self.has_change_permission(request))
        customer = living(request.GET.get("customer", ""))
        methods = attachments.of_customer(customer)
        at = self.now(customer)
        words = self.words(
            customer,
            title=_("New subscription for %(customer)s") % {"customer": customer},
            text=""
            if methods
            else _("The customer has no saved payment method, so it can only be paid by invoice."),
            button=_("Subscribe"),
            back=people.customer_line(customer)["url"],
        )
        return self.run_previewed(
            request,
            self.make_form(request, NewSubscriptionForm, customer, methods, at),
            words,
            preview=lambda form, at: previews.beginning(
                customer, wishes=form.wishes(), details=form.details(methods), at=at
            ),
            act=lambda form: self._subscribe(customer, form, methods),
            at=at,
            row=customer,
        )

    def _subscribe(
        self, customer: Customer, form: NewSubscriptionForm, methods: list[PaymentMethod]
    ) -> Result:
        details: dict[str, Any] = form.details(methods)
        made = subscriptions.create(
            customer,
            wishes=form.wishes(),
            details={**details, "off_session": True},
            request_key=form.request_key(f"subscribe {customer.pk}"),
            at=self.now(customer),
        )
        if made.status == Subscription.Status.INCOMPLETE:
            text = _(
                "The first payment did not go through. The subscription begins once it is paid."
            )
            return self.done(made, text, level="warning")
        return self.done(made, _("The subscription has begun."))
