"""Bulk work: what was asked of the worker for many rows, how far it is, and what came out."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import URLPattern
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import BulkJob
from customers.services import bulk_jobs
from customers.services.powers import Power

_STYLES = {BulkJob.Status.DONE: "ok", BulkJob.Status.FAILED: "bad", BulkJob.Status.RUNNING: "warn"}


class BulkJobAdmin(TenantAdmin[BulkJob]):
    """The pages of bulk jobs; they are asked for on the lists."""

    model = BulkJob
    menu_title = gettext_lazy("Bulk work")
    to_view = Power.EDIT_CUSTOMERS
    page_template: ClassVar[str] = "admin/customers/bulk_job.html"
    list_display = ("what", "state", "progress", "actor", "created")

    def what(self, row: BulkJob) -> str:
        """Show what is done, and to what."""
        html = '{}<span class="quiet">{}</span>'
        return format_html(html, row.get_act_display(), row.table.partition(".")[2])

    what.short_description = gettext_lazy("what")  # type: ignore[attr-defined]  # as the stock admin wants it

    def state(self, row: BulkJob) -> str:
        """Show the state."""
        style = _STYLES.get(BulkJob.Status(row.status), "")
        return format_html('<span class="badge {}">{}</span>', style, row.get_status_display())

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as above

    def progress(self, row: BulkJob) -> str:
        """Show how many rows are done."""
        return _progress(row)

    progress.short_description = gettext_lazy("rows")  # type: ignore[attr-defined]  # as above

    def more_urls(self) -> list[URLPattern]:
        return [
            self.route("<str:object_id>/progress/", self.progress_view, "progress"),
            self.route("<str:object_id>/result/", self.result_view, "result"),
            self.route("<str:object_id>/cancel/", self.cancel_view, "cancel"),
        ]

    def facts(self, request: HttpRequest, row: BulkJob) -> Sequence[tuple[Any, Any]]:
        pairs = [
            (_("What"), row.get_act_display()),
            (_("With"), ", ".join(f"{name}: {value}" for name, value in row.settings.items())),
            (_("Which rows"), _which(row)),
            (_("By"), row.actor),
            (_("Asked for"), row.created_at),
            (_("Finished"), row.finished_at),
            (_("What went wrong"), row.error),
            (
                _("Result is kept until"),
                row.finished_at + bulk_jobs.KEPT if row.finished_at else None,
            ),
        ]
        return [(label, value) for label, value in pairs if value]

    def page_context(self, request: HttpRequest, row: BulkJob) -> dict[str, Any]:
        return {
            "words": _words(row),
            "style": _STYLES.get(BulkJob.Status(row.status), ""),
            "passed": row.done + row.failed,
            "progress_url": self.url("progress", row.pk) if row.is_open else "",
        }

    def links(self, request: HttpRequest, row: BulkJob) -> list[Link]:
        links = []
        if row.finished_at is not None and (row.done or row.failed):
            links.append(Link(_("Download result"), self.url("result", row.pk), "primary"))
        if row.is_open:
            links.append(Link(_("Cancel"), self.url("cancel", row.pk), "danger"))
        return links

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer with how far a job is, for the script of its page."""
        row = self.found(request, object_id)
        self.require(self.has_view_permission(request, row))
        return JsonResponse(
            {"words": _words(row), "passed": row.done + row.failed, "total": row.total, "is_open": row.is_open}
        )  # fmt: skip

    def result_view(self, request: HttpRequest, object_id: str) -> Any:
        """Send the result as a file, piece by piece."""
        row = self.found(request, object_id)
        self.require(self.has_view_permission(request, row))
        if row.is_open:
            raise Http404
        site, livemode = row.site, row.livemode

        def pieces() -> Any:
            with scoped_to(site, livemode=livemode):  # the view's own has ended when this is read
                yield "\N{ZERO WIDTH NO-BREAK SPACE}"  # by which Excel knows that it is UTF-8
                yield from bulk_jobs.parts(row)

        name = (
            f"{slugify(row.table.partition('.')[2])}-{row.act}-{row.created_at:%Y-%m-%d-%H%M}.csv"
        )
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(
            pieces(), content_type="text/csv; charset=utf-8", headers=headers
        )

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to stop a job, or stop it."""
        row = self.found(request, object_id)
        self.require(self.has_view_permission(request, row))
        if not row.is_open and request.method != "POST":
            raise Http404
        words = Act(
            title=_("Cancel this?"), text=_("What was done stays done; the other rows are left alone."),
            button=_("Cancel it"), done=_("It was canceled."), back=self.page_url(row),
            style="danger", leave=_("Go on"),
        )  # fmt: skip
        form = self.make_form(request, DashboardForm)
        return self.run_form(
            request, form, lambda _form: bulk_jobs.cancel(row, at=clock.now()), words, row=row
        )


def _which(row: BulkJob) -> str:
    if row.chosen:
        return _("%(count)d that were chosen") % {"count": len(row.chosen)}
    if not row.params:
        return _("All")
    return ", ".join(f"{name}: {value}" for name, value in row.params.items())


def _progress(row: BulkJob) -> str:
    passed = number_format(row.done + row.failed, force_grouping=True)
    if row.total is None:
        return passed
    return f"{passed} / {number_format(row.total, force_grouping=True)}"


def _words(row: BulkJob) -> str:
    """Say how far a job is, in a sentence."""
    said = f"{row.get_status_display()}: {_progress(row)}"
    if row.failed:
        failed = number_format(row.failed, force_grouping=True)
        said += " \N{MIDDLE DOT} " + _("%(count)s failed") % {"count": failed}
    return said
