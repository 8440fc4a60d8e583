"""One transaction's rows: each locked and read once, and what tells of their changes inserted in one statement.

Inside `opened()` whoever locks a row that was locked before gets the same instance, instead of waiting for a statement
that can only say the same again; whoever changes it changes that instance and saves it. Outside nothing is remembered.

Inside `batch()` many parts are done in one transaction, each from memory alone: what they need was read for all of them
before, and what they insert and save is written when the block ends, by one statement for each table. A part that needs
more than is remembered, or fails, has no effect and is left to be done alone, so that there is one way for everything.
"""

import gc
import logging
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import DatabaseError, connection, models, transaction

from customers.kit import bulk, statements
from customers.kit.statements import NewRow

_AT_ONCE = 16
_T = TypeVar("_T")
_M = TypeVar("_M", bound=models.Model)
_log = logging.getLogger(__name__)


class Alone(Exception):
    """A part of a batch needs what is not remembered: it is to be done alone."""


_Changes = dict[tuple[type[models.Model], Any], tuple[models.Model, set[str]]]


class _Open:
    def __init__(self, *, is_batch: bool = False, is_joined: bool = False) -> None:
        self.depth = _depth()
        self.kept: dict[Hashable, Any] = {}
        self.rows: list[models.Model | NewRow] = []
        self.is_batch = is_batch
        self.is_joined = is_joined
        """Whether several batches are one transaction."""
        self.is_spoiled = False
        self.new: dict[int, models.Model] = {}
        """By identity, the instances that will be inserted."""
        self.before: dict[int, tuple[models.Model, dict[str, Any]]] = {}
        """By identity, the instances that were read, with their attributes as they were then."""
        self.changed: _Changes = {}
        """Of this part, by model and key, the instances that will be updated, with their attributes."""
        self.behind: list[Callable[[], object]] = []
        self.done: _Changes = {}
        """Those of the parts before."""


_open: ContextVar[_Open | None] = ContextVar("together", default=None)


@contextmanager
def opened() -> Iterator[None]:
    """Remember what is locked inside, and insert what was put aside when the block ends; in an open transaction.

    A block inside another one is a part of it, all or nothing: what fails in it has no effect, also where the caller
    goes on.
    """
    outer = _open.get()
    if outer is not None:
        with _inside_batch(outer) if outer.is_batch else _inside(outer):
            yield
        return
    now = _Open()
    token = _open.set(now)
    try:
        yield
        if not connection.needs_rollback:
            _insert(now.rows)
    finally:
        _open.reset(token)


@contextmanager
def _inside(outer: _Open) -> Iterator[None]:
    depth, count = outer.depth, len(outer.rows)
    outer.depth = _depth()
    has_failed = True
    try:
        yield
        has_failed = connection.needs_rollback
    finally:
        outer.depth = depth
        if has_failed:
            del outer.rows[count:]
            outer.kept.clear()


@contextmanager
def _inside_batch(outer: _Open) -> Iterator[None]:
    """Let a part be done alone where something in it failed, even if its caller would go on."""
    try:
        yield
    except BaseException:
        outer.is_spoiled = True
        raise
    outer.is_spoiled |= connection.needs_rollback


def is_open() -> bool:
    """Tell whether something is remembered here."""
    return _here() is not None


def is_batch() -> bool:
    """Tell whether a part of a batch is being done, from memory alone."""
    now = _open.get()
    return now is not None and now.is_batch


def recalled(key: Hashable) -> Any | None:
    """Return what is remembered under a key; None where nothing is."""
    here = _here()
    return None if here is None else here.kept.get(key)


def remember(key: Hashable, value: Any) -> None:
    """Remember something to the end of the block."""
    here = _here()
    if here is not None:
        here.kept[key] = value
        if here.is_batch and isinstance(value, models.Model):
            here.before[id(value)] = (value, dict(value.__dict__))


def forget(key: Hashable) -> None:
    """Forget what is remembered under a key, since it has changed."""
    now = _open.get()
    if now is not None:
        now.kept.pop(key, None)


