"""`/v1/customers/{customer}/erasure`: what it would do, having it done, and what was done (requirements, section 5)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.kit.errors import NotFound
from customers.models import Customer, Erasure
from customers.restkit.expansion import Wire
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Json,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.services import customers, erasures
from customers.services.erasing import OpenItem
from customers.services.erasures import PlanLine

STATUS = {
    Erasure.Status.REQUESTED: "requested",
    Erasure.Status.WAITING: "waiting",
    Erasure.Status.RUNNING: "running",
    Erasure.Status.DONE: "done",
    Erasure.Status.CANCELED: "canceled",
}
_ACTS = ("removed", "redacted", "kept")


def _hashes(**members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a list of hashes that have all these members."""
    hash_ = {
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }
    return {"type": "array", "items": hash_}


def _rows(counts: Any) -> list[dict[str, Any]]:
    known: Mapping[str, Mapping[str, int]] = Json().spell(counts)
    return [
        {"name": name, **{act: acts.get(act, 0) for act in _ACTS}}
        for name, acts in sorted(known.items())
    ]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_COUNTED = _hashes(name=_TEXT, removed=_NUMBER, redacted=_NUMBER, kept=_NUMBER)
_PLANNED = _hashes(
    name=_TEXT, action={"type": "string", "enum": list(_ACTS)}, count=_NUMBER, reason=_TEXT
)
_OPEN = _hashes(name=_TEXT, count=_NUMBER)
_LAW = {
    "type": "object",
    "properties": {"country": _TEXT, "source": _TEXT, "years": _NUMBER},
    "required": ["country", "source", "years"],
    "additionalProperties": False,
}
_DAY = {"type": ["string", "null"], "format": "date"}


class ErasureObject(WireObject):
    """The erasure of a customer's personal data, from the wish for it to the report."""

    id = Plain()
    object = Constant("customer_erasure")
    actor = Text()
    created = UnixTime("created_at")
    customer = Expandable("customer_id", resource="customer")
    door = Text()
    due_at = UnixTime()
    findings = Computed(
        lambda found: Json().spell(found),
        "findings",
        schema=_hashes(rows=_TEXT, column=_TEXT),
    )
    finished_at = UnixTime()
    kept_until = Computed(_day, "kept_until", schema=_DAY)
    livemode = Plain()
    rows = Computed(_rows, "counts", schema=_COUNTED)
    started_at = UnixTime()
    status = Spelled(STATUS)
    verified_at = UnixTime()


class ErasurePlanObject(WireObject):
    """What the erasure of a customer would do now."""

    object = Constant("customer_erasure_plan")
    customer = Expandable("id", resource="customer")
    ends = Computed(lambda _customer: [], "id", schema=_OPEN)
    kept_until = Computed(lambda _customer: None, "id", schema=_DAY)
    law = Computed(lambda _customer: {}, "id", schema=_LAW)
    livemode = Plain()
    rows = Computed(lambda _customer: [], "id", schema=_PLANNED)
    waits_for = Computed(lambda _customer: [], "id", schema=_OPEN)


class ErasureViewSet(V1ViewSet):
    """Below a customer, deleted or not; the worker does what is asked for here."""

    resource = "privacy"
    model = Erasure
    output = ErasureObject

    def retrieve(self, request: HttpRequest, pk: str, **parents: str) -> HttpResponse:
        self.refuse_params()
        return self.write(self._erasure(pk))

    def erase(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Have a customer erased, as soon as nothing of it is open."""
        self.refuse_params()
        return self.write(erasures.create(customers.get(pk), at=self.at))

    def cancel(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Call off an erasure that has not begun."""
        self.refuse_params()
        return self.write(erasures.cancel(self._erasure(pk), at=self.at))

    def _erasure(self, pk: str) -> Erasure:
        found = erasures.latest(customers.get(pk))
        if found is None:
            raise NotFound(f"The customer '{pk}' has no erasure.", param="id")
        return found


class ErasurePlanViewSet(V1ViewSet):
    resource = "privacy"
    model = Customer
    output = ErasurePlanObject

    @classmethod
    def resource_name(cls) -> str:
        return ""  # nothing is kept of it, and nothing refers to it

    def retrieve(self, request: HttpRequest, pk: str, **parents: str) -> HttpResponse:
        self.refuse_params()
        customer = customers.get(pk)
        plan = erasures.plan(customer)
        wire = ErasurePlanObject.plan().spell_instance(customer)
        wire |= {
            "ends": list(map(_item, plan.ends)),
            "kept_until": _day(plan.kept_until),
            "law": {
                "country": plan.law.country or customer.site.country,
                "source": str(plan.law.source),
                "years": plan.law.years,
            },
            "rows": list(map(_line, plan.lines)),
            "waits_for": list(map(_item, plan.waits_for)),
        }
        return self.answer(wire)


def _item(item: OpenItem) -> Wire:
    return {"name": item.name, "count": item.count}


def _line(line: PlanLine) -> Wire:
    treatment = line.treatment
    return {
        "name": treatment.name,
        "action": treatment.act.value,
        "count": line.count,
        "reason": str(treatment.reason),
    }
