"""What COPY gives away, for files of any length.

Source: https://www.postgresql.org/docs/current/libpq-copy.html
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

import psycopg
from django.db import connections
from psycopg.abc import PQGen
from psycopg.generators import fetch_many
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn
from psycopg.waiting import Wait

from customers.kit import replicas

_PIECE = 128 * 1024  # bytes of COPY that are passed on together


def copied(text: str, params: Sequence[Any], options: str) -> Iterator[tuple[bytes, int]]:
    """Return the rows of SQL with values as COPY writes them: pieces of whole rows, and how many each has.

    They come of a replica where one can give them.

    No row becomes a value of Python's on its way, so this is as fast as PostgreSQL gives rows away, in no more memory
    than a piece.

    Args:
        options: of COPY, such as `FORMAT csv`.
    """
    return replicas.streamed(lambda name: _copied(connections[name], text, params, options))


def _copied(
    wrapper: Any, text: str, params: Sequence[Any], options: str
) -> Iterator[tuple[bytes, int]]:
    with (
        wrapper.cursor() as cursor,
        cursor.copy(f"COPY ({_filled(wrapper, text, params)}) TO STDOUT ({options})") as copy,
    ):
        is_more = True
        while is_more:
            piece, rows, is_more = copy.connection.wait(_piece(copy.connection.pgconn))
            if rows:
                yield piece, rows


def _piece(pgconn: PGconn) -> PQGen[tuple[bytes, int, bool]]:
    """Take as many rows of COPY as make a piece; return it, how many they are, and whether there are more.

    The `read` of psycopg's takes one at a time, and costs more than all else that is done with a row. Rows are let go
    one by one: to give the memory of a whole piece of them back costs as much again.

    Raises:
        psycopg.Error: PostgreSQL could not go on.
    """
    piece, take, rows, room = BytesIO(), pgconn.get_copy_data, 0, _PIECE
    while room > 0:
        size, row = take(1)  # 1: without waiting, of what has come
        if size > 0:
            piece.write(row)
            rows += 1
            room -= size
        elif size < 0:
            yield from _end_of_copy(pgconn)
            return piece.getvalue(), rows, False
        elif (yield Wait.R):
            pgconn.consume_input()
    return piece.getvalue(), rows, True


def _end_of_copy(pgconn: PGconn) -> PQGen[None]:
    (result,) = yield from fetch_many(pgconn)
    if result.status != ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)


def _filled(wrapper: Any, text: str, params: Sequence[Any]) -> str:
    """Return SQL with its values in it, as COPY needs it, which takes none beside it."""
    wrapper.ensure_connection()
    return psycopg.ClientCursor(wrapper.connection).mogrify(text, params)