def insert_later(row: NewRow) -> None:
    """Insert a row that nobody reads before the transaction ends: with others where a block is open, else at once."""
    here = _here()
    if here is None:
        statements.insert(row)
        return
    if here.is_batch:
        statements.insertion_of(row.model).keep_in_words(row)
    here.rows.append(row)


def insert(*rows: models.Model | NewRow) -> None:
    """Insert rows: at once, or in a batch when it ends.

    Raises:
        django.db.IntegrityError: a constraint forbids one of them.
    """
    now = _open.get()
    if now is None or not now.is_batch:
        statements.insert(*rows)
        return
    for row in rows:
        if isinstance(row, NewRow):
            statements.insertion_of(row.model).keep_in_words(row)
        else:
            row._state.adding = False
            now.new[id(row)] = row
        now.rows.append(row)


def save(row: models.Model, *names: str) -> None:
    """Save a locked row: at once, or in a batch when it ends, all its changes by one statement.

    Args:
        names: the fields that have changed; where none is named, the row is saved whole.
    """
    now = _open.get()
    if now is None or not now.is_batch:
        row.save(update_fields=names or None)
    elif id(row) not in now.new:
        _change(now, row, bulk.column_names(type(row), names))


def afterwards(act: Callable[[], object]) -> None:
    """Do something that reads what was written here: at once, or in a batch when all is written, in its transaction.

    What is remembered is so still.
    """
    now = _open.get()
    if now is None or not now.is_batch:
        act()
    else:
        now.behind.append(act)


@contextmanager
def taken_back(*rows: models.Model) -> Iterator[None]:
    """Do something of which nothing stays: in a savepoint, or in a batch from memory.

    Args:
        rows: the locked ones that it changes in memory.
    """
    now = _open.get()
    if now is None or not now.is_batch:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        return
    count, hooks, behind = len(now.rows), len(connection.run_on_commit), len(now.behind)
    kept, new, changed = dict(now.kept), dict(now.new), dict(now.changed)
    before = [dict(row.__dict__) for row in rows]
    try:
        yield
    finally:
        del now.rows[count:], connection.run_on_commit[hooks:], now.behind[behind:]
        now.kept, now.new, now.changed = kept, new, changed
        for row, attributes in zip(rows, before, strict=True):
            row.__dict__.clear()
            row.__dict__.update(attributes)


def savepoint() -> AbstractContextManager[None]:
    """Begin a transaction, or a part of one that can be rolled back alone; in a batch nothing needs to be."""
    return transaction.atomic(savepoint=not is_batch())


# -- batches -----------------------------------------------------------------------------------------------------------


@contextmanager
def batch() -> Iterator[None]:
    """Do many parts in one transaction, and write what they put aside when the block ends.

    What the parts need is read, locked and remembered inside, before the first of them is attempted.

    Raises:
        django.db.DatabaseError: something cannot be written; then nothing was, and all parts are to be done alone.
    """
    outer = _open.get()
    if outer is not None and outer.is_joined:
        yield
        _write(outer)
        return
    with _new_batch(_Open(is_batch=True)) as now:
        yield
        _write(now)


@contextmanager
def joined() -> Iterator[None]:
    """Let the batches inside be one transaction, and each remember what the ones before have locked.

    Raises:
        django.db.DatabaseError: one of them cannot be written; then none was.
    """
    with _new_batch(_Open(is_batch=True, is_joined=True)):
        yield


@contextmanager
def _new_batch(now: _Open) -> Iterator[_Open]:
    with without_collector(), transaction.atomic(durable=True):
        token = _open.set(now)
        try:
            yield now
        finally:
            _open.reset(token)


