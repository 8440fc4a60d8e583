"""Lanes: who is sent what next."""

from dataclasses import dataclass
from math import inf

import pytest

from customers.events import lanes as module
from customers.events.lanes import AT_ONCE, TOLERATED, Lanes


@dataclass(frozen=True)
class Letter:
    lane: str
    number: int = 0
    begin_before: float = inf
    time_factor: float = 1


@pytest.fixture
def rung():
    return []


@pytest.fixture
def lanes(rung):
    return Lanes(most=100, threads=4, ring=lambda: rung.append(1))


def taken(lanes, count):
    """Return what so many threads get, of which none has to wait."""
    return [lanes._next() for _ in range(count)]


def end(lanes, *letters, is_success=True):
    for letter in letters:
        lanes.finish(letter, letter, is_success=is_success, seconds=0.01)


def test_a_lane_starts_with_one_and_grows_to_four(lanes):
    lanes.add([Letter("a", number) for number in range(40)])
    widths = []
    for _ in range(6):
        running = [letter for letter in taken(lanes, 8) if letter]
        widths.append(len(running))
        end(lanes, *running)

    assert widths == [1, 2, AT_ONCE, AT_ONCE, AT_ONCE, AT_ONCE]


def test_a_lane_keeps_its_order_and_lanes_take_turns(lanes):
    lanes.add([Letter(name, number) for name in "ab" for number in range(2)])
    first = taken(lanes, 2)
    end(lanes, *first)

    assert first + taken(lanes, 2) == [Letter("a"), Letter("b"), Letter("a", 1), Letter("b", 1)]


def test_a_failure_leaves_a_lane_one_at_a_time(lanes):
    lanes.add([Letter("a", number) for number in range(20)])
    for _ in range(3):
        end(lanes, *[letter for letter in taken(lanes, 8) if letter])

    first, *others = taken(lanes, AT_ONCE)
    end(lanes, first, is_success=False)
    end(lanes, *others[:-1], is_success=False)

    assert taken(lanes, 4) == [None] * 4


def test_failing_lanes_share_half_of_the_threads(lanes):
    names = [f"bad{number}" for number in range(6)]
    lanes.add([Letter(name) for name in names], doubtful=names)
    lanes.add([Letter("good")])

    assert [letter and letter.lane for letter in taken(lanes, 4)] == ["bad0", "bad1", "good", None]


def test_a_circuit_opens_after_failures_in_a_row_and_what_waited_goes_back(lanes, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    lanes.add([Letter("a", number) for number in range(10)])
    for _ in range(TOLERATED):
        end(lanes, *taken(lanes, 1), is_success=False)

    done, unbegun = lanes.collect()

    assert (len(done), len(unbegun), lanes.held) == (TOLERATED, 10 - TOLERATED, 0)
    assert lanes.rooms()[1] == {"a": 0}
    assert lanes.seconds_to_next_pause_end() == module.SHORTEST_PAUSE
    now[0] += module.SHORTEST_PAUSE
    assert lanes.rooms()[1] == {"a": 1}


def test_a_pause_doubles_up_to_a_minute_and_ends_with_a_success(lanes, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    pauses = []
    for _ in range(TOLERATED + 6):
        lanes.add([Letter("a")])
        end(lanes, *taken(lanes, 1), is_success=False)
        pauses.append(lanes.seconds_to_next_pause_end())
        now[0] += 100

    lanes.add([Letter("a")])
    end(lanes, *taken(lanes, 1))

    assert pauses[TOLERATED - 1 :] == [5, 10, 20, 40, 60, 60, 60]
    assert lanes.seconds_to_next_pause_end() == inf
    assert lanes.rooms()[1]["a"] > 1


def test_what_came_too_late_to_be_begun_goes_back(lanes):
    lanes.add([Letter("a", 0, begin_before=0), Letter("a", 1)])

    assert taken(lanes, 1) == [Letter("a", 1)]
    assert lanes.collect() == ([], [Letter("a", 0, begin_before=0)])


def test_no_more_is_held_than_the_limit(lanes):
    lanes.add([Letter("a", number) for number in range(100)])

    assert lanes.rooms()[0] == 0


def test_somebody_is_called_for_the_first_result_alone(lanes, rung):
    lanes.add([Letter("a"), Letter("b"), Letter("c")])
    end(lanes, *taken(lanes, 3))

    assert rung == [1]


def test_closed_lanes_give_everything_back(lanes):
    lanes.add([Letter("a", number) for number in range(5)])
    (begun,) = taken(lanes, 1)
    lanes.close()
    end(lanes, begun)

    assert lanes.take() is None
    assert lanes.wait_until_idle(0) is True
    assert lanes.collect() == ([begun], [Letter("a", number) for number in range(1, 5)])


def test_lanes_without_anything_are_forgotten_after_a_while(lanes, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    lanes.add([Letter("a")])
    end(lanes, *taken(lanes, 1))
    now[0] += module.MEMORY + 1

    assert lanes.rooms()[1] == {}
