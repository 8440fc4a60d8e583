"""SQL that the ORM writes once and requests fill in.

Building a query costs the ORM more than PostgreSQL needs to answer it, so hot reads build each shape once: with
stand-ins where values will come, which the finished SQL is searched for.

Source: the measurements are in `tests/benchmarks/`.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.models.base import ModelState
from psycopg import sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format, TransactionStatus
from psycopg.types.json import Jsonb

from customers.kit import replicas, sessions
from customers.kit.constraints import translated

Row = tuple[Any, ...]
_Params = Sequence[Any] | Mapping[str, Any]
_AT_ONCE = 1000
_M = TypeVar("_M", bound=models.Model)


class Statement:
    """A query with named gaps.

    Args:
        build: returns the queryset (with `values_list`) for the values that stand in for the real ones.
        stand_ins: by name, a value of the right type that occurs nowhere else in the query.
    """

    def __init__(
        self,
        build: Callable[[Mapping[str, Any]], models.QuerySet[Any, Any]],
        **stand_ins: Any,
    ) -> None:
        self._build = build
        self._stand_ins = stand_ins
        self._compiled: tuple[str, list[Callable[[Mapping[str, Any]], Any]]] | None = None

    def rows(self, **values: Any) -> list[Row]:
        """Run the statement and return its rows.

        Args:
            values: one for each stand-in.
        """
        text, params = self.bound(**values)
        return fetch(text, params)

    def bound(self, **values: Any) -> tuple[str, list[Any]]:
        """Return the statement's text and its values, for one that it is a part of.

        Args:
            values: as for `rows`.
        """
        text, takers = self._compiled or self._compile()
        return text, [take(values) for take in takers]

    def _compile(self) -> tuple[str, list[Callable[[Mapping[str, Any]], Any]]]:
        text, params = self._build(self._stand_ins).query.sql_with_params()
        self._compiled = text, [self._taker(param) for param in params]
        return self._compiled

    def _taker(self, param: Any) -> Callable[[Mapping[str, Any]], Any]:
        for name, stand_in in self._stand_ins.items():
            if type(param) is type(stand_in) and param == stand_in:
                return lambda values, name=name: values[name]  # type: ignore[misc]  # a default binds the name early
            if param == f"%{stand_in}%":
                return lambda values, name=name: f"%{_escaped(values[name])}%"  # type: ignore[misc]  # as above
            if isinstance(param, Jsonb) and list(param.obj.values()) == [stand_in]:
                (key,) = param.obj
                return lambda values, name=name, key=key: Jsonb({key: values[name]})  # type: ignore[misc]  # as above
        return lambda _values: param


def _escaped(text: str) -> str:
    """Return a text for a LIKE pattern, in which it stands for itself."""
    return str(connections[DEFAULT_DB_ALIAS].ops.prep_for_like_query(text))


def fetch(text: str, params: _Params, *, alias: str = "") -> list[Row]:
    """Run SQL with values and return its rows.

    Args:
        alias: the connection, where it is not the one that reads go to here.
    """
    chosen = alias or replicas.alias()
    with _cursor(text, params, alias=chosen) as cursor:
        return list(cursor.fetchall())


def stream(text: str, params: Sequence[Any]) -> Iterator[Row]:
    """Run SQL with values and return its rows one after the other, however many there are.

    They stay on the server, as they are when the first is asked for, and come a thousand at a time.
    """
    # A cursor outlives its transaction only in a session of its own.
    kept = transaction.atomic() if sessions.is_pooled() else contextlib.nullcontext()
    with kept, connections[DEFAULT_DB_ALIAS].chunked_cursor() as cursor:
        cursor.execute(text, params)
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from rows


def execute(text: str, params: Sequence[Any]) -> int:
    """Run SQL with values and return how many rows it touched."""
    with _cursor(text, params) as cursor:
        return int(cursor.rowcount)


class NewRow:
    """A row to insert, without the cost of an instance that nobody needs.

    Args:
        model: the row's.
        values: by attribute, each column that the database does not compute.
    """

    __slots__ = ("model", "values")

    def __init__(self, model: type[models.Model], **values: Any) -> None:
        self.model = model
        self.values = values


class _Shape:
    """How instances of a model are made without its constructor, which costs several times what it does here."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = [field for field in model._meta.concrete_fields if not field.generated]
        makers = [field for field in fields if field.has_default() and callable(field.default)]
        self.makers = [(str(field.attname), field.default) for field in makers]
        self.constants = {
            str(field.attname): field.get_default() for field in fields if field not in makers
        }
        self.references = {
            field.name: str(field.attname) for field in fields if field.name != field.attname
        }


@cache
def _shape(model: type[models.Model]) -> _Shape:
    return _Shape(model)


