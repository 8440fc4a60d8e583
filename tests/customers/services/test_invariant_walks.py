"""A table is walked slice by slice: nothing is passed over, nothing is written, nothing takes long."""

from dataclasses import replace

import pytest
from django.db import InternalError, connection

from customers.kit import clock
from customers.models import Customer
from customers.services import invariant_walks
from tests import breaches
from tests.factories.customers import CustomerFactory, IdempotencyRecordFactory

BALANCE = "customers.balance"


def walked(invariant, pages_at_once, **more):
    """Return what is seen of a table in slices of so many pages, from its beginning to its end."""
    slices, page = [], 0
    while page is not None:
        seen = invariant_walks.look_at(invariant, page, pages_at_once, at=clock.now(), **more)
        slices.append(seen)
        page = seen.next_page
    return slices


@pytest.fixture
def rows(scope):
    """Customers on several pages, of which every tenth has a balance that nothing explains."""
    made = [CustomerFactory(metadata={"text": "x" * 500}) for _ in range(50)]
    broken = [customer.pk for customer in made[::10]]
    Customer.objects.filter(pk__in=broken).update(balance=100, currency="usd")
    return sorted(broken)


@pytest.mark.parametrize("pages_at_once", [1, 7, 8192])
def test_slices_of_any_size_see_every_row_once(rows, pages_at_once):
    slices = walked(breaches.named(BALANCE), pages_at_once)

    assert sum(seen.rows for seen in slices) == 50
    assert sorted(row.object_id for seen in slices for row in seen.broken) == rows


def test_only_one_sites_rows_are_looked_at_where_that_is_asked_for(rows, scope, other):
    ours = walked(breaches.named(BALANCE), 8192, site_id=scope.site_id)
    theirs = walked(breaches.named(BALANCE), 8192, site_id=other[0].pk)

    assert [seen.rows for seen in ours + theirs] == [50, 0]


def test_what_was_mended_is_not_broken_any_more(rows):
    Customer.objects.filter(pk=rows[0]).update(balance=0)

    left = invariant_walks.still_broken(
        breaches.named(BALANCE), [*rows, "cus_gone"], at=clock.now()
    )

    assert sorted(left) == rows[1:]


def test_rows_with_numbers_as_ids_are_looked_at_again(scope):
    record = IdempotencyRecordFactory(status=0, created_at=breaches.ago(2 * breaches.HOUR))

    left = invariant_walks.still_broken(
        breaches.named("customers.requests"), [str(record.pk)], at=clock.now()
    )

    assert left == {str(record.pk)}


def test_what_takes_too_long_to_be_looked_at_again_counts_as_broken(rows, monkeypatch):
    monkeypatch.setattr(invariant_walks, "LONGEST", 100)
    balance = breaches.named(BALANCE)
    pause = f"SELECT pg_sleep(CASE it.id WHEN '{rows[0]}' THEN 9 ELSE 0 END)"
    slow = replace(balance, joins=f"{balance.joins} CROSS JOIN LATERAL ({pause}) AS s")
    Customer.objects.filter(pk__in=rows[:3]).update(balance=0)

    left = invariant_walks.still_broken(slow, rows, at=clock.now())

    assert sorted(left) == [rows[0], *rows[3:]]


def test_nothing_can_be_written_by_a_look(rows):
    writing = replace(
        breaches.named(BALANCE),
        detail="(SELECT nextval('events_event_sequence'))::text",
    )

    with pytest.raises(InternalError, match="read-only"):
        walked(writing, 8192)


def test_settings_of_a_look_end_with_it(rows):
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()

    walked(breaches.named(BALANCE), 8192)

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')")
        assert cursor.fetchone() == ("off",)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == before


def test_a_slice_that_takes_too_long_is_cut_and_what_still_does_is_skipped(rows, monkeypatch):
    monkeypatch.setattr(invariant_walks, "LONGEST", 50)
    balance = breaches.named(BALANCE)
    slow = replace(
        balance, joins=f"{balance.joins} CROSS JOIN LATERAL (SELECT pg_sleep(9), it.id) AS s"
    )
    page = min(_page_of(pk) for pk in rows)

    seen = invariant_walks.look_at(slow, page, 64, at=clock.now())

    assert (seen.pages_at_once, seen.was_skipped, seen.broken) == (1, True, [])


def test_a_table_with_partitions_is_walked_as_far_as_the_largest_of_them(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE parted (id int, said text) PARTITION BY RANGE (id)")
        cursor.execute("CREATE TABLE small PARTITION OF parted FOR VALUES FROM (0) TO (10)")
        cursor.execute("CREATE TABLE large PARTITION OF parted FOR VALUES FROM (10) TO (1000)")
        cursor.execute(
            "INSERT INTO parted SELECT n, repeat('x', 500) FROM generate_series(1, 999) n"
        )

    pages = [invariant_walks._pages_of(table) for table in ("parted", "large", "small")]

    assert pages[0] == pages[1] > pages[2] == 1


def _page_of(pk):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT split_part(trim('()' FROM ctid::text), ',', 1)::int FROM customers_customer WHERE id = %s",
            [pk],
        )
        return cursor.fetchone()[0]
