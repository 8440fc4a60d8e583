"""The one exception to "rows are only ever added": what the law wants erased, or no longer kept.

The database refuses to change the audit log, the ledgers and the consents (`kit.integrity.append_only`). Inside this
context, which ends with its transaction, it lets named columns of them be emptied and, where a table allows it, rows go
(`kit.integrity.erasable`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def permitted() -> Iterator[None]:
    """Let what is only ever added be emptied inside, in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL keeptab.erasing = 'on'")
        yield
        cursor.execute("SET LOCAL keeptab.erasing = 'off'")