@contextmanager
def without_collector() -> Iterator[None]:
    """Let the garbage collector rest, which would go through all that a batch remembers, for a sixth of the time.

    What the block leaves behind is collected after it, so memory grows by one batch at most.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def attempt(act: Callable[[], object]) -> bool:
    """Do a part of the open batch from memory, and tell whether that was possible; else nothing of it stays."""
    now = _open.get()
    assert now is not None  # noqa: S101 -- parts are of batches
    count, hooks, behind = len(now.rows), len(connection.run_on_commit), len(now.behind)
    now.is_spoiled, now.changed = False, {}
    try:
        with connection.execute_wrapper(_refuse):
            act()
    except Exception as error:  # noqa: BLE001 -- whatever it is, it comes again where the part is done alone
        _log.debug("To be done alone: %r", error)
        now.is_spoiled = True
    if now.is_spoiled:
        del now.rows[count:], connection.run_on_commit[hooks:], now.behind[behind:]
        transaction.set_rollback(False)  # nothing was sent to the database
        if now.is_joined:
            now.kept.clear()  # what the part has changed in memory
        return False
    now.done |= now.changed
    return True


def attempt_all(
    groups: Iterable[list[_T]], act: Callable[[_T], object], *, prepare: Callable[[], object]
) -> list[_T]:
    """Do groups of things in a batch of its own, each group a part, and return the things that are to be done alone.

    Args:
        prepare: reads, locks and remembers what the groups need.
    """
    alone: list[_T] = []
    groups = list(groups)
    try:
        with batch():
            prepare()
            for group in groups:
                if not attempt(lambda: [act(each) for each in group]):  # noqa: B023 -- called at once
                    alone += group
    except DatabaseError as error:
        if is_batch():  # joined with others, of which nothing is written either
            raise
        _log.warning("A batch could not be written: %s", error)
        return [each for group in groups for each in group]
    return alone


def locked_rows(rows: models.QuerySet[_M]) -> list[_M]:
    """Lock rows in the order of their keys, in one statement, and remember each under its model and key."""
    found = list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    for row in found:
        remember((type(row), row.pk), row)
    return found


def _refuse(_execute: Any, text: Any, *_: Any) -> Any:
    now = _open.get()
    if now is not None:
        now.is_spoiled = True
    raise Alone(str(text)[:400])


def _change(now: _Open, row: models.Model, names: Iterable[str]) -> None:
    key = (type(row), row.pk)
    known, attributes = now.changed.get(key) or now.done.get(key) or (row, set())
    if known is not row:
        raise Alone(f"{row!r} is there twice")
    wanted = set(names) or set(bulk.written(row, now.before.get(id(row), (row, None))[1]))
    now.changed[key] = (row, attributes | wanted)


def _write(now: _Open) -> None:
    """Write what was put aside, and do what is to be done afterwards."""
    changes: dict[tuple[type[models.Model], frozenset[str]], list[models.Model]] = {}
    for row, attributes in now.done.values():
        if attributes:
            changes.setdefault((type(row), frozenset(attributes)), []).append(row)
    bulk.write(
        now.rows, [bulk.Change(model, names, rows) for (model, names), rows in changes.items()]
    )
    behind, now.behind = now.behind, []
    if now.is_joined:
        _begin_anew(now)
    after = _Open()
    after.kept = now.kept
    token = _open.set(after)
    try:
        for act in behind:
            act()
    finally:
        _open.reset(token)
    _insert(after.rows)


def _begin_anew(now: _Open) -> None:
    """Have what was written be what is remembered, for the next batch."""
    for row in [*now.new.values(), *(row for row, _attributes in now.done.values())]:
        now.before[id(row)] = (row, dict(row.__dict__))
    now.rows, now.new, now.done, now.changed = [], {}, {}, {}


def _insert(rows: list[models.Model | NewRow]) -> None:
    for first in range(0, len(rows), _AT_ONCE):
        statements.insert(*rows[first : first + _AT_ONCE])


def _here() -> _Open | None:
    """Return the open block, unless a savepoint that it does not know could be rolled back without it."""
    now = _open.get()
    if now is None or now.is_batch:  # in batches nobody sets savepoints: that is a statement, too
        return now
    return now if now.depth == _depth() else None


def _depth() -> int:
    return sum(savepoint is not None for savepoint in connection.savepoint_ids)
