"""The portal, from a customer's page: a link for the customer, and a look at what the customer sees."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _

from customers.admin import shown as people
from customers.admin.acts import ActForm
from customers.admin.base import Act, TenantAdmin
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.kit.errors import NotFound
from customers.models import Customer
from customers.services import audit, customers, test_clocks
from customers.services.powers import Power
from portal.models import PortalSession
from portal.services import session_links
from portal.views import doors


class PortalSessionAdmin(TenantAdmin[PortalSession]):
    """What staff does with the portal of a customer; it has no list and no page of its own."""

    model = PortalSession
    to_view = Power.VIEW_CUSTOMERS
    to_change = Power.EDIT_CUSTOMERS

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # in the menu are lists

    def get_urls(self) -> list[URLPattern]:
        return [
            self.route("", self.changelist_view, "changelist"),
            self.route("send/", self.send_view, "send"),
            self.route("look/", self.look_view, "look"),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Go to the customers, whose pages lead here."""
        self.require(self.has_view_permission(request))
        return HttpResponseRedirect(_customers())

    def render(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        way = {"list_url": _customers(), "list_title": _("Customers")}
        return super().render(request, template, {**way, **context})

    def send_view(self, request: HttpRequest) -> HttpResponse:
        """Ask whether to send a link to the portal, or send it; `?customer=…` says whom."""
        self.require(self.has_change_permission(request))
        customer = _living(request)
        words = Act(
            title=_("Send a link to the portal?"),
            text=_(
                "%(email)s gets an email with a link that opens the portal once, within 24 hours. Later, "
                "the link leads to a code by email."
            )
            % {"email": customer.email},
            button=_("Send the email"),
            done=_("The email to %(email)s is on its way.") % {"email": customer.email},
            back=people.customer_line(customer)["url"],
        )
        return self.run_form(
            request,
            self.make_form(request, ActForm),
            lambda form: session_links.send(
                customer,
                request_key=form.request_key(f"portal link {customer.pk}"),
                at=test_clocks.now_for(customer, clock.now()),
            ),
            words,
            row=customer,
        )

    def look_view(self, request: HttpRequest) -> HttpResponse:
        """Ask whether to look at the portal as the customer, or do so; `?customer=…` says as whom."""
        self.require(self.has_change_permission(request))
        customer = _living(request)
        operator = self.choice(request).operator
        tokens: list[str] = []
        words = Act(
            title=_("View the portal as %(customer)s?") % {"customer": customer},
            text=_(
                "You see what the customer sees, and can change nothing. It ends after an hour, or when you "
                "sign out there; the audit log says that you looked."
            ),
            button=_("View the portal"),
            done=_("You see the portal as %(customer)s.") % {"customer": customer},
            back=people.customer_line(customer)["url"],
            then=lambda session: reverse("portal:home", args=[session.site.slug]),
        )

        def look(_form: DashboardForm) -> PortalSession:
            at = clock.now()
            session, token = session_links.look(customer, actor=operator.email, at=at)
            audit.record("customer.portal_viewed", customer, at=at)
            tokens.append(token)
            return session

        form = self.make_form(request, DashboardForm)
        response = self.run_form(request, form, look, words, row=customer)
        for token in tokens:
            doors.give_cookie(response, doors.cookie_name(customer.site.slug), token)
        return response

    def tell(self, request: HttpRequest, words: Act, made: Any) -> None:
        """Say that it is done, where the dashboard shows the next page."""
        if not isinstance(made, PortalSession):
            super().tell(request, words, made)


def _living(request: HttpRequest) -> Customer:
    try:
        return customers.get_living(request.GET.get("customer", ""))
    except NotFound as error:
        raise Http404 from error


def _customers() -> str:
    return reverse("admin:customers_customer_changelist")
