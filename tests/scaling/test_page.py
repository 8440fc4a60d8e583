"""docs/scaling.md says what was measured, and how the tables are made; `WRITE_SCALING=1` has it written anew."""

import json
import os
import re

import pytest

from tests.benchmarks import scaling
from tests.start import ROOT

PAGE = ROOT / "docs" / "scaling.md"
MEASURED = json.loads((ROOT / "tests" / "benchmarks" / "scaling.json").read_text())
_HEADINGS = {
    "bytes": "### Bytes of a row",
    "work": "### Processor time of an act",
    "millions": "### Extrapolated",
}
_COLUMNS = """
WITH columns AS (
    SELECT attrelid, attnum, attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
), tables AS (
    SELECT oid, relname, (SELECT attnum FROM columns WHERE attrelid = oid AND attname = 'site_id') AS site
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
)
"""
_TABLES = f"{_COLUMNS} SELECT relname, site IS NOT NULL FROM tables ORDER BY relname"
_UNIQUE = f"""{_COLUMNS}
SELECT relname, indexrelid::regclass::text, indisprimary, (
    SELECT string_agg(coalesce(attname, 'an expression'), ', ' ORDER BY place)
    FROM unnest(indkey) WITH ORDINALITY AS key (number, place)
    LEFT JOIN columns ON attrelid = indrelid AND attnum = number WHERE place <= indnkeyatts
) FROM pg_index JOIN tables ON tables.oid = indrelid
WHERE indisunique AND site IS NOT NULL AND NOT site = ANY (indkey) ORDER BY 1, 2
"""
_FOREIGN = f"""{_COLUMNS}
SELECT relname, (
    SELECT string_agg(attname, ', ' ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
    JOIN columns ON attrelid = conrelid AND attnum = number
), confrelid::regclass::text FROM pg_constraint JOIN tables ON tables.oid = conrelid
WHERE contype = 'f' AND site IS NOT NULL AND NOT site = ANY (conkey) ORDER BY 1, 2
"""


def _block(page, heading):
    """The lines that follow a heading, up to the next empty one."""
    found = re.search(rf"^{re.escape(heading)}\n\n((?:.+\n)+)", page, re.MULTILINE)
    assert found, heading
    return found


def _holds(heading, block):
    page = PAGE.read_text()
    found = _block(page, heading)
    if os.environ.get("WRITE_SCALING"):
        page = f"{page[: found.start(1)]}{block}\n{page[found.end(1) :]}"
        PAGE.write_text(page)
        found = _block(page, heading)
    return found.group(1) == f"{block}\n"


@pytest.fixture
def catalogue(primary, acme):
    """Asks the database how its tables are made."""
    with primary.link() as link:
        yield lambda text: link.execute(text).fetchall()


@pytest.mark.parametrize("name", _HEADINGS)
def test_the_pages_figures_are_those_that_were_measured(name):
    assert _holds(_HEADINGS[name], scaling.tables(MEASURED)[name])


def test_the_page_names_every_unique_key_without_the_site(catalogue):
    keys = [
        (table, columns)
        for table, _name, is_primary, columns in catalogue(_UNIQUE)
        if not is_primary
    ]

    rows = [f"| `{table}` | `{columns}` |" for table, columns in keys]
    table = "\n".join(["| Table | Key |", "| --- | --- |", *rows])

    assert _holds("### Unique keys without the site", table)


def test_every_primary_key_is_without_the_site(catalogue):
    primary = [
        (table, columns) for table, _name, is_primary, columns in catalogue(_UNIQUE) if is_primary
    ]
    distributed = [table for table, has_site in catalogue(_TABLES) if has_site]

    said = f"Tables with a site: {len(distributed)}. Primary keys of theirs without it: {len(primary)}."

    assert _holds("### Tables with a site", said)


def test_the_page_names_every_foreign_key_without_the_site(catalogue):
    rows = [f"| `{table}` | `{columns}` | `{to}` |" for table, columns, to in catalogue(_FOREIGN)]
    table = "\n".join(["| Table | Columns | Leads to |", "| --- | --- | --- |", *rows])

    assert _holds("### Foreign keys without the site", table)


def test_the_page_names_every_table_without_a_site(catalogue):
    names = [table for table, has_site in catalogue(_TABLES) if not has_site]

    assert _holds("### Tables without a site", "\n".join(f"- `{name}`" for name in names))