def new_instance(model: type[_M], **values: Any) -> _M:
    """Return `model(**values)`, whose defaults Django would look up column by column.

    Args:
        model: the instance's class.
        values: by field or attribute.
    """
    shape, state = _shape(model), ModelState()
    columns = dict(shape.constants)
    for name, make in shape.makers:
        if name not in values:
            columns[name] = make()
    for name, value in values.items():
        attribute = shape.references.get(name)
        if attribute is None:
            columns[name] = value
        else:
            columns[attribute] = None if value is None else value.pk
            state.fields_cache[name] = value
    row = model.__new__(model)
    row.__dict__.update(columns, _state=state)
    return row


def read_instance(model: type[_M], db: str | None, names: Iterable[str], row: Iterable[Any]) -> _M:
    """Return an instance with what was read of a row; columns that were not are read when they are asked for.

    Args:
        names: the columns' attributes.
    """
    state = ModelState()
    state.adding, state.db = False, db
    instance = model.__new__(model)
    instance.__dict__.update(zip(names, row, strict=True), _state=state)
    return instance


class Insertion:
    """How a model's rows are inserted; columns that the database computes are left out."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = [
            field
            for field in model._meta.concrete_fields
            if not (field.generated or field.has_db_default())
            and not isinstance(field, models.AutoField)
        ]
        self.fields = fields
        self.columns = sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in fields)
        self.width = len(fields)
        self.table = sql.Identifier(model._meta.db_table)
        names = [str(field.attname) for field in fields]
        self._values = attrgetter(*names)
        self._items = itemgetter(*names)
        # psycopg knows how to send every type of ours but JSON, of which it cannot tell a hash from a composite.
        self._json = [
            place for place, field in enumerate(fields) if isinstance(field, models.JSONField)
        ]
        self._json_names = [names[place] for place in self._json]

    def params(self, row: models.Model | NewRow) -> list[Any]:
        """Return a row's values in the order of the columns, as they are sent with a statement."""
        values = self._plain(row)
        for place in self._json:
            if values[place] is not None:
                values[place] = Jsonb(values[place], dumps=_dumped)
        return values

    def keep_in_words(self, row: NewRow) -> None:
        """Put a new row's JSON into words, which take less room, and do not change any more."""
        for name in self._json_names:
            if row.values[name] is not None:
                row.values[name] = SpelledJson.of(row.values[name])

    def _plain(self, row: models.Model | NewRow) -> list[Any]:
        return list(self._items(row.values) if isinstance(row, NewRow) else self._values(row))


class SpelledJson:
    """A value of JSON in words, for whoever keeps many of them."""

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text

    @classmethod
    def of(cls, value: Any) -> "SpelledJson":
        """Return a value in words, as which it may be there already."""
        return value if isinstance(value, cls) else cls(orjson.dumps(value))


def _dumped(value: Any) -> bytes:
    return SpelledJson.of(value).text


@cache
def insertion_of(model: type[models.Model]) -> Insertion:
    """Return how a model's rows are inserted."""
    return Insertion(model)


_Shapes = tuple[tuple[type[models.Model], int], ...]


@cache
def joined(*texts: str) -> str:
    """Return one statement that does what several do that change rows, in no order that one could rely on."""
    *first, last = texts
    named = ", ".join(f"part{number} AS ({text})" for number, text in enumerate(first))
    return f"WITH {named} {last}" if named else last


@cache
def _insert_texts(shapes: _Shapes) -> tuple[list[str], str]:
    """Return the statements that insert so many rows of these models, and one for all of them with `$1` for gaps."""
    texts: dict[str, list[str]] = {}
    for spelling in ("%s", "$"):
        numbers, parts = itertools.count(1), []
        for model, count in shapes:
            insertion = insertion_of(model)
            rows = []
            for _row in range(count):
                gaps = [
                    sql.SQL(spelling if spelling == "%s" else f"${next(numbers)}")
                    for _column in range(insertion.width)
                ]
                rows.append(sql.SQL("({})").format(sql.SQL(", ").join(gaps)))
            text = sql.SQL("INSERT INTO {} ({}) VALUES {}").format(
                insertion.table, insertion.columns, sql.SQL(", ").join(rows)
            )
            parts.append(text.as_string(None))
        texts[spelling] = parts
    return texts["%s"], joined(*texts["$"])


def insertion(rows: Iterable[models.Model | NewRow]) -> tuple[list[str], list[Any], str]:
    """Return the statements that insert rows, one for each table, their values, and one for all with `$1` for gaps."""
    # Parts of a statement with several are run in no order that one could rely on (the last one first, in fact).
    params: dict[type[models.Model], list[Any]] = {}
    counts: dict[type[models.Model], int] = {}
    for row in rows:
        if isinstance(row, NewRow):
            model = row.model
        else:
            model = type(row)
            row._state.adding = False
            row._state.db = DEFAULT_DB_ALIAS
        params.setdefault(model, []).extend(insertion_of(model).params(row))
        counts[model] = counts.get(model, 0) + 1
    texts, raw_text = _insert_texts(tuple(counts.items()))
    return texts, list(itertools.chain(*params.values())), raw_text


