"""`/omise/schedules`, `/omise/charges/schedules` and `/omise/customers/{customer}/schedules`.

Source: https://docs.omise.co/schedules-api
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.kit import clock, tenancy
from customers.kit.errors import InvalidRequest
from customers.restkit import inputs, omise_ids
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.objects import Computed, Constant, Plain, Spelled, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_inputs import OmiseMetadataField
from customers.restkit.omise_objects import IsoTime, Location, OmiseId, envelope, iso
from customers.restkit.views import Wire, json_response
from customers.services import customers, test_clocks
from payments import recurrence
from payments.api.omise import occurrences
from payments.api.omise.cards import parsed
from payments.models import PaymentMethod, Schedule
from payments.money import Money
from payments.recurrence import Recurrence
from payments.services import payment_methods, schedules

Status = Schedule.Status
STATUS = {
    Status.ACTIVE: "active",
    Status.EXPIRING: "expiring",
    Status.EXPIRED: "expired",
    Status.SUSPENDED: "suspended",
    Status.CANCELED: "deleted",
}
_RHYTHM = (
    "every", "period", "start_on", "end_on", "weekdays", "days_of_month", "weekday_of_month",
)  # fmt: skip
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", re.ASCII)
_HASH = {"type": "object", "additionalProperties": True}
_TEXT, _BOOLEAN = {"type": "string"}, {"type": "boolean"}


class DateField(inputs.TextField):
    """A date as ISO 8601 writes it, its zeros optional."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, emptied=..., **options)

    def read(self, value: Any, path: str) -> date:  # type: ignore[override]  # what the service gets
        match = _DATE.fullmatch(super().read(value, path))
        try:
            year, month, day = map(int, match.groups() if match else ())
            found = date(year, month, day)
        except ValueError as error:
            raise InvalidRequest(
                f"Invalid {path}: give a date like 2027-01-31.", param=path
            ) from error
        if not 1 < found.year < 9999:  # noqa: PLR2004 -- what every time zone can hold
            raise InvalidRequest(f"Invalid {path}: the year must be 2 to 9998.", param=path)
        return found


