"""All that happened to a customer, in order of time: changes, charges, emails, notes, what was told; and by whom."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import customer_reading, events, lists, shown
from customers.admin.customer_messages import STYLES
from customers.events.models import Delivery, Event
from customers.kit import reading
from customers.kit.registry import Lookup
from customers.models import Customer, Message, Note

if TYPE_CHECKING:
    from customers.admin.base import TenantAdmin

    _Base = TenantAdmin[Customer]
else:
    _Base = object

ON_A_PAGE, ON_THE_CUSTOMERS = 50, 10
_EXCERPT = 280  # letters of a note
_MONEY = ("charge.", "refund.", "payment_intent.", "payment_method.", "setup_intent.", "mandate.")
KINDS: Mapping[str, Any] = {
    "": gettext_lazy("Everything"),
    "changes": gettext_lazy("Changes"),
    "payments": gettext_lazy("Payments"),
    "emails": gettext_lazy("Emails"),
    "notes": gettext_lazy("Notes"),
    "webhooks": gettext_lazy("Webhooks"),
}
"""What the timeline can be narrowed to, by the value of `kind`."""


_Row = Event | Message | Note


@dataclass(frozen=True, slots=True)
class Told:
    """What an event's picture says to people: a sentence, and the page of what it is about."""

    text: str
    url: str = ""


tellers: Lookup[Callable[[Mapping[str, Any]], Told]] = Lookup("customers.customer_timeline.tellers")
"""By the kind of object (`charge`): what a picture of one says; higher apps join in here."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; `at` and the kind of its row say where it stands."""

    row: _Row
    title: str
    text: str
    url: str
    door: str
    actor: str
    badges: Sequence[tuple[str, str]]
    event_url: str = ""
    changed: str = ""

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.row.created_at


def newest(
    customer: Customer,
    happened: Iterable[Event],
    messages: Iterable[Message],
    notes: Iterable[Note],
) -> list[Entry]:
    """Return the newest entries, of rows that are each in the order of time."""
    return _entries(customer, happened, messages, notes, limit=ON_THE_CUSTOMERS)[0]


class CustomerTimeline(_Base):
    """The view of a customer's whole timeline; mixed into the pages of customers."""

    def timeline_urls(self) -> list[URLPattern]:
        """Return the view's address; `?kind=` narrows it, `after` says where to go on."""
        return [self.route("<str:object_id>/timeline/", self.timeline, "timeline")]

    def timeline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a part of the timeline."""
        customer = self.found(request, object_id)
        self.require(self.has_view_permission(request, customer))
        kind, after = request.GET.get("kind", ""), request.GET.get("after", "")
        here = self.url("timeline", customer.pk)
        try:
            sources = [
                (lists.older(rows, after) if after else rows)[: ON_A_PAGE + 1]
                for rows in _sources(customer, kind)
            ]
        except IncorrectLookupParameters:
            return HttpResponseRedirect(here)
        found, is_more = _entries(customer, *reading.at_once(*sources), limit=ON_A_PAGE)
        wanted = f"?kind={kind}" if kind in KINDS else "?"
        context = {
            "title": _("Timeline"),
            "row": customer,
            "customer_url": self.page_url(customer),
            "kinds": [
                (words, f"{here}?kind={value}" if value else here, value == kind)
                for value, words in KINDS.items()
            ],
            "entries": found,
            "newest_url": f"{here}{wanted}" if after else "",
            "older_url": f"{here}{wanted}&after={lists.cursor_at(found[-1].row)}"
            if is_more
            else "",
        }
        return self.render(request, "admin/customers/customer/timeline.html", context)


def _sources(
    customer: Customer, kind: str
) -> tuple[QuerySet[Event], QuerySet[Message], QuerySet[Note]]:
    happened = customer_reading.events_of(customer)
    messages, notes = customer_reading.messages_to(customer), customer_reading.notes_about(customer)
    money = Q(type__startswith=_MONEY[0])
    for beginning in _MONEY[1:]:
        money |= Q(type__startswith=beginning)
    if kind == "changes":
        happened = happened.exclude(money)
    elif kind == "payments":
        happened = happened.filter(money)
    elif kind == "webhooks":
        happened = happened.filter(Exists(Delivery.objects.filter(event=OuterRef("pk"))))
    elif kind in {"emails", "notes"}:
        happened = happened.none()
    return (
        happened,
        messages if kind in {"", "emails"} or kind not in KINDS else messages.none(),
        notes if kind in {"", "notes"} or kind not in KINDS else notes.none(),
    )


def _entries(
    customer: Customer,
    happened: Iterable[Event],
    messages: Iterable[Message],
    notes: Iterable[Note],
    *,
    limit: int,
) -> tuple[list[Entry], bool]:
    """Return the newest entries, and whether there are more."""
    # Of one instant the kinds come by their ids' beginnings, the last first, as each kind's rows do among themselves.
    sources: list[Iterable[_Row]] = [notes, messages, happened]
    rows = list(islice(merge(*sources, key=_place), limit + 1))
    page = rows[:limit]
    told = events.told([row.pk for row in page if isinstance(row, Event)])
    return [_entry(row, customer, told) for row in page], len(rows) > limit


def _place(row: _Row) -> tuple[float, int]:
    return -row.created_at.timestamp(), (Note, Message, Event).index(type(row))


def _entry(row: _Row, customer: Customer, told: Mapping[str, tuple[str, str]]) -> Entry:
    if isinstance(row, Event):
        return _of_event(row, told.get(row.pk, ("", "")))
    if isinstance(row, Message):
        return _of_message(row, customer)
    return _of_note(row, customer)


def _of_event(row: Event, told: tuple[str, str]) -> Entry:
    kind = str(row.snapshot.get("object", ""))
    said = tellers[kind](row.snapshot) if kind in tellers else Told("")
    event_url = reverse("admin:events_event_page", args=[row.pk])
    words, style = told
    return Entry(
        row=row,
        title=shown.event_title(row.type),
        text=said.text,
        url=said.url or event_url,
        door=shown.door(row.door),
        actor=row.actor,
        badges=[(_("Webhook: %(state)s") % {"state": words}, style)] if words else [],
        event_url=event_url if said.url else "",
        changed=", ".join(sorted(row.previous_attributes or ())),
    )


def _of_message(row: Message, customer: Customer) -> Entry:
    return Entry(
        row=row,
        title=_("Email: %(kind)s") % {"kind": row.get_kind_display()},
        text=row.subject,
        url=reverse("admin:customers_customer_message", args=[customer.pk, row.pk]),
        door=shown.door(row.door) if row.door else "",
        actor=row.actor,
        badges=[(str(row.get_status_display()), STYLES[Message.Status(row.status)])],
    )


def _of_note(row: Note, customer: Customer) -> Entry:
    is_long = len(row.text) > _EXCERPT
    return Entry(
        row=row,
        title=_("Note"),
        text=f"{row.text[:_EXCERPT]}…" if is_long else row.text,
        url=f"{reverse('admin:customers_customer_page', args=[customer.pk])}#notes",
        door=shown.door("dashboard"),
        actor=row.author_name,
        badges=[],
    )
