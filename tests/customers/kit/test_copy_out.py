"""What COPY gives, in pieces: all of it, however much; and a connection that can go on, however it ended."""

import pytest
from django.db import connection

from customers.kit import copy_out


def numbers(count):
    return f"SELECT n, repeat('x', 90) FROM generate_series(1, {count}) AS n"


def usable():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


@pytest.mark.parametrize("count", [0, 1, 20_000])
def test_all_lines_come_in_their_order_and_whole(db, count):
    pieces = list(copy_out.copied(numbers(count), (), "FORMAT csv"))

    whole = b"".join(piece for piece, _rows in pieces)
    expected = b"".join(b"%d,%s\n" % (number, b"x" * 90) for number in range(1, count + 1))
    assert whole == expected
    assert [rows for _piece, rows in pieces] == [piece.count(b"\n") for piece, _rows in pieces]
    assert len(pieces) > 10 if count > 1 else len(pieces) == count
    assert usable()


def test_no_piece_is_much_longer_than_the_others(db):
    sizes = [len(piece) for piece, _rows in copy_out.copied(numbers(20_000), (), "FORMAT csv")]

    assert max(sizes) < copy_out._PIECE + 200


def test_values_are_filled_in(db):
    pieces = copy_out.copied("SELECT %s || 'ก%%'", ("a'b\n",), "FORMAT text")

    assert [(piece.decode(), rows) for piece, rows in pieces] == [("a'b\\nก%\n", 1)]


def test_what_postgres_cannot_go_on_with_is_an_error(transactional_db):
    failing = "SELECT 1 / (20000 - n) FROM generate_series(1, 30000) AS n"

    with pytest.raises(Exception, match="division by zero"):
        list(copy_out.copied(failing, (), "FORMAT csv"))

    assert usable()


def test_a_reader_who_leaves_early_leaves_a_connection_that_goes_on(transactional_db):
    pieces = copy_out.copied(numbers(100_000), (), "FORMAT csv")

    next(pieces)
    pieces.close()

    assert usable()
