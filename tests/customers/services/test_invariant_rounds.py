"""Rounds begin every night, go on from their marks whoever dies, and end with what is gone."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.kit import invariants
from customers.models import Customer, Finding, InvariantCheck
from customers.services import findings, invariant_rounds, invariant_walks
from tests import breaches
from tests.factories.customers import CustomerFactory

BALANCE = "customers.balance"
NIGHT = datetime(2030, 3, 1, 2, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def only(monkeypatch):
    """Leaves one invariant to be looked for."""
    found = breaches.named(BALANCE)
    monkeypatch.setattr(invariants, "every", lambda: [found])
    return found


class Worker:
    """Looks for breaches at a time that it is told, and says how far it got."""

    def __init__(self, at):
        self.at = at

    def work(self, *, turns=1000):
        """Work until there is no more, or the clock was read so often."""
        left = iter(range(turns))
        until = self.at + HOUR

        def now():
            return self.at if next(left, None) is not None else until

        return invariant_rounds.work(until=until, now=now)


@pytest.fixture
def broken(scope, only):
    """Customers on several pages, two of whom have balances that nothing explains."""
    made = [CustomerFactory(metadata={"text": "x" * 500}) for _ in range(30)]
    pks = [made[0].pk, made[-1].pk]
    Customer.objects.filter(pk__in=pks).update(balance=100, currency="usd")
    return sorted(pks)


def the_check():
    return InvariantCheck.objects.get(name=BALANCE)


def open_ids():
    return sorted(findings.open_ones().values_list("object_id", flat=True))


def test_a_round_finds_what_is_broken_and_says_how_much_it_saw(broken, scope):
    is_more = Worker(NIGHT).work()

    check = the_check()
    assert not is_more
    assert open_ids() == broken
    assert (check.started_at, check.finished_at, check.claimed_until) == (NIGHT, NIGHT, None)
    assert (check.last_rows, check.last_counts) == (30, {f"{scope.site_id} test": 2})


def test_a_round_closes_what_was_mended(broken):
    Worker(NIGHT).work()
    Customer.objects.filter(pk=broken[0]).update(balance=0)

    Worker(NIGHT + DAY).work()

    assert open_ids() == broken[1:]
    assert Finding.objects.get(object_id=broken[0]).resolved_at == NIGHT + DAY


def test_a_round_begins_once_a_night(broken):
    starts = []
    for at in (NIGHT, NIGHT + HOUR, NIGHT + 23 * HOUR, NIGHT + DAY):
        Worker(at).work()
        starts.append(the_check().started_at)

    assert starts == [NIGHT, NIGHT, NIGHT, NIGHT + DAY]


def test_a_round_that_is_asked_for_begins_at_once(broken):
    Worker(NIGHT).work()

    invariant_rounds.request(at=NIGHT + HOUR)
    Worker(NIGHT + HOUR + MINUTE).work()
    Worker(NIGHT + 2 * HOUR).work()

    assert the_check().started_at == NIGHT + HOUR + MINUTE


def test_a_round_that_is_asked_for_during_another_follows_it(broken, monkeypatch):
    look = invariant_walks.look_at

    def asked(*args, **more):
        invariant_rounds.request(at=NIGHT + MINUTE)
        return look(*args, **more)

    with monkeypatch.context() as during:
        during.setattr(invariant_walks, "look_at", asked)
        Worker(NIGHT).work(turns=3)
    Worker(NIGHT + HOUR).work()

    assert the_check().started_at == NIGHT + HOUR


def test_a_worker_that_dies_after_the_last_slice_counts_nothing_twice(broken, monkeypatch):
    def dies(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as last:
        last.setattr(findings, "close_gone", dies)
        with pytest.raises(KeyboardInterrupt):
            Worker(NIGHT).work()
    Worker(NIGHT + 3 * MINUTE).work()

    assert (the_check().last_rows, sum(the_check().last_counts.values())) == (30, 2)


def test_a_worker_whose_time_is_over_leaves_a_mark_and_another_goes_on(broken, monkeypatch):
    _in_small_slices()

    while Worker(NIGHT).work(turns=4):
        assert the_check().claimed_until is None

    assert open_ids() == broken
    assert the_check().last_rows == 30


def test_a_worker_that_dies_is_gone_on_for_from_its_mark(broken, monkeypatch):
    _in_small_slices()
    looks = _dying(monkeypatch, after=3)

    with pytest.raises(KeyboardInterrupt):
        Worker(NIGHT).work()
    mark = the_check()
    Worker(NIGHT + MINUTE).work()  # the dead one's claim still holds
    held = the_check()
    Worker(NIGHT + 3 * MINUTE).work()

    assert (mark.page, held.page) == (3, 3)
    assert looks[4] == 3  # the slice that it died in
    assert open_ids() == broken
    assert the_check().last_rows == 30


def test_a_page_that_takes_too_long_is_logged_and_passed_over(broken, monkeypatch, caplog):
    skipped = invariant_walks.Slice(None, 1, 1, 0, [], was_skipped=True)
    monkeypatch.setattr(invariant_walks, "look_at", lambda *_args, **_more: skipped)

    Worker(NIGHT).work()

    assert "customers.balance: page 0 of customers_customer takes too long" in caplog.text
    assert the_check().finished_at == NIGHT


def test_it_says_how_old_the_oldest_round_is(broken):
    before = invariant_rounds.standing()

    Worker(NIGHT).work()
    after = invariant_rounds.standing()
    invariant_rounds.request(at=NIGHT + HOUR)
    asked = invariant_rounds.standing()

    assert (before.oldest, before.is_under_way) == (None, True)
    assert (after.oldest, after.is_under_way) == (NIGHT, False)
    assert (asked.oldest, asked.is_under_way) == (NIGHT, True)


def test_all_invariants_are_looked_for(scope):
    CustomerFactory(balance=100, currency="usd")

    Worker(NIGHT).work()

    checks = invariant_rounds.checks()
    assert set(checks) == {one.name for one in invariants.every()}
    assert {check.finished_at for check in checks.values()} == {NIGHT}
    assert findings.counts() == {"customers.balance": 1, "customers.told": 1}


def _in_small_slices():
    InvariantCheck.objects.create(name=BALANCE, pages_at_once=1)


def _dying(monkeypatch, *, after):
    """Let a worker be killed when it has looked at so many slices; return the pages that were looked at."""
    looks, look = [], invariant_walks.look_at

    def watched(invariant, page, _pages_at_once, **more):
        looks.append(page)
        if len(looks) == after + 1:
            raise KeyboardInterrupt
        return look(invariant, page, 1, **more)

    monkeypatch.setattr(invariant_walks, "look_at", watched)
    return looks