class WeekdayOfMonthField(inputs.TextField):
    """Such as `second_monday` or `last_thursday`; `2nd_monday` is the same."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, emptied=..., **options)

    def read(self, value: Any, path: str) -> str:
        found = recurrence.weekday_of_month(super().read(value, path))
        if not found:
            raise InvalidRequest(
                f"Invalid {path}: give first, second, third, fourth or last, an underscore and an English weekday.",
                param=path,
            )
        return found


class OnHash(Input):
    days_of_month = inputs.ListField(
        inputs.IntegerField(min_value=1, max_value=recurrence.LAST_DAY), emptied=[]
    )
    weekday_of_month = WeekdayOfMonthField()
    weekdays = inputs.ListField(inputs.ChoiceField(recurrence.WEEKDAYS), emptied=[])


class ChargeHash(Input):
    amount = inputs.IntegerField(required=True)
    card = IdField()
    currency = inputs.CurrencyField()
    customer = IdField(required=True)
    description = inputs.TextField()
    metadata = OmiseMetadataField()


class SchedulePreview(Input):
    end_date = DateField()
    end_on = DateField(source="end_date")
    every = inputs.IntegerField(required=True, min_value=1)
    on = inputs.HashField(OnHash, emptied={})
    period = inputs.ChoiceField(Schedule.Period.values, required=True)
    start_date = DateField()
    start_on = DateField(source="start_date")


class ScheduleCreate(SchedulePreview):
    charge = inputs.HashField(ChargeHash)
    transfer = inputs.ValuesField()


def _on(weekdays: Sequence[str], days_of_month: Sequence[int], weekday_of_month: str) -> Wire:
    given = {
        "weekdays": list(weekdays),
        "days_of_month": list(days_of_month),
        "weekday_of_month": weekday_of_month,
    }
    return {name: value for name, value in given.items() if value}


def _in_words(*rhythm: Any) -> str:
    return Recurrence(*rhythm).in_words()


def _upcoming(status: str, last_on: date | None, *rhythm: Any) -> list[str]:
    if status not in Schedule.RUNNING:
        return []
    ahead = Recurrence(*rhythm).dates(after=last_on)
    return [on.isoformat() for on in islice(ahead, schedules.UPCOMING)]


def _charge(
    pk: str,
    livemode: bool,  # noqa: FBT001 -- a column's value
    amount: int,
    currency: str,
    customer_id: str,
    method_id: str | None,
    default_id: str | None,
    description: str,
    metadata: Any,
    created_at: datetime,
) -> Wire:
    card = method_id or default_id
    return {
        "object": "scheduled_charge",
        "id": f"rchg{omise_ids.spelled(pk, livemode).removeprefix('schd')}",
        "livemode": livemode,
        "currency": currency.upper(),
        "amount": amount,
        "default_card": card is not None and card == default_id,
        "card": omise_ids.spelled(card, livemode) if card else None,
        "customer": omise_ids.spelled(customer_id, livemode),
        "description": description or None,
        "metadata": parsed(metadata),
        "created_at": iso(created_at),
    }


def _iso_date(on: date) -> str:
    return on.isoformat()


class ScheduleObject(WireObject):
    """A charge that recurs by the calendar."""

    object = Constant("schedule")
    id = OmiseId()
    livemode = Plain()
    location = Location("/schedules/{}")
    status = Spelled(STATUS)
    active = Computed(lambda status: status in Schedule.RUNNING, "status", schema=_BOOLEAN)
    deleted = Computed(lambda status: status == Status.CANCELED, "status", schema=_BOOLEAN)
    every = Plain()
    period = Plain()
    on = Computed(_on, "weekdays", "days_of_month", "weekday_of_month", schema=_HASH)
    in_words = Computed(_in_words, *_RHYTHM, schema=_TEXT)
    start_on = Computed(_iso_date, "start_on", schema=_TEXT)
    start_date = Computed(_iso_date, "start_on", schema=_TEXT)
    end_on = Computed(_iso_date, "end_on", schema=_TEXT)
    end_date = Computed(_iso_date, "end_on", schema=_TEXT)
    ended_at = IsoTime()
    charge = Computed(
        _charge, "id", "livemode", "amount", "currency", "customer_id", "payment_method_id",
        "customer__default_payment_method_id", "description", "metadata", "created_at",
        schema=_HASH,
    )  # fmt: skip
    transfer = Constant(None)
    occurrences = Constant(None)
    next_occurrences_on = Computed(
        _upcoming, "status", "last_on", *_RHYTHM, schema={"type": "array", "items": _TEXT}
    )
    created_at = IsoTime()


class ScheduleViewSet(OmiseViewSet):
    resource = "schedules"
    model = Schedule
    output = ScheduleObject
    path = "/schedules"

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Schedule.objects.select_related("customer")

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Put the occurrences on the schedules; a default payment method that is no card is none here."""
        found = occurrences.of_schedules([omise_ids.canonical(wire["id"]) for wire in wires])
        cards, at = _cards(wires), clock.now()
        for wire in wires:
            shown, total = found.get(omise_ids.canonical(wire["id"]), ([], 0))
            location = f"/schedules/{wire['id']}/occurrences"
            wire["occurrences"] = envelope(
                shown, location=location, total=total, at=at, order="chronological"
            )
            if wire["charge"]["card"] not in cards:
                wire["charge"] |= {"card": None, "default_card": False}

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(ScheduleCreate)
        if "transfer" in body:
            raise InvalidRequest(
                "Keeptab does not offer transfers: money is paid out by the payment gateway.",
                param="transfer",
            )
        charge = body.get("charge")
        if charge is None:
            raise InvalidRequest("Missing required param: charge.", param="charge")
        customer = customers.get_living(charge["customer"], param="charge[customer]")
        self.at = test_clocks.now_for(customer, self.at)
        card = charge.get("card")
        method = payment_methods.get_own(customer, card, param="charge[card]") if card else None
        currency = charge.get("currency") or tenancy.current().site.default_currency
        schedule = schedules.create(
            customer,
            money=Money(charge["amount"], currency),
            rhythm=_rhythm(body, at=self.at),
            method=method,
            description=charge.get("description", ""),
            metadata=charge.get("metadata"),
            at=self.at,
        )
        return self.write(schedule)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Show which dates a schedule would have, without making one."""
        rhythm = schedules.checked(_rhythm(self.read(SchedulePreview), at=self.at), at=self.at)
        return json_response(
            {
                "object": "schedule_preview",
                "livemode": self.livemode,
                "every": rhythm.every,
                "period": rhythm.period,
                "on": _on(rhythm.weekdays, rhythm.days_of_month, rhythm.weekday_of_month),
                "in_words": rhythm.in_words(),
                "start_on": rhythm.start_on.isoformat(),
                "end_on": rhythm.end_on.isoformat(),
                "next_occurrences_on": [
                    on.isoformat() for on in islice(rhythm.dates(), schedules.UPCOMING)
                ],
            }
        )

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        schedule = schedules.get(pk)
        now = test_clocks.now_for(schedule.customer, self.at)
        return self.write(schedules.cancel(schedule, at=now))


class ChargeScheduleViewSet(ScheduleViewSet):
    """The schedules that make charges, which are all there are."""

    model = Schedule
    path = "/charges/schedules"


class CustomerScheduleViewSet(ScheduleViewSet):
    model = Schedule
    path = "/customers/{}/schedules"
    parent = "customer_id"

    def checked_parent(self, **parents: str) -> str:
        return str(customers.get_living(parents["customer"], param="id").pk)


def _rhythm(body: Mapping[str, Any], *, at: datetime) -> Recurrence:
    if "end_date" not in body:
        raise InvalidRequest("Missing required param: end_date.", param="end_date")
    start = body.get("start_date") or schedules.today(at=at)
    return Recurrence(
        body["every"], body["period"], start, body["end_date"], **(body.get("on") or {})
    )


def _cards(wires: Sequence[Wire]) -> set[str]:
    """Return those of the payment methods in schedules that are cards, as they are spelled there."""
    spelled = {wire["charge"]["card"] for wire in wires} - {None}
    wanted = [pk for card in spelled for pk in omise_ids.candidates(card)]
    rows = PaymentMethod.objects.filter(pk__in=wanted, kind=PaymentMethod.Kind.CARD)
    found = rows.values_list("pk", "livemode")
    return {omise_ids.spelled(pk, livemode) for pk, livemode in found}
