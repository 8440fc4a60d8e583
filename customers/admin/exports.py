"""Lists as files: CSV that spreadsheets read right and cannot be made to run."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from customers.kit.currencies import digits

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a file.

    Args:
        value: returns what a row has there.
        of: the list's columns for which it is written; always when empty.
    """

    header: str
    value: Callable[[Any], Any]
    of: frozenset[str] = frozenset()


def plain(name: str, *, of: str = "", header: str = "") -> Cell:
    """Return a column of a file that holds a column of the row.

    Args:
        of: the list's columns for which it is written, apart from each other by spaces.
    """
    return Cell(header or name, lambda row: getattr(row, name), frozenset(of.split()))


def amount(name: str, *, of: str = "") -> Cell:
    """Return a column of amounts, in whole units of the currency that the row has."""
    return Cell(name, lambda row: whole_units(getattr(row, name), row.currency), frozenset(of.split()))  # fmt: skip


def chosen(cells: Iterable[Cell], columns: Sequence[str]) -> list[Cell]:
    """Return the cells that are written where a list shows these columns; all of them where it shows its own."""
    return [cell for cell in cells if not columns or not cell.of or cell.of & set(columns)]


def line(values: Iterable[Any]) -> str:
    """Return a line of CSV (RFC 4180)."""
    out = io.StringIO()
    csv.writer(out).writerow([_written(value) for value in values])
    return out.getvalue()


def _written(value: Any) -> str:
    """Return a value as it stands in a file; texts that a spreadsheet would take for a formula are marked as text.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, int | float | Decimal):
        return str(value)
    text = str(value).replace("\0", "")
    return f"'{text}" if text.startswith(_RISKY) else text


def whole_units(minor: int | None, currency: str) -> Decimal | None:
    """Return an amount of minor units as people count it."""
    return None if minor is None else Decimal(minor).scaleb(-digits(currency) if currency else 0)
