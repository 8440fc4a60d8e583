"""The dashboard: the stock admin under our name, limited to the chosen site."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import update_wrapper
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from customers.admin import (
    choices,
    history,
    home,
    integrity,
    second_factor,
    sign_in,
    takeout,
    top_search,
)
from customers.admin.api_keys import ApiKeyAdmin
from customers.admin.audit import AuditAdmin
from customers.admin.base import TenantAdmin
from customers.admin.bulk_jobs import BulkJobAdmin
from customers.admin.choices import Choice
from customers.admin.custom_fields import CustomFieldAdmin
from customers.admin.customers import CustomerAdmin
from customers.admin.duplicates import DuplicateAdmin
from customers.admin.erasures import ErasureAdmin
from customers.admin.erasures import concerns as erasure_concerns
from customers.admin.events import EventAdmin
from customers.admin.imports import ImportAdmin
from customers.admin.integrity import FindingAdmin
from customers.admin.operators import MembershipAdmin
from customers.admin.organizations import OrganizationAdmin
from customers.admin.second_factor import SecondFactorPages
from customers.admin.sign_in import SignIn
from customers.admin.sites import SiteAdmin
from customers.admin.test_clocks import TestClockAdmin
from customers.admin.webhook_endpoints import WebhookEndpointAdmin
from customers.kit import clock, replicas
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import scoped_to
from customers.models import Operator
from customers.services import audit, powers
from payments.admin import joining
from payments.admin.charges import ChargeAdmin
from payments.admin.disputes import DisputeAdmin
from payments.admin.gateway_accounts import GatewayAccountAdmin
from payments.admin.links import LinkAdmin
from payments.admin.payment_intents import PaymentIntentAdmin
from payments.admin.payment_methods import PaymentMethodAdmin
from payments.admin.schedules import ScheduleAdmin
from payments.billing.admin import joining as billing_joining
from payments.billing.admin.coupons import CouponAdmin
from payments.billing.admin.credit_notes import CreditNoteAdmin
from payments.billing.admin.discounts import DiscountAdmin
from payments.billing.admin.invoices import InvoiceAdmin
from payments.billing.admin.prices import PriceAdmin
from payments.billing.admin.products import ProductAdmin
from payments.billing.admin.promotion_codes import PromotionCodeAdmin
from payments.billing.admin.shipping_rates import ShippingRateAdmin
from payments.billing.admin.subscriptions import SubscriptionAdmin
from payments.billing.admin.tax_rates import TaxRateAdmin
from portal.admin import joining as portal_joining
from portal.admin.checkout_sessions import CheckoutSessionAdmin
from portal.admin.payment_links import PaymentLinkAdmin
from portal.admin.portal_configurations import PortalConfigurationAdmin
from portal.admin.portal_sessions import PortalSessionAdmin

home.sections.register(integrity.sections)
home.concerns.register(erasure_concerns)
joining.register()
billing_joining.register()
portal_joining.register()

MENU: tuple[tuple[Any, tuple[tuple[type[TenantAdmin[Any]], str], ...]], ...] = (
    (
        gettext_lazy("Customers"),
        (
            (CustomerAdmin, "people"),
            (OrganizationAdmin, "building"),
            (DuplicateAdmin, "copy"),
            (ImportAdmin, "upload"),
            (BulkJobAdmin, "layers"),
            (ErasureAdmin, "undo"),
        ),
    ),
    (
        gettext_lazy("Payments"),
        (
            (ChargeAdmin, "card"),
            (PaymentIntentAdmin, "clock"),
            (ScheduleAdmin, "calendar"),
            (CheckoutSessionAdmin, "check"),
            (PaymentLinkAdmin, "link"),
            (LinkAdmin, "link"),
            (DisputeAdmin, "flag"),
            (PaymentMethodAdmin, "card"),
            (PortalSessionAdmin, "link"),
        ),
    ),
    (
        gettext_lazy("Billing"),
        ((SubscriptionAdmin, "repeat"), (InvoiceAdmin, "receipt"), (CreditNoteAdmin, "undo")),
    ),
    (
        gettext_lazy("Products"),
        (
            (ProductAdmin, "box"),
            (PriceAdmin, "tag"),
            (TaxRateAdmin, "percent"),
            (ShippingRateAdmin, "truck"),
            (CouponAdmin, "gift"),
            (PromotionCodeAdmin, "ticket"),
            (DiscountAdmin, "gift"),
        ),
    ),
    (
        gettext_lazy("Developers"),
        (
            (EventAdmin, "pulse"),
            (WebhookEndpointAdmin, "send"),
            (ApiKeyAdmin, "key"),
            (TestClockAdmin, "clock"),
            (FindingAdmin, "check"),
        ),
    ),
    (
        gettext_lazy("Settings"),
        (
            (SiteAdmin, "sliders"),
            (GatewayAccountAdmin, "bank"),
            (PortalConfigurationAdmin, "people"),
            (MembershipAdmin, "badge"),
            (AuditAdmin, "book"),
            (CustomFieldAdmin, "fields"),
        ),
    ),
)
"""The menu's groups, each with pages and their icons (`static/img/icons.svg`); these are all the pages there are."""
_REASON_LENGTH = 500
_OF_REPLICAS = {"index", "search"}  # as lists are: pages that read much
_NO_ACTS = {"choose", "logout"}  # the one changes nothing but the view, the other says so itself


