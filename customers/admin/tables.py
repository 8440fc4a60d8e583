"""Lists that people make their own: columns to choose from, saved views as tabs, and exports."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import QuerySet
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act, TenantAdmin
from customers.admin.forms import DashboardForm
from customers.admin.list_exports import ListExport
from customers.admin.lists import (
    AFTER,
    BEFORE,
    COLUMNS,
    OLDEST,
    ORDER,
    ROWS,
    VIEW,
    kept_params,
    shown_columns,
)
from customers.kit import clock
from customers.kit.errors import NotFound
from customers.models import SavedView
from customers.models.saved_views import MAX_NAME
from customers.services import saved_views
from customers.services.powers import Power

if TYPE_CHECKING:
    _Base = TenantAdmin[Any]
else:
    _Base = object

_SHOWN_OF_VIEW = ("id", "name", "params", "columns", "count", "is_shared", "owner_id")
_VIEWS = "saved_views_shown"


class ViewForm(DashboardForm):
    """What a saved view is called, and who sees it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=MAX_NAME)
    is_shared = forms.BooleanField(
        label=gettext_lazy("The whole team sees it"), required=False, initial=False
    )

    def __init__(self, *, may_share: bool, **options: Any) -> None:
        super().__init__(**options)
        if not may_share:
            del self.fields["is_shared"]


