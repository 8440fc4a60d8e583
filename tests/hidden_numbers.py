"""Looks for what must be nowhere: the numbers of the test cards and accounts, in any spelling, and security codes.

A security code of three digits is in every text by chance, so it is looked for where it is called by its name; tests
that want more use one of `SECURITY_CODES`, which are looked for as words of their own.
"""

import re
from pathlib import Path

from payments.gateways.sandbox import bank_accounts, cards

SECURITY_CODES = ("7391", "8264")
"""For tests that type a code: whole words of these digits are nowhere by chance."""

_NUMBERS = "|".join(r"[ -]?".join(number) for number in sorted(cards.CARDS))
_NUMBER = re.compile(rf"(?<![0-9])(?:{_NUMBERS})(?![0-9])")
_BY_CHANCE = {"000000000009"}  # it is part of many a number that counts from zero
_ACCOUNTS = "|".join(
    r"[ -]?".join(number) for number in sorted(bank_accounts.ACCOUNTS.keys() - _BY_CHANCE)
)
_ACCOUNT = re.compile(rf"(?<![0-9A-Z])(?:{_ACCOUNTS})(?![0-9A-Z])", re.IGNORECASE)
_NAMED_CODE = re.compile(
    r"""(?:cvc|cvv2?|security[_ ]code)\]?["']*\s*(?:=>|[:=])\s*["']?[0-9]{3,4}(?![0-9.])""",
    re.IGNORECASE,
)
_CODE = re.compile(rf"(?<![\w.:+-])(?:{'|'.join(SECURITY_CODES)})(?![\w.:+-])")
_PATTERNS = (_NUMBER, _ACCOUNT, _NAMED_CODE, _CODE)
_DIGITS = re.compile(rb"[0-9](?:[ -]?[0-9]){12,}")
_TABLES = """
WITH counted AS (  -- columns that the database numbers by itself
    SELECT attrelid AS place, attnum AS number FROM pg_attribute
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attidentity <> '' OR pg_get_expr(adbin, adrelid) LIKE 'nextval(%%'
), following AS (  -- those, and the columns that refer to them
    SELECT * FROM counted UNION
    SELECT conrelid, conkey[1] FROM pg_constraint JOIN counted ON place = confrelid AND number = confkey[1]
    WHERE contype = 'f' AND cardinality(conkey) = 1
)
SELECT format('%I.%I', nspname, relname), string_agg(format('%I', attname), ', ' ORDER BY attnum)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relkind IN ('r', 'm') AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg_toast%%'
    AND attnum > 0 AND NOT attisdropped AND (attrelid, attnum) NOT IN (SELECT place, number FROM following)
GROUP BY 1 ORDER BY 1
"""
_BYTES = """
SELECT format('%I.%I', table_schema, table_name), format('%I', column_name) FROM information_schema.columns
WHERE data_type = 'bytea' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""


def in_text(text):
    """Return what a text holds of card numbers and security codes."""
    return [match.group() for pattern in _PATTERNS for match in pattern.finditer(text)]


def in_database(cursor):
    """Return what a dump of all tables holds, each finding with its table: every schema, the queue's tables too.

    Numbers that the database gives its rows are left out: sooner or later they reach a security code.

    Args:
        cursor: of psycopg, or Django's.
    """
    found = []
    cursor.execute(_TABLES)
    for table, columns in cursor.fetchall():
        with cursor.copy(f"COPY (SELECT {columns} FROM {table}) TO STDOUT") as lines:
            found += [(table, what) for line in lines for what in in_text(bytes(line).decode())]
    cursor.execute(_BYTES)
    for table, column in cursor.fetchall():
        cursor.execute(f"SELECT encode({column}, 'escape') FROM {table} WHERE {column} IS NOT NULL")
        found += [(f"{table}.{column}", what) for (text,) in cursor for what in in_text(text)]
    return found


def in_files(place):
    """Return what a file, or the files of a folder, hold, each finding with its file: logs, mails, process ids."""
    return [
        (str(file), what)
        for file in [Path(place), *sorted(Path(place).rglob("*"))]
        if file.is_file() and not file.is_symlink()
        for what in in_text(file.read_bytes().decode(errors="replace"))
    ]


def in_pages(folder):
    """Return the card numbers in a database's own files, where rolled back rows lie until they are swept away."""
    return [
        (file.name, match.group())
        for file in sorted(Path(folder).iterdir())
        for digits in _DIGITS.finditer(_bytes(file))
        for match in re.finditer(_NUMBERS, digits.group().decode())
    ]


def _bytes(file):
    """Return what is in a file; nothing, where the server has removed it meanwhile."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