class DashboardSite(AdminSite):
    """The merchant's dashboard.

    Every view behind `admin_view` runs with the chosen site and mode as its scope, in the operator's name, and in the
    site's time zone, up to and including the rendering of its page.
    """

    site_header = site_title = "Keeptab"
    index_title = gettext_lazy("Home")
    site_url = None

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        for _title, pages in MENU:
            for page, _icon in pages:
                self.register(page.model, page)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return our pages; the stock ones that count rows, or that nothing here uses, are left out."""
        pages: list[URLPattern | URLResolver] = [
            path("", self.admin_view(self.index), name="index"),
            path("login/", self.login, name="login"),
            path("login/code/", never_cache(sign_in.second_step), name="login_code"),
            *SecondFactorPages(self).urls(),
            path("logout/", self.admin_view(self.logout), name="logout"),
            path("choose/", self.admin_view(self.choose), name="choose"),
            path("search/", self.admin_view(self.search), name="search"),
            path("search/options/", self.admin_view(top_search.options), name="search_options"),
            path("takeout/", self.admin_view(self.takeout), name=takeout.ADDRESS),
            path("password/", self.admin_view(self.password_change), name="password_change"),
            path(
                "password/done/",
                self.admin_view(self.password_change_done),
                name="password_change_done",
            ),
        ]
        for model, model_admin in self._registry.items():
            address = f"{model._meta.app_label}/{model._meta.model_name}/"
            pages.append(path(address, include(model_admin.get_urls())))
        return [*pages, path("<path:url>", self.admin_view(self.catch_all_view))]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Ask who it is; who is signed in goes on."""
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        return never_cache(SignIn.as_view(authentication_form=AdminAuthenticationForm))(request)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Sign out."""
        if request.method == "POST" and isinstance(request.user, Operator):
            audit.record_of_operator("sign_out", request.user, at=clock.now())
        return super().logout(request, extra_context)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Change one's own password; other sessions end, since theirs was another."""
        with transaction.atomic():
            answer = super().password_change(request, extra_context)
            if answer.status_code == HTTPStatus.FOUND and isinstance(request.user, Operator):
                audit.record_of_operator("password.changed", request.user, at=clock.now())
        return answer

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether the dashboard opens: for members of a site, and for superusers."""
        return choices.of(request) is not None

    def admin_view(
        self,
        view: Callable[..., Any],
        cacheable: bool = False,  # noqa: FBT001, FBT002 -- Django's signature
    ) -> Any:
        def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return _inside(view, request, *args, **kwargs)

        return super().admin_view(update_wrapper(inside, view), cacheable)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "has_permission": self.has_permission(request),
            "choice": choices.of(request),
            "menu": self.menu(request),
            "is_popup": False,
        }

    def menu(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return the menu's groups with what the operator may see."""
        groups = []
        for title, pages in MENU:
            items = [
                item
                for page, icon in ((self._registry[page.model], icon) for page, icon in pages)
                if page.has_module_permission(request)
                for item in self._menu_items(request, page, icon)
            ]
            if items:
                groups.append({"title": title, "items": items})
        return groups

    def _menu_items(self, request: HttpRequest, page: Any, icon: str) -> list[dict[str, Any]]:
        """Return the entries of a model: its list, and what else it has in the menu."""
        url = page.url("changelist")
        name = page.menu_title or capfirst(page.opts.verbose_name_plural)
        more = [
            {"name": each.title, "url": page.url(each.name), "icon": each.icon}
            for each in page.menu_pages
        ]
        here = [item["url"] for item in more if request.path.startswith(item["url"])]
        is_here = request.path.startswith(url) and not here
        first = {"name": name, "url": url, "icon": icon, "is_here": is_here}
        return [first, *({**item, "is_here": item["url"] in here} for item in more)]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show what is new at the chosen site."""
        choice = choices.of(request)
        if choice is None or choice.site is None:
            return TemplateResponse(request, "admin/no_site.html", self.each_context(request))
        context = {**self.each_context(request), "title": self.index_title, **home.context(request)}
        return TemplateResponse(request, "admin/index.html", {**context, **(extra_context or {})})

    def search(self, request: HttpRequest) -> HttpResponse:
        """Show what the text in the top bar finds."""
        return top_search.page(request, self.each_context(request))

    def takeout(self, request: HttpRequest) -> HttpResponseBase:
        """Hand out all that the site has."""
        return takeout.page(request, self.each_context(request))

    def choose(self, request: HttpRequest) -> HttpResponse:
        """Choose another site or mode, and go on where that makes sense."""
        if request.method != "POST":
            raise Http404
        choices.choose(
            request, request.POST.get("site", ""), livemode=request.POST.get("mode") == "live"
        )
        on = request.POST.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(on, allowed_hosts=None)
        return HttpResponseRedirect(on if is_ours else reverse("admin:index"))


def _inside(
    view: Callable[..., Any], request: HttpRequest, *args: Any, **kwargs: Any
) -> HttpResponse:
    """Run a view in the operator's name, with what its pages ask for, and for what was chosen.

    Where no site is, a search for rows fails.
    """
    choice = choices.of(request)
    if choice is None:
        return view(request, *args, **kwargs)  # type: ignore[no-any-return]  # as any view
    name = (request.resolver_match.url_name if request.resolver_match else "") or ""
    if second_factor.is_missing(request) and name not in second_factor.OPEN:
        return HttpResponseRedirect(reverse(f"admin:{second_factor.SET_UP}"))
    with ExitStack() as inside:
        inside.enter_context(powers.guarding())
        inside.enter_context(audit.watching())
        inside.enter_context(acting(_origin(request, choice)))
        if choice.site is None:
            return view(request, *args, **kwargs)  # type: ignore[no-any-return]  # as above
        if request.method == "POST" and request.POST.get("choice", choice.key) != choice.key:
            return _meant_for_another(request, choice)
        inside.enter_context(scoped_to(choice.site, livemode=choice.livemode))
        inside.enter_context(timezone.override(ZoneInfo(choice.site.timezone)))
        if request.method == "GET" and (name in _OF_REPLICAS or name.endswith("_changelist")):
            return replicas.read(lambda: _rendered(view(request, *args, **kwargs)))
        response = view(request, *args, **kwargs)
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:
            _enter(request)
        return _rendered(response)


def _rendered(response: Any) -> HttpResponse:
    """Return an answer whose template is filled: it searches rows as well, and the scope ends before Django does so."""
    if hasattr(response, "render") and callable(response.render):
        response.render()
    return response  # type: ignore[no-any-return]  # as any view


def _origin(request: HttpRequest, choice: Choice) -> Provenance:
    return Provenance(
        door="dashboard",
        actor=choice.operator.email,
        request_id=getattr(request, "request_id", ""),
        ip_address=request.META.get("REMOTE_ADDR", ""),
        operator_id=choice.operator.pk,
        reason=request.POST.get("reason", "")[:_REASON_LENGTH],
        powers=choice.powers,
    )


def _enter(request: HttpRequest) -> None:
    """Enter in the audit log what was done, under its page's name, where it has not entered itself."""
    name = history.name_of(request)
    if name not in _NO_ACTS and not audit.is_anything_written():
        audit.record(name, None, at=clock.now())


def _meant_for_another(request: HttpRequest, choice: Choice) -> HttpResponse:
    """Refuse a form that was opened before another site or mode was chosen, say in another window."""
    mode = _("live mode") if choice.livemode else _("test mode")
    messages.error(
        request,
        _(
            "This form was opened for another site or mode. You are now at %(site)s, in %(mode)s; nothing was changed."
        )
        % {"site": choice.site, "mode": mode},
    )
    return HttpResponseRedirect(reverse("admin:index"))
