"""Signing in: with a password, and then with a code where the account has a second factor.

Between the two nobody is signed in: the session only remembers, for some minutes, whose password was right.
"""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp import login as remember_device

from customers.kit import clock
from customers.kit.errors import RateLimited
from customers.kit.provenance import Provenance
from customers.models import Operator
from customers.services import audit, second_factors

_KEY = "second_step"
_MINUTES = 10
_BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignIn(LoginView):
    """The first step."""

    template_name = "admin/login.html"
    redirect_field_name = "next"

    def get_default_redirect_url(self) -> str:
        return reverse("admin:index")

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context = super().get_context_data(**more)
        user = self.request.user
        username = user.get_username() if user.is_authenticated else ""
        return {**context, "app_path": self.request.get_full_path(), "username": username,
                "next": self.get_redirect_url() or self.get_default_redirect_url()}  # fmt: skip

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        operator = form.get_user()
        assert isinstance(operator, Operator)  # noqa: S101 -- there is no other model of users
        on = self.get_success_url()
        if second_factors.of(operator) is None:
            _enter(self.request, operator, at=clock.now())
            return HttpResponseRedirect(on)
        self.request.session[_KEY] = {
            "operator": operator.pk,
            "proof": operator.get_session_auth_hash(),
            "until": (clock.now() + timedelta(minutes=_MINUTES)).timestamp(),
            "next": on,
        }
        return HttpResponseRedirect(reverse("admin:login_code"))

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        typed = str(form.cleaned_data.get("username", ""))
        # Whoever is to wait already is not counted any more, and fills no log either.
        is_counted = getattr(self.request, "axes_failures_since_start", None) is not None
        operator = Operator.objects.filter(email__iexact=typed).first()
        if operator is not None and is_counted:
            by = _origin(self.request, actor=typed)
            audit.record_of_operator("sign_in.failed", operator, by=by, at=clock.now())
        return super().form_invalid(form)


class CodeForm(forms.Form):
    """A code of an app, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )


def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for a code, or sign in with it."""
    waiting = request.session.get(_KEY) or {}
    operator = _waiting(waiting, at=clock.now())
    if operator is None:
        return HttpResponseRedirect(reverse("admin:login"))
    form, status = CodeForm(data=request.POST if request.method == "POST" else None), 200
    if form.is_bound and form.is_valid():
        try:
            device = second_factors.verify(operator, form.cleaned_data["code"])
        except RateLimited as refusal:
            form.add_error("code", refusal.message)
            status = 429
        else:
            if device is not None:
                _enter(request, operator, at=clock.now())
                remember_device(request, device)
                return HttpResponseRedirect(_safe(waiting["next"]))
            by = _origin(request, actor=operator.email)
            audit.record_of_operator("sign_in.code_failed", operator, by=by, at=clock.now())
            form.add_error("code", _("This code is not right."))
    return render(request, "admin/login_code.html", {"form": form}, status=status)


def _waiting(waiting: dict[str, Any], *, at: datetime) -> Operator | None:
    """Return whose password was right a while ago; None after that, or where the password is another one by now."""
    if not waiting or waiting["until"] < at.timestamp():
        return None
    operator = Operator.objects.filter(pk=waiting["operator"], is_active=True).first()
    if operator is None:
        return None
    is_same = constant_time_compare(operator.get_session_auth_hash(), waiting["proof"])
    return operator if is_same else None


def _enter(request: HttpRequest, operator: Operator, *, at: datetime) -> None:
    request.session.pop(_KEY, None)
    login(request, operator, backend=_BACKEND)
    by = _origin(request, actor=operator.email, operator_id=operator.pk)
    audit.record_of_operator("sign_in.succeeded", operator, by=by, at=at)


def _origin(request: HttpRequest, **who: Any) -> Provenance:
    return Provenance(
        door=audit.DOOR,
        request_id=getattr(request, "request_id", ""),
        ip_address=request.META.get("REMOTE_ADDR", ""),
        **who,
    )


def _safe(on: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(on, allowed_hosts=None)
    return on if is_ours else reverse("admin:index")
