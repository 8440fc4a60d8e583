"""Lanes: who is sent what next. Each endpoint has its own, so that a dead or slow one never holds a good one.

An endpoint that answers well is sent up to four at a time, one that has failed a single one; and all that have failed
together use half of the threads at most. After a few failures in a row an endpoint is left alone for a while that
doubles with each further one (its circuit is open), then tried with one again.

Within a lane deliveries start in the order in which they are due, which for fresh ones is that of their events. With
several on their way at once, and with retries, they may arrive in another order: events carry what orders them.

Nothing here knows the database, or waits for anything but its threads.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Generic, Protocol, TypeVar

AT_ONCE = 4
"""How many requests an endpoint gets at the same time."""
TOLERATED = 3
"""Failures in a row after which the circuit opens."""
SHORTEST_PAUSE, LONGEST_PAUSE = 5, 60
"""Seconds for which it stays open at first, and at most."""
MEMORY = 600
"""Seconds for which is remembered how an endpoint fared that is sent nothing."""
HORIZON = 8
"""Seconds for which a lane has work at hand."""
MANY = 500
"""How much is done when somebody should fetch it at once."""
_MOST_WAITING, _FIRST_WAITING = 1_000, 8


class Item(Protocol):
    """What is sent: to which endpoint, and until when it may be begun (of the monotonic clock)."""

    @property
    def lane(self) -> str: ...
    @property
    def begin_before(self) -> float: ...
    @property
    def time_factor(self) -> float: ...


T = TypeVar("T", bound=Item)
R = TypeVar("R")


@dataclass(slots=True)
class _Lane(Generic[T]):
    is_trusted: bool
    waiting: deque[T] = field(default_factory=deque)
    running: int = 0
    successes: int = 0
    failures: int = 0
    seconds: float = 0.5
    """What a request takes, roughly; a guess until the first is back."""
    paused_until: float = 0.0
    used_at: float = field(default_factory=monotonic)

    @property
    def most_at_once(self) -> int:
        return min(AT_ONCE, 1 + self.successes) if self.is_trusted else 1

    @property
    def most_waiting(self) -> int:
        """Return how many are worth having at hand."""
        if not self.successes:
            return _FIRST_WAITING if self.is_trusted else 1
        in_time = int(self.most_at_once * HORIZON / max(self.seconds, 0.001))
        return max(AT_ONCE, min(_MOST_WAITING, in_time))

    @property
    def may_begin(self) -> int:
        """Return how many of those that wait may be begun now."""
        return max(0, min(len(self.waiting), self.most_at_once - self.running))

    def is_forgettable(self, now: float) -> bool:
        return (
            not (self.waiting or self.running)
            and max(self.used_at, self.paused_until) + MEMORY < now
        )

    def note(self, *, is_success: bool, seconds: float, time_factor: float) -> None:
        self.seconds += (seconds - self.seconds) / 4
        self.is_trusted, self.used_at = is_success, monotonic()
        if is_success:
            self.successes, self.failures = self.successes + 1, 0
            return
        self.successes, self.failures = 0, self.failures + 1
        if self.failures >= TOLERATED:
            pause = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** (self.failures - TOLERATED))
            self.paused_until = self.used_at + pause * time_factor


class Lanes(Generic[T, R]):
    """What waits for threads, what they have done, and how each endpoint fares.

    Args:
        most: how many items are held at the same time.
        threads: how many take from here.
        ring: called when somebody should look in: for the first result, and when there are many.
    """

    def __init__(self, *, most: int, threads: int, ring: Callable[[], None]) -> None:
        self._most = most
        self._most_doubtful = max(1, threads // 2)
        self._ring = ring
        self._lanes: dict[str, _Lane[T]] = {}
        self._turns: deque[str] = deque()
        """The lanes with something waiting, in the order of their turns."""
        self._held = 0
        self._doubtful = 0
        self._idle_threads = 0
        self._is_closed = False
        self._done: list[R] = []
        self._unbegun: list[T] = []
        self._lock = threading.RLock()
        self._begun = threading.Condition(self._lock)
        self._ended = threading.Condition(self._lock)

    def add(self, items: Iterable[T], *, doubtful: Iterable[str] = ()) -> int:
        """Let items wait for their turns, and return how many threads more could be put to use.

        Args:
            doubtful: lanes not seen before whose endpoint is known to fail.
        """
        known_to_fail = set(doubtful)
        with self._lock:
            for item in items:
                lane = self._lanes.get(item.lane)
                if lane is None:
                    lane = self._lanes[item.lane] = _Lane(item.lane not in known_to_fail)
                if not lane.waiting:
                    self._turns.append(item.lane)
                lane.waiting.append(item)
                self._held += 1
            wanted = sum(lane.may_begin for lane in self._lanes.values())
            self._begun.notify(wanted)
            return max(0, wanted - self._idle_threads)

    def take(self) -> T | None:
        """Return the next item once there is one that may be begun; None when the lanes are closed."""
        with self._lock:
            while not self._is_closed:
                item = self._next()
                if item is not None:
                    return item
                self._idle_threads += 1
                self._begun.wait()
                self._idle_threads -= 1
            return None

    def finish(self, item: T, result: R, *, is_success: bool, seconds: float) -> None:
        """Note what became of an item that was taken."""
        with self._lock:
            lane = self._lanes[item.lane]
            if not lane.is_trusted:
                self._doubtful -= lane.running
            lane.note(is_success=is_success, seconds=seconds, time_factor=item.time_factor)
            lane.running -= 1
            if not lane.is_trusted:
                self._doubtful += lane.running
            self._held -= 1
            self._done.append(result)
            if not is_success and lane.paused_until > monotonic():
                self._set_aside(item.lane, lane)
            if lane.may_begin > 1:  # the thread that comes from here takes one
                self._begun.notify()
            if not self._held:
                self._ended.notify_all()
            is_news = len(self._done) in {1, MANY}
        if is_news:
            self._ring()

    def collect(self) -> tuple[list[R], list[T]]:
        """Return what was done since the last time, and what was not begun and is somebody else's again."""
        with self._lock:
            done, self._done = self._done, []
            unbegun, self._unbegun = self._unbegun, []
            return done, unbegun

    def rooms(self) -> tuple[int, Mapping[str, int]]:
        """Return how many items there is room for, and how many of each lane; for lanes not named a few."""
        now = monotonic()
        with self._lock:
            for name in [name for name, lane in self._lanes.items() if lane.is_forgettable(now)]:
                del self._lanes[name]
            rooms = {
                name: 0
                if lane.paused_until > now
                else max(0, lane.most_waiting - len(lane.waiting) - lane.running)
                for name, lane in self._lanes.items()
            }
            return self._most - self._held, rooms

    def seconds_to_next_pause_end(self) -> float:
        """Return when the first circuit closes again; infinity where none is open."""
        now = monotonic()
        with self._lock:
            ends = [
                lane.paused_until - now for lane in self._lanes.values() if lane.paused_until > now
            ]
        return min(ends, default=float("inf"))

    @property
    def is_time_to_collect(self) -> bool:
        """Tell whether so much was done that it is time to fetch it, and to bring more."""
        with self._lock:
            return len(self._done) >= MANY or self._is_closed

    @property
    def held(self) -> int:
        """Return how many items wait or are on their way."""
        with self._lock:
            return self._held

    def empty(self, name: str) -> None:
        """Let what waits in a lane be collected as not begun."""
        with self._lock:
            if name in self._lanes:
                self._set_aside(name, self._lanes[name])

    def close(self) -> None:
        """Let no item be taken any more; what waits can be collected as not begun."""
        with self._lock:
            self._is_closed = True
            for name in list(self._turns):
                self._set_aside(name, self._lanes[name])
            self._begun.notify_all()

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait for what is on its way, no longer than this; tell whether all of it is back."""
        with self._lock:
            return self._ended.wait_for(lambda: not self._held, seconds)

    def _next(self) -> T | None:
        now = monotonic()
        for _ in range(len(self._turns)):
            name = self._turns.popleft()
            lane = self._lanes[name]
            while lane.waiting and lane.waiting[0].begin_before < now:  # it is too late for these
                self._unbegun.append(lane.waiting.popleft())
                self._held -= 1
            if not lane.waiting:
                continue
            is_free = lane.is_trusted or self._doubtful < self._most_doubtful
            item = lane.waiting.popleft() if is_free and lane.may_begin else None
            if lane.waiting:
                self._turns.append(name)
            if item is not None:
                lane.running += 1
                self._doubtful += not lane.is_trusted
                return item
        return None

    def _set_aside(self, name: str, lane: _Lane[T]) -> None:
        if lane.waiting:
            self._turns.remove(name)
            self._held -= len(lane.waiting)
            self._unbegun += lane.waiting
            lane.waiting.clear()
