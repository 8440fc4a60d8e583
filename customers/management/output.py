"""How our commands speak: one clear sentence for a refusal, and tables that line up."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from customers.kit.errors import DomainError


@contextmanager
def refusals_as_sentences() -> Iterator[None]:
    """Turn what a service refuses into the command's error."""
    try:
        yield
    except DomainError as error:
        raise CommandError(error.message) from error
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows in columns that line up."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
