"""What the sign-in protection (`axes`) takes from us: the account as it may be kept, and the page of who has to wait.

The library counts failures by account and network address, and asks here for both the account and the answer. The
account is a keyed digest of what was typed, in small letters, since that may be a password, and since a table of who
could not sign in is nobody's business. Nothing else of the request is kept.
"""

from collections.abc import Mapping
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from customers.kit import sealing


class Handler(AxesDatabaseHandler):  # type: ignore[misc]  # the library has no types
    """The library's, which keeps nothing of what was sent."""

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **more: Any
    ) -> None:
        """Count a failure."""
        super().user_login_failed(sender, credentials, request, **more)
        if request is not None:
            rows = AccessAttempt.objects.filter(username=account(request, credentials))
            rows.update(get_data="", post_data="", http_accept="")


def account(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """Return what stands for the account that somebody wants to sign in to, whether there is one or not."""
    said = credentials or {}
    typed = said.get("username") or said.get("email") or request.POST.get("username", "")
    return sealing.digest("sign-in", str(typed).strip().lower()).hex()


def wait(request: HttpRequest, _response: Any = None, _credentials: Any = None) -> HttpResponse:
    """Answer whoever failed too often: the same, whether there is such an account or not."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {
        "title": _("Too many tries"),
        "text": _(
            "There were too many tries to sign in to this account from your network. Wait %(minutes)s minutes, "
            "then try again."
        )
        % {"minutes": minutes},
    }
    answer = render(request, "admin/wait.html", context, status=429)
    answer["Retry-After"] = str(minutes * 60)
    return answer
