"""`/v1/test_helpers/test_clocks`.

Source: https://docs.stripe.com/api/test_clocks
"""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import deleted
from customers.models import TestClock
from customers.restkit import inputs
from customers.restkit.inputs import Input
from customers.restkit.objects import (
    Computed,
    Constant,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.services import clock_removal, test_clocks

Status = TestClock.Status
STATUS = {
    Status.READY: "ready",
    Status.ADVANCING: "advancing",
    Status.INTERNAL_FAILURE: "internal_failure",
}
_DETAILS = {
    "type": "object",
    "properties": {
        "advancing": {
            "type": "object",
            "properties": {"target_frozen_time": {"type": "integer"}},
            "required": ["target_frozen_time"],
            "additionalProperties": False,
        }
    },
    "required": [],
    "additionalProperties": False,
}


def _details(status: str, target: datetime | None) -> dict[str, Any]:
    if status != Status.ADVANCING or target is None:
        return {}
    return {"advancing": {"target_frozen_time": int(target.timestamp())}}


class TestClockCreate(Input):
    frozen_time = inputs.TimestampField(required=True)
    name = inputs.TextField(max_length=300)


class TestClockAdvance(Input):
    frozen_time = inputs.TimestampField(required=True)


class TestClockObject(WireObject):
    """The time of customers who are only tried out."""

    id = Plain()
    object = Constant("test_helpers.test_clock")
    created = UnixTime("created_at")
    deletes_after = UnixTime("deletes_at")
    frozen_time = UnixTime("frozen_at")
    livemode = Plain()
    name = Text()
    status = Spelled(STATUS)
    status_details = Computed(_details, "status", "target_at", schema=_DETAILS)


class TestClockViewSet(V1ViewSet):
    resource = "test_clocks"
    model = TestClock
    output = TestClockObject
    inputs = {"create": TestClockCreate, "advance": TestClockAdvance}

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return TestClock.objects.filter(deleted_at__isnull=True)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(TestClockCreate)
        return self.write(
            test_clocks.create(frozen_at=body["frozen_time"], name=body.get("name", ""), at=self.at)
        )

    def advance(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Have the clock moved forward; it is there once its status is `ready` again."""
        body = self.read(TestClockAdvance)
        clock = test_clocks.get(pk)
        return self.write(test_clocks.advance(clock, to=body["frozen_time"], at=self.at))

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        clock = clock_removal.delete(test_clocks.get(pk), at=self.at)
        return self.answer(deleted(clock.pk, "test_helpers.test_clock"))
