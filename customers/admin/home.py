"""The home page: who came and what happened last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from customers.admin import choices, shown
from customers.admin.choices import Choice
from customers.events.models import Event
from customers.kit.registry import Hook
from customers.models import Customer
from customers.services.powers import Power

SHOWN = 8  # of each


@dataclass(frozen=True, slots=True)
class Section:
    """What a higher app shows on the home page.

    Args:
        template: gets `context` and nothing else.
    """

    template: str
    context: Mapping[str, Any]


sections: Hook[Callable[[Choice], Section]] = Hook("customers.home.sections")
"""What stands first on the page."""


def context(request: HttpRequest) -> dict[str, Any]:
    """Return what the home page shows; nothing on it is counted."""
    customers = Customer.objects.living().newest_first()[:SHOWN]
    events = list(Event.objects.order_by("-created_at", "-id").defer("snapshot")[:SHOWN])
    concerned = Customer.objects.in_bulk({event.customer_id for event in events})
    choice = choices.of(request)
    return {
        "may_add": choice is not None and choice.may(Power.EDIT_CUSTOMERS),
        "sections": [] if choice is None else [section(choice) for section in sections],
        "newest": [shown.customer_line(customer) for customer in customers],
        "events": [
            {**shown.event_line(event), "customer": concerned.get(event.customer_id)}
            for event in events
        ],
    }
