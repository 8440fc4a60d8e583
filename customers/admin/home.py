"""The home page: what needs somebody, how business goes, who came and what happened last.

Nothing on it is counted or added up from big tables: each part reads a bounded number of rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Literal

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from customers.admin import choices, shown
from customers.admin.choices import Choice
from customers.events.models import Event, WebhookEndpoint
from customers.kit import clock
from customers.kit.registry import Hook
from customers.models import Customer
from customers.services.powers import Power

SHOWN = 6  # of each
WAITING = 4  # of each kind that needs somebody
_Status, _Reason = WebhookEndpoint.Status, WebhookEndpoint.Reason


@dataclass(frozen=True, slots=True)
class Section:
    """What a higher app shows on the home page.

    Args:
        template: gets `context` and nothing else.
        place: across the top, in the wide column, or in the narrow one.
    """

    template: str
    context: Mapping[str, Any]
    place: Literal["top", "main", "aside"] = "main"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that needs somebody.

    Args:
        when: until when, or since when; may be absent.
        words: on a badge.
        style: `bad`, `warn` or none.
    """

    url: str
    title: str
    text: str
    words: str
    style: str
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    """A kind of thing that needs somebody, the most urgent ones first.

    Args:
        rows: as many as are shown, and one more where there are more.
        all_url: the list of all of them; empty where there is none.
    """

    title: str
    rows: Sequence[Waiting]
    all_url: str = ""

    @property
    def shown(self) -> Sequence[Waiting]:
        """Those that are shown."""
        return self.rows[:WAITING]

    @property
    def has_more(self) -> bool:
        """Tell whether there are more."""
        return len(self.rows) > WAITING


sections: Hook[Callable[[HttpRequest, Choice], Iterable[Section]]] = Hook("customers.home.sections")
"""What else stands on the page."""

concerns: Hook[Callable[[Choice, datetime], Iterable[Concern]]] = Hook("customers.home.concerns")
"""What needs somebody, beside webhooks; each asked at an instant."""


def context(request: HttpRequest) -> dict[str, Any]:
    """Return what the home page shows of the chosen site."""
    choice = choices.of(request)
    if choice is None:
        return {}
    customers = Customer.objects.living().newest_first()[:SHOWN]
    told = Event.objects.exclude(type__startswith="test_helpers.").defer("snapshot")
    events = list(told.order_by("-created_at", "-id")[:SHOWN])
    concerned = Customer.objects.in_bulk({event.customer_id for event in events})
    parts = list(chain.from_iterable(section(request, choice) for section in sections))
    at = clock.now()
    return {
        "may_add": choice.may(Power.EDIT_CUSTOMERS),
        "sections": parts,
        "places": {
            place: [part for part in parts if part.place == place]
            for place in ("top", "main", "aside")
        },
        "concerns": [
            concern
            for concern in chain(*(concern(choice, at) for concern in concerns), _webhooks())
            if concern.rows
        ],
        "newest": [shown.customer_line(customer) for customer in customers],
        "events": [
            {**shown.event_line(event), "customer": concerned.get(event.customer_id)}
            for event in events
        ],
    }


def _webhooks() -> list[Concern]:
    """Return the endpoints that do not answer, and those that were disabled for that."""
    failing = Q(status=_Status.ENABLED, failing_since__isnull=False)
    given_up = Q(status=_Status.DISABLED, disabled_reason__in=[_Reason.FAILING, _Reason.GONE])
    rows = WebhookEndpoint.objects.filter(failing | given_up, deleted_at=None)
    found = [
        Waiting(
            reverse("admin:events_webhookendpoint_page", args=[row.pk]),
            row.description or row.url,
            row.url if row.description else "",
            _("Failing") if row.status == _Status.ENABLED else _("Disabled"),
            "warn" if row.status == _Status.ENABLED else "bad",
            row.failing_since or row.last_failure_at,
        )
        for row in rows.order_by("-created_at", "-id")[: WAITING + 1]
    ]
    url = reverse("admin:events_webhookendpoint_changelist")
    return [Concern(_("Webhooks that fail"), found, url)]
