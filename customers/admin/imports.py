"""Imports: a file of customers is brought, its columns matched, checked, and carried out by the worker."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import URLPattern
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import custom_filters
from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.forms import DashboardForm
from customers.admin.import_forms import MappingForm, UploadForm, label_of
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Import, ImportFault
from customers.services import imports
from customers.services.powers import Power

Status = Import.Status
_STYLES = {
    Status.DONE: "ok", Status.CHECKED: "ok", Status.FAILED: "bad", Status.CHECKING: "warn", Status.RUNNING: "warn",
}  # fmt: skip
_SAMPLES = 5
_FAULTS = 25  # a page
_MAX_DIGITS = 12


class ImportAdmin(TenantAdmin[Import]):
    """The pages of imports."""

    model = Import
    menu_title = gettext_lazy("Imports")
    to_view = to_add = Power.IMPORT
    add_form_class = UploadForm
    page_template: ClassVar[str] = "admin/customers/import.html"
    list_display = ("file", "state", "progress", "refused", "by", "created")

    # -- The list -----------------------------------------------------------------------------------------------------

    def file(self, row: Import) -> str:
        """Show the file's name."""
        return row.file_name

    file.short_description = gettext_lazy("file")  # type: ignore[attr-defined]  # as the stock admin wants it

    def state(self, row: Import) -> str:
        """Show the state."""
        style = _STYLES.get(Status(row.status), "")
        return format_html('<span class="badge {}">{}</span>', style, row.get_status_display())

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as above

    def progress(self, row: Import) -> str:
        """Show how many rows were gone through."""
        said = _count(row.read)
        return f"{said} ({row.percent} %)" if row.is_working else said

    progress.short_description = gettext_lazy("rows")  # type: ignore[attr-defined]  # as above

    def refused(self, row: Import) -> str:
        """Show how many rows were refused."""
        return _count(row.failed) if row.failed else ""

    refused.short_description = gettext_lazy("refused")  # type: ignore[attr-defined]  # as above

    def by(self, row: Import) -> str:
        """Show who brought it."""
        return row.actor or _("Command line")

    by.short_description = gettext_lazy("by")  # type: ignore[attr-defined]  # as above

    # -- The file and its columns -------------------------------------------------------------------------------------

    def add_title(self) -> str:
        return _("Import customers")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Ask for a file, or keep it and go on to its columns."""
        self.require(self.has_add_permission(request))
        form = self.make_form(request, UploadForm)

        def keep(form: Any) -> Import:
            file, operator = form.cleaned_data["file"], self.choice(request).operator
            encoding = form.cleaned_data["encoding"] or Import.Encoding.UTF_8
            return imports.create(
                file, file_name=file.name, encoding=encoding, operator=operator, at=clock.now()
            )

        words = Act(
            title=self.add_title(), button=_("Go on"), done=_("The file is here. Nothing is imported yet."),
            back=self.url("changelist"), then=lambda row: self.url("mapping", row.pk),
            text=_("Nobody is imported before you have seen what would become of each row."),
        )  # fmt: skip
        return self.run_form(request, form, keep, words, template="admin/customers/import_new.html")

    def more_urls(self) -> list[URLPattern]:
        return [
            self.route("<str:object_id>/columns/", self.mapping_view, "mapping"),
            self.route("<str:object_id>/run/", self.run_view, "run"),
            self.route("<str:object_id>/cancel/", self.cancel_view, "cancel"),
            self.route("<str:object_id>/progress/", self.progress_view, "progress"),
            self.route("<str:object_id>/refused/", self.refused_view, "refused"),
        ]

    def mapping_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what the columns fill, or change it and have the file checked."""
        row = self._waiting(request, object_id)
        samples = imports.preview(row, count=_SAMPLES)
        form = self.make_form(request, MappingForm, row, samples, custom_filters.in_use(request))

        def check(form: Any) -> Import:
            at = clock.now()
            return imports.check(imports.update(row, details=form.details(), at=at), at=at)

        words = Act(
            title=_("What the columns are"), button=_("Check the file"), done=_("The file is being checked."),
            back=self.page_url(row), then=self.page_url, leave=_("Back"),
            text=_("Say what each column of the file is. Columns whose names say it are filled in."),
        )  # fmt: skip
        template = "admin/customers/import_mapping.html"
        return self.run_form(request, form, check, words, row=row, template=template)

    # -- What becomes of it -------------------------------------------------------------------------------------------

    def run_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to import the rows that were found good, or have the worker do it."""
        row = self._waiting(request, object_id)
        if row.status != Status.CHECKED:
            return HttpResponseRedirect(self.url("mapping", row.pk))
        text = _("%(new)s new customers, %(known)s changed, %(same)s left as they are.") % {
            "new": _count(row.created), "known": _count(row.updated), "same": _count(row.skipped),
        }  # fmt: skip
        if row.failed:
            text += " " + _("%(refused)s refused rows are left out.") % {
                "refused": _count(row.failed)
            }
        words = Act(
            title=_("Import these customers?"), button=_("Import"), done=_("The worker has begun."),
            back=self.page_url(row), then=self.page_url, text=text,
        )  # fmt: skip
        form = self.make_form(request, DashboardForm)
        return self.run_form(
            request, form, lambda _form: imports.run(row, at=clock.now()), words, row=row
        )

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to stop an import, or stop it."""
        row = self._found(request, object_id)
        if row.has_ended and request.method != "POST":
            raise Http404
        words = Act(
            title=_("Cancel this import?"), button=_("Cancel it"), done=_("It was canceled."),
            text=_("Customers who were imported stay; the other rows are left alone."),
            back=self.page_url(row), style="danger", leave=_("Go on"),
        )  # fmt: skip
        form = self.make_form(request, DashboardForm)
        return self.run_form(
            request, form, lambda _form: imports.cancel(row, at=clock.now()), words, row=row
        )

    def progress_view(self, request: HttpRequest, object_id: str) -> JsonResponse:
        """Say how far an import is, for the page that shows it."""
        row = self._found(request, object_id)
        return JsonResponse(
            {"words": _words(row), "passed": row.offset, "total": row.size, "is_open": row.is_working}
        )  # fmt: skip

    def refused_view(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        """Send the refused rows as they came, each with what is wrong with it."""
        row = self._found(request, object_id)
        if not row.failed:
            raise Http404
        site, livemode = row.site, row.livemode
        is_csv = row.format == Import.Format.CSV

        def pieces() -> Iterator[str]:
            with scoped_to(site, livemode=livemode):  # the view's own has ended when this is read
                if is_csv:
                    yield "\N{ZERO WIDTH NO-BREAK SPACE}"  # by which Excel knows that it is UTF-8
                yield from imports.error_file(row)

        name = f"{slugify(row.file_name.rpartition('.')[0]) or 'import'}-refused.{row.format}"
        kind = "text/csv; charset=utf-8" if is_csv else "application/x-ndjson"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(pieces(), content_type=kind, headers=headers)

    # -- The page -----------------------------------------------------------------------------------------------------

    def facts(self, request: HttpRequest, row: Import) -> Sequence[tuple[Any, Any]]:
        pairs = [
            (_("Known customers are found by"), row.get_match_display()),
            (_("With a known customer"), row.get_on_match_display()),
            (_("By"), self.by(row)),
            (_("Brought"), row.created_at),
            (_("Finished"), row.finished_at),
            (_("What went wrong"), row.error),
            (_("The file is kept until"), row.created_at + imports.KEPT),
        ]
        return [(label, value) for label, value in pairs if value]

    def links(self, request: HttpRequest, row: Import) -> list[Link]:
        links = []
        if row.status == Status.CHECKED and row.valid:
            links.append(Link(_("Import"), self.url("run", row.pk), "primary"))
        if row.status in Import.WAITING:
            style = "" if links else "primary"
            links.append(Link(_("Change columns"), self.url("mapping", row.pk), style))
        if row.status == Status.DONE:
            links.append(Link(_("Import another file"), self.url("add")))
        if not row.has_ended:
            links.append(Link(_("Cancel"), self.url("cancel", row.pk), "danger"))
        return links

    def page_context(self, request: HttpRequest, row: Import) -> dict[str, Any]:
        behind = _number(request.GET.get("behind", ""))
        found = imports.faults(row, behind=behind, most=_FAULTS + 1) if row.failed else []
        return {
            "words": _words(row),
            "counts": _counts(row),
            "progress_url": self.url("progress", row.pk) if row.is_working else "",
            "sample": self._sample(request, row) if row.status in Import.WAITING else None,
            "faults": [(fault, _value(row, fault)) for fault in found[:_FAULTS]],
            "faults_begin": not behind,
            "more_faults_url": f"?behind={found[_FAULTS - 1].number}" if len(found) > _FAULTS else "",
            "refused_url": self.url("refused", row.pk),
            "add_url": self.url("add"),
        }  # fmt: skip

    def _sample(self, request: HttpRequest, row: Import) -> dict[str, Any]:
        """Return the first rows as customers: what fills which field."""
        own = custom_filters.in_use(request)
        places = sorted((row.columns.index(name), field) for name, field in row.mapping.items())
        lines = imports.preview(row, count=_SAMPLES)
        return {
            "head": [label_of(field, own) for _place, field in places],
            "rows": [[line[place] if place < len(line) else "" for place, _field in places] for line in lines],
        }  # fmt: skip

    def _found(self, request: HttpRequest, object_id: str) -> Import:
        self.require(self.has_view_permission(request))
        return self.found(request, object_id)

    def _waiting(self, request: HttpRequest, object_id: str) -> Import:
        """Return an import that waits for what its operator says.

        Raises:
            Http404: it has begun already, and that was not seen on a page that is sent now.
        """
        row = self._found(request, object_id)
        if row.status not in Import.WAITING and request.method != "POST":
            raise Http404
        return row


def _words(row: Import) -> str:
    """Say how far an import is, in a sentence."""
    said = row.get_status_display()
    if row.is_working:
        said = f"{said}: {row.percent} %, {_count(row.read)} " + _("rows")
    return str(said)


def _counts(row: Import) -> list[tuple[str, str, str]]:
    """Return what became of the rows, or would: how many, what, and how it looks."""
    if not row.begun_at:
        return []
    is_done = row.status not in {Status.CHECKING, Status.CHECKED, Status.UPLOADED}
    return [
        (_count(row.created), _("imported") if is_done else _("new customers"), ""),
        (_count(row.updated), _("changed"), ""),
        (_count(row.skipped), _("left as they are"), ""),
        (_count(row.failed), _("refused"), "bad" if row.failed else ""),
    ]


def _value(row: Import, fault: ImportFault) -> str:
    """Return the value that was refused, or the beginning of the row."""
    record = fault.record
    if isinstance(record, list):
        if fault.column in row.columns and row.columns.index(fault.column) < len(record):
            return str(record[row.columns.index(fault.column)])
        return ", ".join(filter(None, record))
    return str(record)


def _count(number: int) -> str:
    return number_format(number, force_grouping=True)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else 0
