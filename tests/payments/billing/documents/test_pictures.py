"""Logos in files: the same pixels as they were sent, in the place of the seller's name."""

import struct
import zlib
from dataclasses import replace
from io import BytesIO

import pypdfium2
import pytest
from pypdf import PdfReader

from payments.billing.documents import pictures, render
from tests.factories.pictures import chunk, jpeg, png
from tests.payments.billing.documents.samples import ENGLISH

PIXELS = [[(x * 40, y * 60, 255 - x * 30, 255 if x else 128) for x in range(4)] for y in range(5)]


def filtered():
    """Return a PNG of `PIXELS`, each line of which uses another of PNG's filters."""
    lines, above = [], bytes(16)
    for kind, row in enumerate(PIXELS):
        line = bytes(value for pixel in row for value in pixel)
        lines.append(bytes([kind]) + bytes(_beyond(kind, line, above)))
        above = line
    head = struct.pack(">IIBBBBB", 4, 5, 8, 6, 0, 0, 0)
    data = zlib.compress(b"".join(lines))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _beyond(kind, line, above):
    for at, value in enumerate(line):
        left, up = (line[at - 4] if at > 3 else 0), above[at]
        corner = above[at - 4] if at > 3 else 0
        wanted = left + up - corner
        paeth = min((left, up, corner), key=lambda one: abs(wanted - one))
        yield (value - (0, left, up, (left + up) // 2, paeth)[kind]) % 256


def picture_in(content):
    page = PdfReader(BytesIO(render(replace(ENGLISH, logo=content)))).pages[0]
    return page["/Resources"]["/XObject"]["/Logo"]


def test_every_filter_is_undone():
    found = picture_in(filtered())

    assert found.get_data() == bytes(v for row in PIXELS for pixel in row for v in pixel[:3])
    assert found["/SMask"].get_data() == bytes(pixel[3] for row in PIXELS for pixel in row)
    assert (found["/Width"], found["/Height"], found["/ColorSpace"]) == (4, 5, "/DeviceRGB")


@pytest.mark.parametrize(
    ("kind", "space"),
    [(0, "/DeviceGray"), (2, "/DeviceRGB"), (4, "/DeviceGray"), (6, "/DeviceRGB")],
)
def test_a_png_of_any_colours_is_drawn(kind, space):
    content = png(80, 20, kind=kind)

    assert picture_in(content)["/ColorSpace"] == space
    assert pictures.size_of(content) == (80, 20)


def test_a_jpeg_stays_as_it_is():
    found = picture_in(jpeg(80, 20))

    assert found["/Filter"] == "/DCTDecode"
    assert found._data == jpeg(80, 20)


def test_the_logo_stands_opposite_the_title():
    file = render(replace(ENGLISH, logo=png(160, 40, pixel=b"\xff\x00\x00\xff")))

    bitmap = pypdfium2.PdfDocument(file)[0].render(scale=1, rev_byteorder=True)
    width, step, data = bitmap.width, bitmap.n_channels, bytes(bitmap.buffer)
    red = [
        (place % bitmap.stride // step, place // bitmap.stride)
        for place in range(0, len(data), step)
        if data[place : place + 3] == b"\xff\x00\x00"
    ]
    assert min(x for x, _y in red) > width / 2
    assert max(x for x, _y in red) < width - 40
    assert {y for _x, y in red} <= set(range(35, 85))
    assert 130 < max(x for x, _y in red) - min(x for x, _y in red) < 150


def test_the_same_logo_gives_the_same_file():
    document = replace(ENGLISH, logo=filtered())

    assert render(document) == render(document)
