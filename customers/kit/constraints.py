"""What the database forbids, said in words: a violated constraint becomes the error that its name stands for."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError


@contextmanager
def translated(refusals: Mapping[str, Callable[[], Exception]]) -> Iterator[None]:
    """Raise the error that stands for the violated constraint.

    Args:
        refusals: by constraint name, what to raise; other violations are bugs and pass through.
    """
    try:
        yield
    except IntegrityError as error:
        refusal = refusals.get(violated(error))
        if refusal is None:
            raise
        raise refusal() from error


def violated(error: IntegrityError) -> str:
    """Return the name of the constraint that an insert or update violated, or an empty text."""
    diagnostic = getattr(error.__cause__, "diag", None)
    return getattr(diagnostic, "constraint_name", None) or ""
