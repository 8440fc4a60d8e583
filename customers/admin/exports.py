"""The columns of files: as Python reads them off a row, and as the database does; and what is made of its lines."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from django.db.models import Case, DecimalField, F, Func, Value, When
from django.db.models.functions import Coalesce

from customers.kit.currencies import WITH_THREE_DIGITS, WITHOUT_DIGITS, digits

INSTANT = "%Y-%m-%dT%H:%M:%SZ"
_RISKY = (
    "=", "+", "-", "@", "\t", "\r", "\n", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
    "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}",
)  # fmt: skip
_RISKY_QUOTED = re.compile(
    rb',"(?=[=+\-@\t\r]|\xef\xbc[\x9d\x8b\x8d\xa0]|\n(?!"[a-z]|\Z))',
)
"""Where a text begins that a spreadsheet would take for a formula, in lines of CSV whose texts are all in quotes.

Behind a comma, a quote followed by one of these opens a text: one that closes a text is followed by a comma or the end
of the line, and one inside a text by another quote. A line's end is the one doubt; the next line begins with an id in
quotes, and a text never has a single quote inside.
"""


VALUES = r"FORMAT csv, ESCAPE E'\\', DELIMITER E'\x1f', NULL 'null'"
"""How PostgreSQL writes values that are JSON nearly: texts in quotes, in which it marks quotes and backslashes."""
_BETWEEN = b"\x1f"
_CONTROLS = bytes(range(0x20))
_CONTROL = re.compile(rb"[\x00-\x1f]")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_MARKED = re.compile(rb"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a file.

    Args:
        value: returns what a row has there.
        of: the list's columns for which it is written; always when empty.
        column: the same as an expression of the database; None where only Python knows it.
        text: the same as a text, for CSV, where `column` is JSON that may be one.
    """

    header: str
    value: Callable[[Any], Any]
    of: frozenset[str] = frozenset()
    column: Any = None
    text: Any = None


def plain(name: str, *, of: str = "", header: str = "") -> Cell:
    """Return a column of a file that holds a column of the row.

    Args:
        of: the list's columns for which it is written, apart from each other by spaces.
    """
    return Cell(header or name, lambda row: getattr(row, name), frozenset(of.split()), F(name))


def amount(name: str, *, of: str = "") -> Cell:
    """Return a column of amounts, in whole units of the currency that the row has."""

    def value(row: Any) -> Decimal | None:
        return whole_units(getattr(row, name), row.currency)

    return Cell(name, value, frozenset(of.split()), _whole_units(name))


def customer_email(*, of: str) -> Cell:
    """Return a column of a file that holds the email address of the row's customer.

    Args:
        of: as for `plain`.
    """

    def value(row: Any) -> str:
        return row.customer.email if row.customer else ""

    column = Coalesce("customer__email", Value(""))
    return Cell("customer_email", value, frozenset(of.split()), column)


def chosen(cells: Iterable[Cell], columns: Sequence[str]) -> list[Cell]:
    """Return the cells that are written where a list shows these columns; all of them where it shows its own."""
    return [cell for cell in cells if not columns or not cell.of or cell.of & set(columns)]


def line(values: Iterable[Any]) -> str:
    """Return a line of CSV (RFC 4180), with its texts in quotes."""
    return ",".join(map(_written, values)) + "\n"


def disarmed(lines: bytes) -> bytes:
    """Return whole lines of CSV that PostgreSQL wrote, as `line` writes them, with formulas marked as texts.

    Args:
        lines: with every text in quotes, an id in the first column of each.
    """
    return _RISKY_QUOTED.sub(b",\"'", lines)


@dataclass(frozen=True, slots=True)
class Objects:
    """What makes JSON objects of rows that PostgreSQL wrote as `VALUES` says, the first value of each a text.

    PostgreSQL's own JSON costs it more than twice what values do; names beside them are little work here, and are done
    while it goes on.

    Args:
        names: of the members.
        json: places of values that are JSON themselves.
    """

    names: Sequence[str]
    json: Sequence[int] = ()

    def of(self, lines: bytes, rows: int) -> bytes:
        """Return lines of values, of so many rows, as lines of objects."""
        width = len(self.names)
        if len(lines) - len(lines.translate(None, _CONTROLS)) != rows * width:
            lines = _QUOTED.sub(_without_controls, lines)  # there are some in texts, too
        values = lines[:-1].replace(b"\n", _BETWEEN).split(_BETWEEN)
        for place in self.json:
            values[place::width] = map(_unquoted, values[place::width])
        return self._shape() * rows % tuple(values)

    def _shape(self) -> bytes:
        members = [orjson.dumps(name).replace(b"%", b"%%") + b":%b" for name in self.names]
        return b"{" + b",".join(members) + b"}\n"


def _without_controls(text: re.Match[bytes]) -> bytes:
    """Return a text with its control characters as JSON writes them."""
    return _CONTROL.sub(lambda found: orjson.dumps(found[0].decode())[1:-1], text[0])


def _unquoted(value: bytes) -> bytes:
    return _MARKED.sub(rb"\1", value[1:-1]) if value.startswith(b'"') else value


def _written(value: Any) -> str:
    """Return a value as it stands in a file; texts that a spreadsheet would take for a formula are marked as text.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(INSTANT)
    if isinstance(value, int | float | Decimal):
        return str(value)
    text = str(value).replace("\0", "").replace('"', '""')
    return f'"\'{text}"' if text.startswith(_RISKY) else f'"{text}"'


def whole_units(minor: int | None, currency: str) -> Decimal | None:
    """Return an amount of minor units as people count it."""
    return None if minor is None else Decimal(minor).scaleb(-digits(currency) if currency else 0)


def _whole_units(name: str) -> Case:
    """Return what `whole_units` makes of a column beside a currency."""

    def scaled(places: int) -> Func:
        factor = f" * {Decimal(1).scaleb(-places)}" if places else ""
        return Func(
            F(name), template=f"%(expressions)s::numeric{factor}", output_field=DecimalField()
        )

    return Case(
        When(currency="", then=scaled(0)),  # first: most customers have no balance
        When(currency__in=WITHOUT_DIGITS, then=scaled(0)),
        When(currency__in=WITH_THREE_DIGITS, then=scaled(3)),
        default=scaled(2),
    )
