"""An operator's own second factor: set up with an app, its recovery codes, taken away again."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp import login as remember_device

from customers.admin import choices, once
from customers.admin.choices import Choice
from customers.kit import clock
from customers.kit.errors import DomainError, RateLimited
from customers.models import Operator
from customers.services import operators, second_factors

SET_UP = "second_factor_set_up"
OPEN = frozenset({"second_factor", SET_UP, "logout", "choose"})
"""What an operator can open before having the second factor that the site asks for."""
_OFFERED = "offered_second_factor"
_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}


class CodeForm(forms.Form):
    """A code of the operator's app."""

    code = forms.CharField(
        label=gettext_lazy("Code of your app"), max_length=40, widget=forms.TextInput(attrs=_CODE)
    )


class RemovalForm(CodeForm):
    """What it takes to sign in without a second factor from now on."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SecondFactorPages:
    """The pages, which every operator has, whatever the role.

    Args:
        site: the dashboard.
    """

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[URLPattern]:
        """Return the addresses of these pages."""
        pages: Mapping[str, tuple[str, Callable[..., HttpResponse]]] = {
            "second_factor": ("", self.page),
            SET_UP: ("set-up/", self.set_up),
            "second_factor_codes": ("codes/", self.renew_codes),
            "second_factor_remove": ("remove/", self.remove),
        }
        return [
            path(f"second-factor/{address}", self.site.admin_view(view), name=name)
            for name, (address, view) in pages.items()
        ]

    def page(self, request: HttpRequest) -> HttpResponse:
        """Say whether there is one, and show fresh recovery codes once."""
        operator = _operator(request)
        device = second_factors.of(operator)
        codes = once.take(request, operator)
        context = {
            "title": _("Second factor"),
            "device": device,
            "codes": codes.split(),
            "left": second_factors.codes_left(operator),
            "is_required": is_required(_choice(request)),
        }
        return self._render(request, "admin/second_factor/page.html", context)

    def set_up(self, request: HttpRequest) -> HttpResponse:
        """Offer a key, or make it the second factor when the app shows the right code."""
        operator = _operator(request)
        if second_factors.of(operator) is not None:
            if is_missing(request):  # this session was opened before there was one
                logout(request)
            return HttpResponseRedirect(reverse("admin:second_factor"))
        offer = second_factors.offer(operator, request.session.get(_OFFERED, ""))
        request.session[_OFFERED] = offer.key

        def act(form: forms.Form) -> None:
            codes = second_factors.set_up(
                operator,
                offer.key,
                form.cleaned_data["code"],
                session=request.session.session_key or "",
                at=clock.now(),
            )
            del request.session[_OFFERED]
            remember_device(request, second_factors.of(operator))
            once.keep(request, operator, "\n".join(codes))
            messages.success(request, _("From now on your app is asked for when you sign in."))

        context = {
            "title": _("Set up a second factor"),
            "offer": offer,
            "is_required": is_required(_choice(request)),
        }
        return self._run(request, CodeForm, act, "admin/second_factor/set_up.html", context)

    def renew_codes(self, request: HttpRequest) -> HttpResponse:
        """Ask for a code, or replace the recovery codes."""
        operator = _operator(request)

        def act(form: forms.Form) -> None:
            codes = second_factors.renew_codes(operator, form.cleaned_data["code"], at=clock.now())
            once.keep(request, operator, "\n".join(codes))

        context = {
            "title": _("Make new recovery codes"),
            "text": _("The codes that you have now stop working."),
            "button": _("Make new codes"),
            "style": "primary",
        }
        return self._run(request, CodeForm, act, "admin/second_factor/form.html", context)

    def remove(self, request: HttpRequest) -> HttpResponse:
        """Ask for password and code, or take the second factor away."""
        operator = _operator(request)

        def act(form: forms.Form) -> None:
            second_factors.remove(
                operator,
                **form.cleaned_data,
                session=request.session.session_key or "",
                at=clock.now(),
            )
            messages.success(request, _("Your password alone signs you in now."))

        context = {
            "title": _("Remove the second factor?"),
            "text": _("Whoever has your password can then sign in as you."),
            "button": _("Remove"),
            "style": "danger",
        }
        return self._run(request, RemovalForm, act, "admin/second_factor/form.html", context)

    def _run(
        self,
        request: HttpRequest,
        form_class: type[forms.Form],
        act: Callable[[forms.Form], None],
        template: str,
        context: dict[str, Any],
    ) -> HttpResponse:
        """Show a form, or do what it asks for: outside of any transaction, or wrong codes would not be counted."""
        form, status = form_class(data=request.POST if request.method == "POST" else None), 200
        if form.is_bound and form.is_valid():
            try:
                act(form)
            except DomainError as refusal:
                form.add_error(
                    refusal.param if refusal.param in form.fields else None, refusal.message
                )
                status = 429 if isinstance(refusal, RateLimited) else 200
            else:
                return HttpResponseRedirect(reverse("admin:second_factor"))
        return self._render(request, template, {**context, "form": form}, status=status)

    def _render(
        self, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
    ) -> TemplateResponse:
        whole = {**self.site.each_context(request), **context}
        return TemplateResponse(request, template, whole, status=status)


def is_required(choice: Choice) -> bool:
    """Tell whether the chosen site asks this operator for a second factor.

    The operator of `manage.py start` is not asked: its password is made for one run, and shown to who started that.
    """
    site = choice.site
    is_of_run = choice.operator.email == operators.RUN_EMAIL
    return site is not None and site.requires_second_factor and not is_of_run


def is_missing(request: HttpRequest) -> bool:
    """Tell whether the chosen site asks for a second factor that this session has not shown."""
    choice = choices.of(request)
    if choice is None or not is_required(choice):
        return False
    return not request.user.is_verified()  # type: ignore[union-attr]  # as django_otp's middleware adds it


def _choice(request: HttpRequest) -> Choice:
    choice = choices.of(request)
    assert choice is not None  # noqa: S101 -- every page of the dashboard has one
    return choice


def _operator(request: HttpRequest) -> Operator:
    return _choice(request).operator
