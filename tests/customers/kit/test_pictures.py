"""Pictures: kept without what they say beside the picture; whatever is none is refused."""

import struct
import zlib

import pytest

from customers.kit import pictures
from customers.kit.pictures import NoPicture, Picture
from tests.factories.pictures import chunk, jpeg, png


def test_a_png_is_kept_without_its_notes():
    clean = png(4, 2)
    noted = clean[:33] + chunk(b"tEXt", b"Author\0Robin") + chunk(b"eXIf", b"GPS") + clean[33:]

    assert pictures.read(noted + b"<script>") == Picture("image/png", 4, 2, clean)


@pytest.mark.parametrize("kind", [0, 2, 4, 6])
def test_a_png_may_have_any_colours(kind):
    assert pictures.read(png(3, 3, kind=kind)).content == png(3, 3, kind=kind)


def test_a_jpeg_is_kept_without_its_notes():
    clean = jpeg(4, 2)
    noted = clean[:2] + b"\xff\xe1\x00\x08Exif\0\0" + b"\xff\xfe\x00\x05you" + clean[2:]

    assert pictures.read(noted + b"<script>") == Picture("image/jpeg", 4, 2, clean)


def broken_checksum():
    return png(2, 2).replace(b"IDAT", b"IDAX", 1)


def too_few_pixels():
    return png(2, 2, rows=1)


def unpacking_to_too_much():
    return png(2, 2, rows=50_000)


def unknown_filter():
    return png(2, 2, filter_=9)


def interlaced():
    return png(2, 2, interlaced=1)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="another format"),
        pytest.param(b"GIF89a" + bytes(20), id="GIF"),
        pytest.param(png(2, 2)[:-4], id="PNG cut off"),
        pytest.param(png(2, 2)[:8], id="PNG that only begins"),
        pytest.param(broken_checksum(), id="PNG that was changed"),
        pytest.param(too_few_pixels(), id="PNG with too few pixels"),
        pytest.param(unpacking_to_too_much(), id="PNG that unpacks to more"),
        pytest.param(unknown_filter(), id="PNG with an unknown filter"),
        pytest.param(interlaced(), id="interlaced PNG"),
        pytest.param(png(0, 2), id="PNG without width"),
        pytest.param(png(1000, 1000), id="PNG with too many pixels"),
        pytest.param(b"\xff\xd8", id="JPEG that only begins"),
        pytest.param(jpeg(2, 2)[:-2], id="JPEG cut off"),
        pytest.param(jpeg(5000, 5000), id="JPEG with too many pixels"),
        pytest.param(b"\xff\xd8\xff\xd9", id="JPEG without a picture"),
        pytest.param(b"\xff\xd8\xff\x00\x00\x00" + jpeg(2, 2), id="JPEG with an unknown part"),
        pytest.param(png(2, 2) + bytes(pictures.MOST_BYTES), id="too many bytes"),
    ],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(NoPicture):
        pictures.read(content)


def test_every_byte_of_a_png_counts():
    content = png(3, 3)
    for place in range(8, len(content)):
        changed = content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]
        with pytest.raises(NoPicture):
            pictures.read(changed)


def test_a_length_beyond_the_end_is_refused():
    with pytest.raises(NoPicture):
        pictures.read(
            b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31) + b"IHDR" + zlib.compress(b"")
        )
