"""`/omise/charges/{charge}/events`.

Source: https://docs.omise.co/charges-api
"""

from typing import Any

from django.db.models import QuerySet

from customers.api.omise.events import EventObject
from customers.events.models import Event
from customers.restkit.omise import OmiseViewSet
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

    def checked_parent(self, **parents: str) -> str:
        return str(charges.get(parents["charge"], param="charge").pk)
