"""What every page of the dashboard shares: whose rows it sees, who may do what, and how services are called.

The stock admin supplies the addresses, the lists and their filters. Reading comes first: a row has a page, and a form
behind "Edit". Nothing is ever saved here; a form's values go to a service, and what the service refuses comes back to
the form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import choices, history, other_names
from customers.admin.choices import Choice
from customers.admin.forms import DashboardForm
from customers.admin.lists import NewestFirst
from customers.kit.errors import Conflict, DomainError, NotFound, TryAgain
from customers.services import audit
from customers.services.powers import Power

M = TypeVar("M", bound=models.Model)
T = TypeVar("T")
_TRIES = 3
_CANCEL = gettext_lazy("Cancel")

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


@dataclass(frozen=True, slots=True)
class Link:
    """Something an operator can go to or do from a page.

    Args:
        style: `primary`, `danger`, or empty.
    """

    label: Any
    url: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """A form or a confirmation, in words.

    Args:
        title: the page's heading.
        button: what the button says.
        done: what is said once it is done.
        back: where "Cancel" leads, and the way on when it is done and `then` is not given.
        then: where to go on with what the service returned.
        text: what stands above the form, such as what a deletion means.
        style: `danger` for what cannot be undone.
        leave: what the way back says, where "Cancel" would be misread.
    """

    title: Any
    button: Any
    done: Any
    back: str
    then: Callable[[Any], str] | None = None
    text: Any = ""
    style: str = "primary"
    leave: Any = _CANCEL


@dataclass(frozen=True, slots=True)
class MenuPage:
    """A page that the menu shows after the list of a model.

    Args:
        name: of the address, as `TenantAdmin.url` takes it.
        icon: see `static/img/icons.svg`.
    """

    title: Any
    name: str
    icon: str


class TenantAdmin(_ModelAdmin, Generic[M]):
    """The pages of one model: list, page, form, confirmation; seen by members of the chosen site and read-only.

    A subclass names the powers that it takes to see and to do more (`customers.services.powers` says who has them; with
    none named, nobody may), gives a form, and calls a service in `create`, `update`, `destroy`.
    Rows come through the model's tenant manager, so those of another site or mode are not found: 404.
    """

    model: type[M]
    menu_title: ClassVar[Any] = ""
    """What the menu says; the model's plural when empty."""
    menu_pages: ClassVar[tuple[MenuPage, ...]] = ()
    """What the menu shows below it."""

    to_view: ClassVar[Power | None] = None
    to_add: ClassVar[Power | None] = None
    to_change: ClassVar[Power | None] = None
    to_delete: ClassVar[Power | None] = None

    form_class: ClassVar[type[DashboardForm] | None] = None
    """Edits a row; gets its values from `initial`."""
    add_form_class: ClassVar[type[DashboardForm] | None] = None
    """Makes a row; the same form as for editing when absent."""
    page_template: ClassVar[str] = "admin/page.html"
    list_class: ClassVar[type[ChangeList]] = NewestFirst

    # Of the stock admin: nothing that counts, sorts by what has no index, acts on many rows at once or needs jQuery.
    list_per_page = 25
    list_max_show_all = 200
    show_full_result_count = False
    preserve_filters = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    actions = None
    list_select_related: ClassVar[Any] = ()
    empty_value_display = "\N{EN DASH}"

    # -- Who may ------------------------------------------------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allows(request, self.to_view)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, self.to_add)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allows(request, self.to_change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allows(request, self.to_delete)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def allows(self, request: HttpRequest, power: Power | None) -> bool:
        """Tell whether the request's operator has a power at the chosen site, in the chosen mode."""
        choice = choices.of(request) if power is not None else None
        return choice is not None and power is not None and choice.may(power)

    def require(self, permitted: bool) -> None:  # noqa: FBT001 -- it reads as a sentence: require(self.has_…(…))
        """Go on only when permitted.

        Raises:
            PermissionDenied: it is not.
        """
        if not permitted:
            raise PermissionDenied

    def choice(self, request: HttpRequest) -> Choice:
        """Return what the operator has chosen.

        Raises:
            PermissionDenied: nothing; then there is nothing to do here either.
        """
        choice = choices.of(request)
        if choice is None:
            raise PermissionDenied
        return choice

    # -- What a subclass does -----------------------------------------------------------------------------------------

    def initial(self, request: HttpRequest, row: M) -> dict[str, Any]:
        """Return a row's values for its form, by field; here: the columns that the form names."""
        fields = self.form_class.base_fields if self.form_class else ()
        return {name: getattr(row, name) for name in fields if hasattr(row, name)}

    def create(self, request: HttpRequest, form: DashboardForm) -> M:
        """Make a row by a service.

        Raises:
            DomainError: what the service refuses; it is shown on the form.
        """
        raise PermissionDenied

    def update(self, request: HttpRequest, row: M, form: DashboardForm) -> M:
        """Change a row by a service.

        Raises:
            DomainError: what the service refuses; it is shown on the form.
        """
        raise PermissionDenied

    def destroy(self, request: HttpRequest, row: M) -> Any:
        """Delete a row by a service.

        Raises:
            DomainError: what the service refuses; it is shown above the confirmation.
        """
        raise PermissionDenied

    def facts(self, request: HttpRequest, row: M) -> Sequence[tuple[Any, Any]]:
        """Return what the page says of a row, as labels and values."""
        return ()

    def page_context(self, request: HttpRequest, row: M) -> dict[str, Any]:
        """Return what a page template of one's own needs beside the stock context."""
        return {}

    def links(self, request: HttpRequest, row: M) -> list[Link]:
        """Return what can be done with a row; the first ones are buttons beside the heading."""
        links = []
        if self.form_class is not None and self.has_change_permission(request, row):
            links.append(Link(_("Edit"), self.url("change", row.pk)))
        if self.has_delete_permission(request, row):
            links.append(Link(_("Delete"), self.url("delete", row.pk), "danger"))
        return links

    def delete_text(self, row: M) -> str:
        """Say what deleting the row means."""
        return _("This cannot be undone.")

    def prepare_rows(self, rows: list[M]) -> None:
        """Load, for one page of the list at once, what its columns show beside the rows' own columns."""

    def listed(self, request: HttpRequest, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Return the list's rows with what else the page reads in their statement."""
        return rows

    def created(self, row: Any) -> Any:
        """Show when a row was made; a column for lists."""
        return row.created_at

    created.short_description = gettext_lazy("created")  # type: ignore[attr-defined]  # as the stock admin wants it

    # -- Addresses ----------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        return [
            self.route("", self.changelist_view, "changelist"),
            self.route("add/", self.add_view, "add"),
            *self.more_urls(),
            self.route("<str:object_id>/change/", self.change_view, "change"),
            self.route("<str:object_id>/delete/", self.delete_view, "delete"),
            self.route("<str:object_id>/", self.page_view, "page"),
        ]

    def more_urls(self) -> list[URLPattern]:
        """Return further addresses of this model, made by `route`."""
        return []

    def route(self, address: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
        """Return an address that only signed-in operators reach, named like the stock ones."""
        view = other_names.followed(view, lambda *args: self.url(name, *args))
        whole_name = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return path(address, self.admin_site.admin_view(view), name=whole_name)

    def url(self, name: str, *args: Any) -> str:
        """Return the address of one of this model's views."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def page_url(self, row: Any) -> str:
        """Return the address of a row's page."""
        return self.url("page", row.pk)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one page of the list."""
        context = {
            "title": self.menu_title or capfirst(self.opts.verbose_name_plural),
            "add_url": self.url("add"),
            "add_title": self.add_title(),
            "kept_params": [
                (name, value)
                for name, value in request.GET.items()
                if self.lookup_allowed(name, str(value))
            ],
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    # -- Views --------------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return self.list_class

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        # Only what a filter declares; the stock admin would take any column, indexed or not.
        return any(lookup in _parameters(spec) for spec in self.list_filter)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the form for a new row, or make it."""
        self.require(self.has_add_permission(request))
        form_class = self.add_form_class or self.form_class
        if form_class is None:
            raise Http404
        return self.run_form(
            request,
            self.make_form(request, form_class),
            lambda form: self.create(request, form),
            Act(
                title=self.form_title(request),
                button=self.add_title(),
                done=_("The %(name)s was made.") % {"name": self.opts.verbose_name},
                back=self.url("changelist"),
                then=self.page_url,
            ),
        )

    def add_title(self) -> str:
        """Return the words for making a row."""
        return _("New %(name)s") % {"name": self.opts.verbose_name}

    def form_title(self, request: HttpRequest) -> str:
        """Return the heading of the form for a new row."""
        return self.add_title()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Show the form for a row, or change it."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request, row))
        if self.form_class is None:
            raise Http404
        form = self.make_form(request, self.form_class, row, initial=self.initial(request, row))
        return self.run_form(
            request,
            form,
            lambda form: self.update(request, row, form),
            Act(
                title=_("Edit %(name)s") % {"name": row},
                button=_("Save"),
                done=_("Saved."),
                back=self.page_url(row),
                then=self.page_url,
            ),
            row=row,
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Ask whether to delete a row, or delete it."""
        row = self.found(request, object_id)
        self.require(self.has_delete_permission(request, row))
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: self.destroy(request, row),
            Act(
                title=_("Delete %(name)s?") % {"name": row},
                text=self.delete_text(row),
                button=_("Delete"),
                done=_("%(name)s was deleted.") % {"name": capfirst(str(row))},
                back=self.page_url(row),
                then=lambda _gone: self.url("changelist"),
                style="danger",
            ),
            row=row,
        )

    def page_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a row."""
        row = self.found(request, object_id)
        self.require(self.has_view_permission(request, row))
        context = {
            "title": str(row),
            "row": row,
            "links": self.links(request, row),
            "facts": self.facts(request, row),
            "history_url": history.url(row) if self.allows(request, Power.VIEW_AUDIT_LOG) else "",
            **self.page_context(request, row),
        }
        return self.render(request, self.page_template, context)

    def found(self, request: HttpRequest, object_id: str) -> M:
        """Return the row with this id.

        Raises:
            Http404: the chosen site has none in the chosen mode.
        """
        row: M | None = self.get_queryset(request).filter(pk=object_id).first()
        if row is None:
            raise Http404
        return row

    # -- How a form is run --------------------------------------------------------------------------------------------

    def make_form(
        self, request: HttpRequest, form_class: type[DashboardForm], *args: Any, **kwargs: Any
    ) -> Any:
        """Return a form, bound when something was sent.

        Args:
            args: what the form's class takes first, such as the row.
        """
        sent = {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}
        return form_class(*args, **sent, **kwargs)

    def run_form(
        self,
        request: HttpRequest,
        form: Any,
        act: Callable[[Any], Any],
        words: Act,
        *,
        row: Any = None,
        template: str = "admin/form.html",
        more: Mapping[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a form; when a good one was sent, do what it asks for and go on.

        Args:
            act: gets the valid form and calls one service; what that refuses is shown on the form.
            row: what the form is about, for the way back; its text is shown.
            more: what a template of one's own needs.
        """
        if request.method == "POST" and self._is_fine(request, form):
            try:
                self._examine(request, form)
                before = audit.picture(row) if isinstance(row, models.Model) else {}
                made = self.attempt(lambda: history.entered(request, act(form), row, before))
            except DomainError as refusal:
                form.refuse(refusal)
            else:
                self.tell(request, words, made)
                return HttpResponseRedirect(words.then(made) if words.then else words.back)
        context = {"title": words.title, "act": words, "form": form, "row": row, **(more or {})}
        return self.render(request, template, context)

    def attempt(self, act: Callable[[], Any]) -> Any:
        """Do what a form asks for, in one transaction; pages whose services open their own do it without."""
        return attempt(act)

    def tell(self, request: HttpRequest, words: Act, made: Any) -> None:
        """Say that it is done, on the page that comes next."""
        messages.success(request, words.done)

    def _is_fine(self, request: HttpRequest, form: DashboardForm) -> bool:
        site = self.choice(request).site
        if form.is_valid() and site is not None and site.refuses_card_numbers:
            form.refuse_card_numbers()
        return not form.errors

    def _examine(self, request: HttpRequest, form: DashboardForm) -> None:
        if (site := self.choice(request).site) is not None:
            form.examine(site)

    def render(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        """Return a page of this model."""
        whole = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "list_url": self.url("changelist"),
            "list_title": self.menu_title or capfirst(self.opts.verbose_name_plural),
            **context,
        }
        return TemplateResponse(request, template, whole)

    @property
    def media(self) -> Media:
        return Media()


def _parameters(spec: Any) -> tuple[Any, ...]:
    """Return the parameters of a filter, of which most have one."""
    return getattr(spec, "parameter_names", None) or (getattr(spec, "parameter_name", None),)


def attempt(act: Callable[[], T]) -> T:
    """Do what calls a service, in one transaction; again where a draw of lots collided.

    Raises:
        Http404: what it is about is not there any more.
        DomainError: what the service refuses.
    """
    for _try in range(_TRIES):
        try:
            with transaction.atomic():
                return act()
        except TryAgain:
            continue
        except NotFound as error:
            raise Http404(error.message) from error
    raise Conflict(_("Somebody else is changing the same thing. Try again."))
