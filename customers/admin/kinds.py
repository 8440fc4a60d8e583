"""Rows of several kinds: the kind is chosen first, and the form then asks for what this kind needs."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from customers.admin.base import TenantAdmin
from customers.admin.forms import DashboardForm


class KindFirstAdmin(TenantAdmin[Any]):
    """Pages of a model whose rows are of one kind each; `?kind=…` in the address of the form for a new row says which.

    The form's class takes the kind first.
    """

    kinds: ClassVar[Sequence[tuple[str, Any, Any]]] = ()
    """What can be chosen: the kind, its name, and what it is good for."""

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Ask for the kind, then show the form, or make the row."""
        self.require(self.has_add_permission(request))
        if self._kind(request):
            return super().add_view(request, form_url, extra_context)
        return self.render(
            request,
            "admin/kinds.html",
            {"title": self.add_title(), "kinds": self.offered(request)},
        )

    def form_title(self, request: HttpRequest) -> str:
        """Return the heading of the form, with the kind that was chosen."""
        wanted = self._kind(request)
        name = next((name for kind, name, _text in self.offered(request) if kind == wanted), "")
        return f"{self.add_title()}: {name}"

    def offered(self, request: HttpRequest) -> Sequence[tuple[str, Any, Any]]:
        """Return the kinds that this request can choose from."""
        return self.kinds

    def make_form(
        self, request: HttpRequest, form_class: type[DashboardForm], *args: Any, **kwargs: Any
    ) -> Any:
        """Return a form; the one for a new row knows its kind."""
        if form_class is self.add_form_class:
            args = (self._kind(request), *args)
        return super().make_form(request, form_class, *args, **kwargs)

    def _kind(self, request: HttpRequest) -> str:
        wanted = request.GET.get("kind", "")
        return wanted if wanted in {kind for kind, _name, _text in self.offered(request)} else ""
