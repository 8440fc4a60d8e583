"""The export of a list: the page that asks in which form, and the file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.admin.options import IncorrectLookupParameters
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.utils.text import slugify
from django.utils.translation import gettext as _

from customers.admin import choices, exports, history
from customers.admin.base import TenantAdmin
from customers.admin.choices import Choice
from customers.admin.exports import Cell
from customers.admin.list_files import FORMATS, Rows
from customers.admin.lists import OLDEST, ORDER, Unpaged, kept_params, shown_columns
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.restkit import takeouts
from customers.services import audit
from customers.services.powers import Power

if TYPE_CHECKING:
    _Base = TenantAdmin[Any]
else:
    _Base = object


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file can be like.

    Args:
        name: in forms and commands.
    """

    name: str
    title: Any
    about: Any


def shapes(named: Sequence[str] = tuple(takeouts.SHAPES)) -> list[Shape]:
    """Return the shapes of dialects, in words."""
    about = _(
        "One JSON object a line, as %(name)s's API spells it: for programs, and to move to another system."
    )
    return [
        Shape(shape, _("%(name)s's objects") % {"name": name}, about % {"name": name})
        for shape, name in takeouts.SHAPES.items()
        if shape in named
    ]


class ListExport(_Base):
    """A list's rows without its pages, and the view that writes them to a file; mixed into lists that are tables."""

    cells: ClassVar[tuple[Cell, ...]] = ()
    """The columns of the list's export; none where it cannot be exported."""
    to_export: ClassVar[Power] = Power.EXPORT

    def file_urls(self) -> list[URLPattern]:
        """Return the view's address."""
        return [self.route("export/", self.export_view, "export")]

    def file_cells(self, request: HttpRequest) -> list[Cell]:
        """Return the columns of the export."""
        return list(self.cells)

    def rows(self, choice: Choice, params: Mapping[str, Any]) -> tuple[HttpRequest, QuerySet[Any]]:
        """Return the rows that the list shows under an address, without a page; and the request that asks for them.

        Args:
            params: what stands in the list's address.
        """
        request = HttpRequest()
        request.method, request.user = "GET", choice.operator
        asked = QueryDict(mutable=True)
        asked.update({name: str(value) for name, value in params.items()})
        request.GET = asked  # type: ignore[assignment]  # nobody changes it
        choices.assume(request, choice)
        listed = Unpaged(
            request, self.model, self.get_list_display(request), (), self.get_list_filter(request), None,
            self.search_fields, self.list_select_related, self.list_per_page, self.list_max_show_all, (), self, (),
            None,
        )  # fmt: skip
        return request, listed.queryset

    def list_url(self, params: Mapping[str, Any]) -> str:
        """Return the address of the list that shows what parameters of its address say."""
        asked = QueryDict(mutable=True)
        asked.update(dict(params))
        return f"{self.url('changelist')}?{asked.urlencode()}"

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Ask in which form the list is to be written, or hand the file out while it is written."""
        self.require(self.has_view_permission(request) and self.allows(request, self.to_export))
        if not self.cells:
            raise Http404
        offered = takeouts.shapes_of(self.model)
        chosen = request.POST.get("format", "")
        if request.method == "POST" and chosen in {*FORMATS, *offered}:
            return self._file(request, chosen)
        context = {
            "title": _("Export %(rows)s") % {"rows": self.opts.verbose_name_plural},
            "back": self.list_url(kept_params(request)),
            "formats": [*FORMATS.values(), *shapes(list(offered))],
            "is_narrowed": bool(kept_params(request).keys() - {ORDER}),
        }
        return self.render(request, "admin/export.html", context)

    def _file(self, request: HttpRequest, chosen: str) -> StreamingHttpResponse:
        params, at = kept_params(request), clock.now()
        try:
            asked, found = self.rows(self.choice(request), params)
        except IncorrectLookupParameters as error:
            raise Http404 from error
        columns = shown_columns(request)
        cells = exports.chosen(self.file_cells(asked), columns)
        rows = Rows(self, found, cells, is_oldest_first=params.get(ORDER) == OLDEST)
        with transaction.atomic():
            said = {"format": chosen, "rows": params, "columns": columns}
            audit.record(history.name_of(request), None, after=said, at=at)
        form = FORMATS.get(chosen, FORMATS["ndjson"])
        name = f"{slugify(str(self.opts.verbose_name_plural))}-{at:%Y-%m-%d-%H%M}.{form.name}"
        return StreamingHttpResponse(
            self._pieces(request, rows, chosen),
            content_type=form.content_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _pieces(self, request: HttpRequest, rows: Rows, chosen: str) -> Iterator[bytes]:
        choice = self.choice(request)
        if choice.site is None:
            return
        with scoped_to(
            choice.site, livemode=choice.livemode
        ):  # the view's own has ended when this is read
            if chosen in FORMATS:
                yield from FORMATS[chosen].write(rows)
            else:
                name = takeouts.shapes_of(self.model)[chosen]
                yield from takeouts.lines(chosen, name, only=rows.found)