def insert(*rows: models.Model | NewRow) -> None:
    """Insert rows, of one model or several, in one statement and one round trip; they refer to each other freely.

    Rows of one model are inserted in the order in which they are given, and numbered so where the database numbers
    them.

    Raises:
        django.db.IntegrityError: a constraint forbids one of them; then none was inserted.
    """
    texts, params, raw_text = insertion(rows)
    with _cursor(joined(*texts), params, raw_text=raw_text):
        pass


class Last:
    """Rows that a request inserts as the last thing it does, all in one statement.

    Where nothing was read or written before, that statement is the whole transaction, and costs one round trip.
    """

    def __init__(self) -> None:
        self.rows: list[models.Model | NewRow] = []
        self.refusals: dict[str, Callable[[], Exception]] = {}

    def insert(self, *more: models.Model | NewRow) -> None:
        """Insert the rows, and more.

        Raises:
            DomainError: what stands for the constraint that forbids one of them.
        """
        self.rows += more
        with _as_whole_transaction():
            self.insert_early()

    def insert_early(self) -> None:
        """Insert the rows so far; the transaction goes on.

        Raises:
            DomainError: what stands for the constraint that forbids one of them.
        """
        rows, self.rows = self.rows, []
        if rows:
            with translated(self.refusals):
                insert(*rows)


_last: ContextVar[Last | None] = ContextVar("last_rows", default=None)


@contextlib.contextmanager
def gathering() -> Iterator[Last]:
    """Let `insert_last` put rows aside until the caller inserts them."""
    last = Last()
    token = _last.set(last)
    try:
        yield last
    finally:
        _last.reset(token)


def insert_last(
    *rows: models.Model | NewRow, refusals: Mapping[str, Callable[[], Exception]]
) -> None:
    """Insert rows that nothing later in this request reads: put aside where somebody gathers them, else at once.

    Args:
        refusals: by constraint name, the error that stands for its violation.

    Raises:
        DomainError: what stands for the constraint that forbids one of them.
    """
    last = _last.get()
    if last is None:
        with translated(refusals):
            insert(*rows)
        return
    last.rows += rows
    last.refusals.update(refusals)


def insert_gathered() -> None:
    """Insert what was put aside so far, for a request that goes on to read it.

    Raises:
        DomainError: what stands for the constraint that forbids one of the rows.
    """
    last = _last.get()
    if last is not None:
        last.insert_early()


@contextlib.contextmanager
def _as_whole_transaction() -> Iterator[None]:
    """Send one statement without BEGIN and COMMIT around it, where the open transaction has not really begun."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    raw = wrapper.connection
    is_idle = raw is not None and raw.info.transaction_status == TransactionStatus.IDLE
    if not is_idle or raw.autocommit:
        yield
        return
    raw.autocommit = True
    try:
        yield
    finally:
        if not raw.closed:
            raw.autocommit = False


class _InstantLoader(Loader):
    """Reads an instant as PostgreSQL writes it where the time zone is UTC, as Django sets it on every connection.

    The loader of Django's is Python too, and takes thirty times as long: a third of what a list of a hundred costs.
    """

    timezone = UTC  # Django looks here whether a connection has to be told

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(bytes(data).decode())


_INSTANT = psycopg.adapters.types["timestamptz"].oid


@contextlib.contextmanager
def _cursor(
    text: str,
    params: _Params,
    *,
    raw_text: str = "",
    alias: str = DEFAULT_DB_ALIAS,
) -> Iterator[Any]:
    """Open a cursor that has run the SQL: Django's own where somebody watches the queries, else psycopg's.

    Args:
        raw_text: the same SQL with `$1`, … for gaps, which psycopg need not read; for long ones.
        alias: the connection.
    """
    wrapper = connections[alias]  # once: the proxy `connection` looks it up at every use
    wrapper.ensure_connection()
    if wrapper.queries_logged or wrapper.execute_wrappers:
        with wrapper.cursor() as watched:
            watched.execute(text, params)
            yield watched
        return
    wrapper.validate_no_broken_transaction()
    adapters = wrapper.connection.adapters
    if adapters.get_loader(_INSTANT, Format.TEXT) is not _InstantLoader:
        adapters.register_loader("timestamptz", _InstantLoader)  # for the ORM's cursors as well
    kind = psycopg.RawCursor if raw_text else psycopg.Cursor
    with wrapper.wrap_database_errors, kind(wrapper.connection) as cursor:
        cursor.execute(raw_text or text, params)
        yield cursor