class Table(ListExport, _Base):
    """A list whose columns and order can be chosen, whose views can be saved, and which can be written to a file."""

    more_columns: ClassVar[tuple[str, ...]] = ()
    """Columns that are shown only when chosen."""

    @property
    def table(self) -> str:
        """The list's name in saved views and bulk jobs."""
        return str(self.opts.label_lower)

    # -- Columns ------------------------------------------------------------------------------------------------------

    def own_columns(self, request: HttpRequest) -> Mapping[str, Callable[[Any], Any]]:
        """Return columns that are the site's own, by name."""
        return {}

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        offered: dict[str, Any] = {name: name for name in (*self.list_display, *self.more_columns)}
        wanted = shown_columns(request)
        if not wanted:
            return list(self.list_display)
        offered |= self.own_columns(request)
        return [offered[name] for name in wanted if name in offered] or list(self.list_display)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        if lookup in {ORDER, COLUMNS, VIEW}:
            return True
        return super().lookup_allowed(lookup, value, request)

    # -- The list -----------------------------------------------------------------------------------------------------

    def listed(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        # Read with the rows: one statement less for every page of every list.
        pairs = {name: name for name in _SHOWN_OF_VIEW}
        views = self.views_seen(request).values(said=JSONObject(**pairs))
        annotated: QuerySet[Any] = rows.annotate(**{_VIEWS: ArraySubquery(views)})
        return annotated

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one page of the list, below the tabs of the saved views."""
        if "column" in request.GET:
            return HttpResponseRedirect(f"?{_joined(request.GET)}")
        return super().changelist_view(
            request, {"table": TableParts(self, request), **(extra_context or {})}
        )

    # -- Saved views --------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        return [
            self.route("views/add/", self.add_view_view, "view_add"),
            self.route("views/<str:pk>/", self.change_view_view, "view_change"),
            self.route("views/<str:pk>/delete/", self.delete_view_view, "view_delete"),
            *self.file_urls(),
            *super().get_urls(),
        ]

    def add_view_view(self, request: HttpRequest) -> HttpResponse:
        """Save what the list shows under a name."""
        self.require(self.has_view_permission(request))
        form = self._view_form(request)
        params, columns = kept_params(request), shown_columns(request)

        def save(form: Any) -> SavedView:
            details = {**form.changes(), "params": params, "columns": columns}
            owner = self.choice(request).operator
            return saved_views.create(self.table, owner=owner, details=details, at=clock.now())

        words = Act(
            title=_("Save this view"), button=_("Save view"), done=_("The view was saved."),
            back=self.list_url(params), then=self.view_url,
            text=_("Its filters, order and columns are kept; the rows are looked up anew each time."),
        )  # fmt: skip
        return self.run_form(request, form, save, words)

    def change_view_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Rename a view, share it, or let it show what the list shows now."""
        view = self._found_view(request, pk)
        form = self._view_form(request, initial={"name": view.name, "is_shared": view.is_shared})
        kept = {"params": kept_params(request), "columns": shown_columns(request)}
        is_other = VIEW in request.GET and kept != {"params": view.params, "columns": view.columns}

        def save(form: Any) -> SavedView:
            details = {**form.changes(), **(kept if is_other else {})}
            return saved_views.update(view, details=details)

        words = Act(
            title=_("Change the view %(name)s") % {"name": view.name}, button=_("Save"), done=_("Saved."),
            back=self.view_url(view), then=self.view_url,
            text=_("The view will show what the list shows now.") if is_other else "",
        )  # fmt: skip
        return self.run_form(request, form, save, words, row=view)

    def delete_view_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Ask whether to delete a view, or delete it."""
        view = self._found_view(request, pk)
        words = Act(
            title=_("Delete the view %(name)s?") % {"name": view.name}, button=_("Delete"),
            done=_("The view was deleted."), back=self.view_url(view), then=lambda _gone: self.url("changelist"),
            text=_("What it shows stays."), style="danger",
        )  # fmt: skip
        form = self.make_form(request, DashboardForm)
        return self.run_form(request, form, lambda _form: saved_views.delete(view), words, row=view)

    def view_url(self, view: SavedView) -> str:
        """Return the address of the list as a view shows it."""
        return self.url("changelist") + _address(view.pk, view.params, view.columns)

    def may_change_view(self, request: HttpRequest, owner_id: Any) -> bool:
        """Tell whether the operator may change a view: one's own, and as an administrator every one that is shared."""
        return bool(
            owner_id == self.choice(request).operator.pk
            or self.allows(request, Power.MANAGE_SETTINGS)
        )

    def views_seen(self, request: HttpRequest) -> QuerySet[SavedView]:
        """Return the views of this list that the operator sees."""
        return saved_views.seen_by(self.choice(request).operator, self.table)

    def _view_form(self, request: HttpRequest, **options: Any) -> Any:
        may_share = self.allows(request, Power.EDIT_CUSTOMERS)
        return self.make_form(request, ViewForm, may_share=may_share, **options)

    def _found_view(self, request: HttpRequest, pk: str) -> SavedView:
        try:
            view = saved_views.get(pk, operator=self.choice(request).operator)
        except NotFound as error:
            raise Http404 from error
        if view.table != self.table:
            raise Http404
        self.require(self.may_change_view(request, view.owner_id))
        return view


class TableParts:
    """What the page of a list shows around its rows; read by the template once the rows are there."""

    def __init__(self, admin: Table, request: HttpRequest) -> None:
        self._admin, self._request = admin, request

    def tabs(self) -> list[dict[str, Any]]:
        """Return the saved views, behind the whole list."""
        here = self._request.GET.get(VIEW, "")
        shown = [
            {
                "name": view["name"],
                "url": _address(view["id"], view["params"], view["columns"]),
                "is_here": view["id"] == here,
                "count": _counted(view["count"]),
                "is_shared": view["is_shared"],
            }
            for view in self._views
        ]
        if not shown:
            return []
        every = {"name": _("All"), "url": "?", "is_here": not here, "count": "", "is_shared": True}
        return [every, *shown]

    def acts(self) -> list[dict[str, str]]:
        """Return what can be done with the view that is shown."""
        query = self._request.GET.urlencode()
        pk = self._request.GET.get(VIEW, "")
        view = next((view for view in self._views if view["id"] == pk), None)
        if view is None:
            save = {"label": _("Save this view"), "url": f"views/add/?{query}"}
            return [save] if self._is_narrowed() else []
        found = [{"label": _("Save as another view"), "url": f"views/add/?{query}"}]
        if self._admin.may_change_view(self._request, view["owner_id"]):
            found.append({"label": _("Change view"), "url": f"views/{pk}/?{query}"})
            found.append({"label": _("Delete view"), "url": f"views/{pk}/delete/"})
        return found

    def columns(self) -> list[dict[str, Any]]:
        """Return every column that can be shown, those that are shown first and in their order."""
        admin, request = self._admin, self._request
        offered: dict[str, Any] = {
            name: getattr(admin, name) for name in (*admin.list_display, *admin.more_columns)
        }
        offered |= admin.own_columns(request)
        shown = [name for name in shown_columns(request) if name in offered] or [
            str(name) for name in admin.list_display
        ]
        return [
            {
                "name": name,
                "label": capfirst(str(offered[name].short_description)),
                "is_shown": name in shown,
            }
            for name in dict.fromkeys([*shown, *offered])
        ]

    def kept(self) -> list[tuple[str, str]]:
        """Return what the form for columns and order sends along."""
        gone = {COLUMNS, ORDER, AFTER, BEFORE}
        return [(name, str(value)) for name, value in self._request.GET.items() if name not in gone]

    @property
    def is_oldest_first(self) -> bool:
        return self._request.GET.get(ORDER) == OLDEST

    @property
    def export_url(self) -> str:
        """Where the list is exported; empty for whom may not, and where it cannot be."""
        may = self._admin.cells and self._admin.allows(self._request, self._admin.to_export)
        return f"export/?{self._request.GET.urlencode()}" if may else ""

    def _is_narrowed(self) -> bool:
        return bool(kept_params(self._request) or shown_columns(self._request))

    @cached_property
    def _views(self) -> list[dict[str, Any]]:
        """Return the views as they came with the rows; where no row came, they are read."""
        rows = getattr(self._request, ROWS, ())
        if rows:
            found: list[dict[str, Any]] = getattr(rows[0], _VIEWS)
            return found
        return list(self._admin.views_seen(self._request).values(*_SHOWN_OF_VIEW))


def _joined(asked: QueryDict) -> str:
    """Return a list's address with the boxes of its columns as one parameter, which filters keep."""
    sent = asked.copy()
    names = sent.pop("column")
    sent[COLUMNS] = ",".join(names)
    if sent.get(ORDER) != OLDEST:
        sent.pop(ORDER, None)
    return sent.urlencode(safe=",")


def _address(pk: str, params: Mapping[str, Any], columns: Sequence[str]) -> str:
    asked = QueryDict(mutable=True)
    asked.update({**params, **({COLUMNS: ",".join(columns)} if columns else {}), VIEW: pk})
    return f"?{asked.urlencode(safe=',')}"


def _counted(count: int | None) -> str:
    if count is None:
        return ""
    most = saved_views.MOST_COUNTED
    return f"{number_format(most, force_grouping=True)}+" if count > most else str(count)
