"""The files that imports read: kept in the database in pieces, and read record by record from any record on.

Web and worker processes share no disk, so the bytes are rows, sealed, since they may hold anything. Whoever reads has
a piece or two of them in memory, however large the file is.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

from customers.kit import sealing
from customers.kit.errors import InvalidRequest
from customers.models import Import, ImportChunk

CHUNK = 256 * 1024  # bytes
MAX_LINE = 1_000_000  # characters
MAX_COLUMNS = 500
MAX_COLUMN_NAME = 200
_HEAD = 64 * 1024  # bytes in which the header is looked for
_DELIMITERS = ",;\t|"
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_OBJECTS_LOOKED_AT = 50


class UnreadableFile(InvalidRequest):
    """The file cannot be read, or not any further."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is to be read.

    Args:
        columns: their names, no two alike; of objects, those that the first ones have.
        body_at: where the first record begins, in bytes.
    """

    delimiter: str
    columns: list[str]
    body_at: int


class Record(NamedTuple):
    """A record as it came.

    Args:
        number: which one it is, from 1.
        end: where the next one begins, in bytes.
        value: the cells; of an object, its line.
    """

    number: int
    end: int
    value: list[str] | str


def store(of: Import, file: BinaryIO) -> tuple[int, str]:
    """Keep a file's bytes, and return how many they are, and their digest."""
    size, position, digest = 0, 0, hashlib.sha256()
    while data := _read_whole(file):
        digest.update(data)
        ImportChunk.belonging_to(
            of, of=of, created_at=of.created_at, position=position, data=sealing.seal(data)
        ).save(force_insert=True)
        size, position = size + len(data), position + 1
    return size, digest.hexdigest()


def shape_of(of: Import, *, flatten: Any) -> Shape:
    """Return how a kept file is to be read, by what its beginning looks like.

    Args:
        flatten: returns the names of the values of a line with an object.

    Raises:
        UnreadableFile: it is empty, no text in its encoding, or its header names no columns.
    """
    raw = _Bytes(of, 0)
    head = raw.read(_HEAD)
    if head.startswith(_UTF_16) or b"\x00" in head:
        raise UnreadableFile(
            "This file is no text in UTF-8. In a spreadsheet, save it as “CSV UTF-8”.", param="file"
        )
    start = len(_BOM) if head.startswith(_BOM) else 0
    lines = Lines(of, start)
    if of.format == Import.Format.NDJSON:
        return Shape("", _names(lines, flatten), start)
    delimiter = _delimiter(head[start:].decode(of.encoding, errors="replace"))
    reader = csv.reader(lines, delimiter=delimiter)
    for header in _guarded(reader, lines):
        if any(cell.strip() for cell in header):
            return Shape(delimiter, _distinct(header), lines.offset)
    raise UnreadableFile("The file is empty.", param="file")


def records(of: Import, *, offset: int, number: int) -> Iterator[Record]:
    """Yield the records from a byte on, one after the other; lines without anything are none.

    Args:
        number: of the record before.

    Raises:
        UnreadableFile: what follows cannot be read.
    """
    lines = Lines(of, offset)
    if of.format == Import.Format.NDJSON:
        values: Iterable[Any] = lines
    else:
        values = csv.reader(lines, delimiter=of.delimiter)
    for value in _guarded(values, lines, number=number):
        if _holds_something(value):
            number += 1
            yield Record(number, lines.offset, value)


class Lines:
    """The lines of a kept file from a byte on; `offset` is where the next one begins."""

    def __init__(self, of: Import, offset: int) -> None:
        self.offset = offset
        self._encoding = of.encoding
        buffered = io.BufferedReader(_Bytes(of, offset), CHUNK)
        # Line ends stay as they are: those in quotes belong to their cell, and all of them are counted.
        text = io.TextIOWrapper(buffered, encoding=of.encoding, newline="")
        self._readline = text.readline

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        try:
            line = self._readline(MAX_LINE)
        except UnicodeDecodeError as error:
            raise UnreadableFile(
                f"Behind byte {self.offset} the file is no text in {error.encoding}.", param="file"
            ) from error
        if not line:
            raise StopIteration
        if len(line) >= MAX_LINE:
            raise UnreadableFile(
                f"A line has more than {MAX_LINE} characters, at byte {self.offset}.", param="file"
            )
        self.offset += len(line) if line.isascii() else len(line.encode(self._encoding))
        return line


class _Bytes(io.RawIOBase):
    """A kept file's bytes."""

    def __init__(self, of: Import, offset: int) -> None:
        super().__init__()
        self._of, self._position = of, offset // CHUNK
        self._left = memoryview(self._next())[offset % CHUNK :]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            self._left = memoryview(self._next())
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def _next(self) -> bytes:
        rows = ImportChunk.objects.filter(of=self._of, position=self._position)
        self._position += 1
        found = rows.values_list("data", flat=True).first()
        return b"" if found is None else sealing.unseal(bytes(found))


def _holds_something(value: list[str] | str) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    # Most rows begin with something, and are looked at no further.
    return bool(value) and (bool(value[0].strip()) or any(map(str.strip, value)))


def _guarded(values: Iterable[Any], lines: Lines, *, number: int = 0) -> Iterator[Any]:
    """Yield what a reader yields, and say in our words what it does not understand."""
    iterator = iter(values)
    while True:
        try:
            value = next(iterator)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableFile(
                f"Behind row {number} the file cannot be read: {error}. Is a quotation mark missing?",
                param="file",
            ) from error
        yield value
        number += 1


def _delimiter(head: str) -> str:
    """Return what separates the header's cells: of what may, whatever makes the most of them."""
    first = next((line for line in head.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))


def _distinct(header: Sequence[str]) -> list[str]:
    if len(header) > MAX_COLUMNS:
        raise UnreadableFile(f"The file has more than {MAX_COLUMNS} columns.", param="file")
    names: list[str] = []
    for place, cell in enumerate(header, 1):
        name = cell.strip()[:MAX_COLUMN_NAME] or f"column {place}"
        while name in names:
            name = f"{name} ({place})"
        names.append(name)
    return names


def _names(lines: Lines, flatten: Any) -> list[str]:
    found: dict[str, None] = {}
    for _count, line in zip(range(_OBJECTS_LOOKED_AT), lines, strict=False):
        if line.strip():
            found |= dict.fromkeys(flatten(line))
    if not found:
        raise UnreadableFile("The file holds no JSON objects, one on a line.", param="file")
    return [name for name in found if len(name) <= MAX_COLUMN_NAME][:MAX_COLUMNS]


def _read_whole(file: BinaryIO) -> bytes:
    """Return the next chunk's bytes, as many as there are: streams may yield fewer than they were asked for."""
    parts, wanted = [], CHUNK
    while wanted and (data := file.read(wanted)):
        parts.append(data)
        wanted -= len(data)
    return b"".join(parts)
