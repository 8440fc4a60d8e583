"""Due rows that are carried out together, and in which order."""

from datetime import timedelta

import pytest

from payments.billing.models import Subscription
from payments.models import DueClaim
from payments.services import due_claims, due_work
from payments.services.due_work import Kind
from tests.payments.services.test_due_work import DAY, HOUR, MONDAY, kinds, make

__all__ = ["kinds", "make"]


@pytest.fixture
def many(kinds):
    """What was carried out together and alone, in order; rows of which the name begins with `-` are done alone."""
    seen = []

    def step(row):
        Subscription.objects.filter(pk=row.pk).update(next_step_at=None)

    def carry_out_many(rows, at):
        for row in rows:
            if not row.description.startswith(("-", "stays")):
                step(row)
        seen.append([row.description for row in rows])
        return [row for row in rows if row.description.startswith("-")]

    def carry_out(row, at):
        step(row)
        seen.append(row.description)

    due_work.register(
        Kind("fake.step", Subscription, "next_step_at", carry_out, carry_out_many=carry_out_many)
    )
    return seen


def test_rows_of_a_kind_are_carried_out_together_and_what_cannot_be_alone(make, many):
    for number, name in enumerate(["first", "-second", "third"]):
        make(name, MONDAY - DAY + number * HOUR)

    count = due_work.run(at=MONDAY)

    assert (count, many) == (3, [["first", "-second", "third"], "-second"])
    assert DueClaim.objects.count() == 0


def test_of_rows_that_were_carried_out_together_those_that_stayed_due_are_tried_again(make, many):
    make("first", MONDAY)
    stayed = make("stays", MONDAY)

    due_work.run(at=MONDAY)

    claim = DueClaim.objects.get()
    assert (claim.object_id, claim.said) == (stayed.pk, f"fake.step of {stayed.pk} stayed due.")
    assert claim.claimed_until == MONDAY + timedelta(seconds=60)


def test_rows_are_carried_out_alone_where_many_of_them_fail(make, kinds):
    seen = []

    def carry_out(row, at):
        Subscription.objects.filter(pk=row.pk).update(next_step_at=None)
        seen.append(row.description)

    def fail(rows, at):
        raise ValueError

    due_work.register(
        Kind("fake.step", Subscription, "next_step_at", carry_out, carry_out_many=fail)
    )
    make("first", MONDAY - HOUR)
    make("second", MONDAY)

    assert (due_work.run(at=MONDAY), seen) == (2, ["first", "second"])
    assert DueClaim.objects.count() == 0


def test_rows_that_were_begun_before_are_carried_out_alone(make, many):
    for name in ("first", "second"):
        make(name, MONDAY - DAY)
    due_work._claimed(at=MONDAY - DAY, limit=5)

    due_work.run(at=MONDAY)

    assert sorted(many) == ["first", "second"]


def test_work_of_several_kinds_keeps_the_time_order_of_each_customer(site):
    def claim(kind, customer, tries=1):
        made = DueClaim(
            site=site, livemode=False, kind=kind, object_id=f"{kind} {customer}", tries=tries
        )
        made.owner_id = customer
        return made

    claims = [
        claim("many", "a"), claim("many", "b"), claim("one", "a"), claim("many", "b"), claim("many", "a"),
        claim("many", None), claim("one", ""), claim("many", "c"), claim("many", "b"),
    ]  # fmt: skip

    groups = due_claims.grouped(claims, is_many=lambda each: each.kind == "many")

    assert [[each.object_id for each in group] for group in groups] == [
        ["many a", "many b", "many b"], ["one a"], ["many a", "many None"], ["one "], ["many c", "many b"],
    ]  # fmt: skip
