"""Translations: `locale/<language>/LC_MESSAGES/django.po` is what people write, the `.mo` beside it what programs read.

Both are kept with the code, so that an installation needs no gettext; Babel makes the one from the other.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from config.env import BASE_DIR

FOLDER = BASE_DIR / "locale"


def sources() -> list[Path]:
    """Return the catalogues that people write."""
    return sorted(FOLDER.glob("*/LC_MESSAGES/django.po"))


def read(source: Path) -> Catalog:
    """Return what a catalogue holds."""
    with source.open("rb") as file:
        return read_po(file, locale=source.parents[1].name, domain="django")


def compiled(source: Path) -> bytes:
    """Return what programs read for a catalogue."""
    file = BytesIO()
    write_mo(file, read(source))
    return file.getvalue()


def compile_all() -> list[Path]:
    """Write the compiled catalogue beside each source, and return where."""
    written = []
    for source in sources():
        target = source.with_suffix(".mo")
        target.write_bytes(compiled(source))
        written.append(target)
    return written
