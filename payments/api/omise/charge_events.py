"""`/omise/charges/{charge}/events`.

Source: https://docs.omise.co/charges-api
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from customers.api.omise.events import EventObject, add_deliveries
from customers.events.models import Event
from customers.restkit.omise import OmiseViewSet
from customers.restkit.views import Wire
from payments.services import charges


class ChargeEventViewSet(OmiseViewSet):
    """What happened to a charge."""

    resource = "events"
    model = Event
    output = EventObject
    path = "/charges/{}/events"
    parent, parent_name = "object_id", "charge"

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Event.objects.filter(omise_key__startswith="charge.")

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Put on the events what became of telling endpoints of them."""
        add_deliveries(wires)

    def checked_parent(self, **parents: str) -> str:
        return str(charges.get(parents["charge"], param="charge").pk)
