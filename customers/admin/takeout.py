"""All that a site has, taken away: files of every kind of object in a shape, or of every list."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import choices
from customers.admin.choices import Choice
from customers.admin.list_exports import Shape, shapes
from customers.admin.list_files import FORMATS, Rows
from customers.admin.tables import Table
from customers.kit import archives, clock
from customers.kit.tenancy import scoped_to
from customers.models import Operator, Role, Site
from customers.restkit import takeouts
from customers.services import audit
from customers.services.powers import Power

CSV = "csv"
ADDRESS = "takeout"
File = tuple[str, Iterator[bytes]]


def names(shape: str) -> list[str]:
    """Return what there is in a shape."""
    return list(_tables()) if shape == CSV else takeouts.names(shape)


def files(shape: str, wanted: Sequence[str], choice: Choice) -> Iterator[File]:
    """Yield files, each with its name and its pieces, of which the caller reads one after the other.

    Args:
        wanted: some of `names(shape)`.
    """
    for name in wanted:
        if shape == CSV:
            yield f"{name}.csv", _listed(_tables()[name], choice)
        else:
            yield f"{name}.ndjson", takeouts.lines(shape, name)


def choice_of_all(site: Site, *, livemode: bool) -> Choice:
    """Return the choice of whoever runs commands, who may see all."""
    return Choice(Operator(), site, livemode, Role.OWNER, (site,))


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """Ask in which shape the site's data is wanted, or hand it out as a ZIP file.

    Raises:
        PermissionDenied: the operator may not take it away.
    """
    choice = choices.of(request)
    if choice is None or choice.site is None or not choice.may(Power.EXPORT):
        raise PermissionDenied
    lists = Shape(CSV, _("Lists"), _LISTS)
    offered = [*shapes(), lists]
    chosen = request.POST.get("format", "")
    if request.method == "POST" and chosen in {shape.name for shape in offered}:
        return _archive(chosen, choice)
    more = {"title": _("Take your data away"), "formats": offered}
    return TemplateResponse(request, "admin/takeout.html", {**context, **more})


def _archive(shape: str, choice: Choice) -> StreamingHttpResponse:
    at = clock.now()
    with transaction.atomic():
        audit.record("data.taken_away", None, after={"format": shape}, at=at)
    mode = "live" if choice.livemode else "test"
    name = f"{choice.site.slug if choice.site else ''}-{mode}-{shape}-{at:%Y-%m-%d}.zip"
    return StreamingHttpResponse(
        _packed(shape, choice),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _packed(shape: str, choice: Choice) -> Iterator[bytes]:
    if choice.site is not None:
        with scoped_to(
            choice.site, livemode=choice.livemode
        ):  # the view's own has ended when this is read
            yield from archives.zipped(files(shape, names(shape), choice))


def _listed(table: Table, choice: Choice) -> Iterator[bytes]:
    request, found = table.rows(choice, {})
    yield from FORMATS[CSV].write(Rows(table, found, table.file_cells(request)))


def _tables() -> dict[str, Table]:
    """Return the lists that can be exported, by their names."""
    return {
        str(page.opts.verbose_name_plural).replace(" ", "_"): page
        for page in admin.site._registry.values()  # noqa: SLF001 -- Django has no other way to ask for all
        if isinstance(page, Table) and page.cells
    }


_LISTS = gettext_lazy(
    "The lists of this dashboard with all their columns, as CSV: for spreadsheets, and for people."
)
