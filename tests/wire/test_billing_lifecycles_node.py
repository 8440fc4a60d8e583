"""The lives of subscriptions through the official Node SDK, unmodified, on a test clock over two simulated years."""

import pytest

from tests.wire.lifecycles import DAY, DRAFT_FOR, unix

pytestmark = pytest.mark.node

HALF, FEBRUARY = unix(2027, 2, 14), unix(2027, 2, 28)


def paid(total, number=None, **changed):
    return {
        "status": "paid", "total": total, "paid": total, "tries": 1, "next": None, "number": number
    } | changed  # fmt: skip


def without_numbers(found):
    return [invoice | {"number": None} for invoice in found]


@pytest.mark.usefixtures("worker")
def test_two_years_of_subscriptions(flow):
    said = flow("billing")

    first = FEBRUARY + DRAFT_FOR
    prefix = said["prefix"]
    assert said["numbers"] == [f"{prefix}-{place:04d}" for place in range(1, 29)]
    assert without_numbers(said["monthly"]) == [paid(1000), paid(2500), *[paid(2000)] * 23]
    assert without_numbers(said["yearly"]) == [paid(9000)] * 3
    assert said["foreseen"] == said["renewed"]
    assert [amount for amount, _words in said["renewed"]] == [-500, 1000, 2000]
    owed, recovered = without_numbers([said["owed"], said["recovered"]])
    assert owed == paid(1000, status="open", paid=0, next=first + DAY)
    assert recovered == paid(1000, tries=2)
    assert (said["waiting"], said["active"], said["planned"]) == ("past_due", "active", FEBRUARY)
    assert without_numbers(said["given"]) == [
        paid(1000),
        paid(1000, status="open", paid=0, tries=5),
    ]
    assert said["left"] == [
        ["active", None, None],
        ["canceled", "cancellation_requested", first],
        ["canceled", "payment_failed", first + 16 * DAY],
        ["canceled", "cancellation_requested", FEBRUARY],
    ]
