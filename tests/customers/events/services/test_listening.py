"""Each listener has a thread, and so a connection, of its own."""

import contextlib
from queue import Queue
from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection, transaction

from customers.events.services import listening
from customers.events.services.listening import Follower, TooManyListeners
from customers.kit.errors import InvalidRequest
from customers.kit.tenancy import scoped_to
from tests.factories.customers import EventFactory

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 20  # seconds that nothing here takes


class _Over(Exception):
    pass


class Listener:
    """A follower in a thread."""

    def __init__(self, site):
        self.heard, self.said = Queue(), Queue()
        self._site, self._is_over, self._begun = site, False, Queue()
        self._thread = Thread(target=self._listen)

    def begin(self):
        self._thread.start()
        self.pid = self._begun.get(timeout=WAIT)
        return self

    def next(self, count):
        return [self.heard.get(timeout=WAIT) for _ in range(count)]

    def end(self):
        self._is_over = True
        cut(self.pid)
        self._thread.join(WAIT)

    def _listen(self):
        with scoped_to(self._site, livemode=False), contextlib.suppress(_Over):
            follower = Follower(self._tell)
            follower.begin()
            self._begun.put(connection.connection.info.backend_pid)
            for event in follower:
                self.heard.put(event.pk)

    def _tell(self, sentence):
        if self._is_over:
            raise _Over
        if "is back" in sentence:
            self.pid = connection.connection.info.backend_pid
        self.said.put(sentence)


def cut(pid):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


@pytest.fixture
def listen(site):
    begun = []

    def listen():
        begun.append(Listener(site).begin())
        return begun[-1]

    yield listen
    for listener in begun:
        listener.end()


def test_events_are_told_of_in_the_order_in_which_they_are_committed(scope, listen, other):
    EventFactory()
    first, second = listen(), listen()

    made = [EventFactory().pk]
    with transaction.atomic():
        made += [EventFactory().pk, EventFactory().pk]
    with contextlib.suppress(_Over), transaction.atomic():
        EventFactory()
        raise _Over
    with scoped_to(scope.site, livemode=True):
        EventFactory()
    with scoped_to(other[0], livemode=False):
        EventFactory()
    made.append(EventFactory(id="evt_0").pk)

    assert (first.next(4), second.next(4)) == (made, made)


def test_what_is_under_way_when_somebody_begins_to_listen_is_told_of(scope, site):
    listener = Listener(site)
    has_written, may_go_on = Signal(), Signal()

    def publish():
        with scoped_to(site, livemode=False), transaction.atomic():
            EventFactory(id="evt_early")
            has_written.set()
            may_go_on.wait(WAIT)
        connection.close()

    publisher = Thread(target=publish)
    publisher.start()
    has_written.wait(WAIT)
    beginning = Thread(target=listener.begin)
    beginning.start()
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while not _asked(waiting):
        pass
    EventFactory(id="evt_meanwhile")
    may_go_on.set()
    beginning.join(WAIT)
    publisher.join(WAIT)

    try:
        assert sorted(listener.next(2)) == ["evt_early", "evt_meanwhile"]
    finally:
        listener.end()


def test_what_was_committed_before_is_no_news_whatever_is_under_way(scope, listen):
    has_begun, may_end = Signal(), Signal()

    def dawdle():
        with transaction.atomic():
            _asked("SELECT pg_current_xact_id()::text")
            has_begun.set()
            may_end.wait(WAIT)
        connection.close()

    dawdler = Thread(target=dawdle)
    dawdler.start()
    has_begun.wait(WAIT)
    EventFactory()

    listener = listen()

    news = EventFactory().pk
    may_end.set()
    dawdler.join(WAIT)
    assert listener.next(1) == [news]


def test_a_lost_connection_loses_nothing_and_repeats_nothing(scope, listen):
    listener = listen()
    before = [EventFactory().pk for _ in range(3)]
    heard = listener.next(3)

    with transaction.atomic():
        held = EventFactory(id="evt_9").pk
        cut(listener.pid)
    others = [EventFactory(id=f"evt_{number}").pk for number in range(2)]
    said = [listener.said.get(timeout=WAIT) for _ in range(2)]
    after = EventFactory(id="evt_3").pk

    assert heard == before
    assert said == [
        "The database went away. Waiting for it to come back.",
        "The database is back.",
    ]
    assert sorted(listener.next(4)) == sorted([held, *others, after])
    assert listener.heard.empty()


def test_only_so_many_can_listen(scope, listen, site):
    for _ in range(listening.PLACES):
        listen()

    with pytest.raises(TooManyListeners, match="4 are listening already"):
        Follower(print).begin()

    connection.close()


def test_nobody_is_told_while_nobody_listens(scope):
    with connection.cursor() as cursor:
        cursor.execute("LISTEN keeptab_events")

    EventFactory()

    assert list(connection.connection.notifies(timeout=0)) == []


def _asked(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_who_listens_is_told_again_of_what_was_asked_for(scope, listen, other):
    event = EventFactory()
    listener = listen()
    made = EventFactory()

    with transaction.atomic():
        listening.tell_again(event)
        listening.tell_again(made)

    assert listener.next(3) == [made.pk, event.pk, made.pk]


def test_where_nobody_listens_nobody_is_told_again(scope, listen, other):
    with scoped_to(scope.site, livemode=True):
        live = EventFactory()
    with scoped_to(other[0], livemode=False):
        theirs = EventFactory()
    listen()

    for event in (live, theirs):
        with pytest.raises(InvalidRequest, match=r"manage\.py listen") as refusal:
            listening.tell_again(event)
        assert refusal.value.param == "for_stripecli"
