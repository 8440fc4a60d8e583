"""Pictures that strangers send: PNG and JPEG, checked to the last byte and without what they say beside the picture.

A library that decodes every format would be a large part for two logos a site, and each of its decoders a way in. These
two formats are lists of parts with a length: what is no part of the picture (cameras' notes, places, comments, anything
behind the end) is left out, so that nothing but a picture is ever kept. The pixels of a PNG are unpacked to count them.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 256 * 1024
MOST_PIXELS = 640_000  # such as 1600 × 400: four times what a page shows, and quickly unpacked
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"gAMA", b"cHRM", b"IDAT", b"IEND"}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by PNG's colour type
_DEPTHS = {0: {1, 2, 4, 8}, 2: {8}, 3: {1, 2, 4, 8}, 4: {8}, 6: {8}}
_JPEG_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive; the others are not for the web
_JPEG_KEPT = {
    0xC4,
    0xDB,
    0xDD,
    0xE0,
    0xEE,
} | _JPEG_FRAMES  # tables, JFIF, Adobe's note of its colours
_SCAN, _END = 0xDA, 0xD9
_BARE = {0x00, 0x01, *range(0xD0, 0xD8)}  # within a scan: a byte that looks like a marker, restarts


class NoPicture(ValueError):
    """What was sent is none that can be kept; says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept.

    Args:
        media_type: `image/png` or `image/jpeg`.
        width: in pixels, as the height.
    """

    media_type: str
    width: int
    height: int
    content: bytes


def read(content: bytes) -> Picture:
    """Return the picture that bytes are, without anything else they carry.

    Raises:
        NoPicture: they are none, a broken one, or too large.

    Source: https://www.w3.org/TR/png-3/ and https://www.w3.org/Graphics/JPEG/itu-t81.pdf
    """
    if len(content) > MOST_BYTES:
        raise NoPicture(f"The file is larger than {MOST_BYTES // 1024} kB.")
    try:
        if content.startswith(_PNG):
            return _png(content)
        if content.startswith(b"\xff\xd8"):
            return _jpeg(content)
    except (struct.error, zlib.error, IndexError) as error:
        raise NoPicture("The file is broken.") from error
    raise NoPicture("This is neither a PNG nor a JPEG file.")


def _check_size(width: int, height: int) -> None:
    if not width or not height or width * height > MOST_PIXELS:
        raise NoPicture(f"The picture has more than {MOST_PIXELS:,} pixels: make it smaller.")


def _png(content: bytes) -> Picture:
    parts = list(_chunks(content))
    if [parts[0][0], parts[-1][0]] != [b"IHDR", b"IEND"]:
        raise NoPicture("The file is broken.")
    width, height, depth, kind, *rest = struct.unpack(">IIBBBBB", parts[0][1])
    if kind not in _DEPTHS or depth not in _DEPTHS[kind] or rest != [0, 0, 0]:
        raise NoPicture("Save the PNG with 8 bits a colour and without interlacing.")
    _check_size(width, height)
    line = (width * depth * _CHANNELS[kind] + 7) // 8 + 1
    pixels = b"".join(data for name, data in parts if name == b"IDAT")
    unpacking = zlib.decompressobj()
    unpacked = unpacking.decompress(pixels, line * height + 1)
    if len(unpacked) != line * height or max(unpacked[::line]) > 4:  # noqa: PLR2004 -- PNG's filters are 0 to 4
        raise NoPicture("The file is broken.")
    kept = b"".join(_chunk(name, data) for name, data in parts if name in _PNG_KEPT)
    return Picture("image/png", width, height, _PNG + kept)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield a PNG's parts up to its end."""
    place, name = len(_PNG), b""
    while name != b"IEND":
        (length,) = struct.unpack_from(">I", content, place)
        name, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        (check,) = struct.unpack_from(">I", content, place + 8 + length)
        if zlib.crc32(name + data) != check:
            raise NoPicture("The file is broken.")
        yield name, data
        place += 12 + length


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _jpeg(content: bytes) -> Picture:
    kept, size, place = [b"\xff\xd8"], (0, 0), 2
    while content[place : place + 2] != bytes((0xFF, _END)):
        marker = content[place + 1]
        if content[place] != 0xFF:  # noqa: PLR2004 -- how a marker begins
            raise NoPicture("The file is broken.")
        (length,) = struct.unpack_from(">H", content, place + 2)
        end = place + 2 + length
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", content, place + 5)
            size = (width, height)
        elif marker == _SCAN:
            end = _end_of_scan(content, end)
        elif marker not in _JPEG_KEPT and not 0xE0 <= marker <= 0xFE:  # noqa: PLR2004 -- notes
            raise NoPicture("Save the JPEG as a usual one, baseline or progressive.")
        if marker in _JPEG_KEPT or marker == _SCAN:
            kept.append(content[place:end])
        place = end
    _check_size(*size)
    return Picture("image/jpeg", *size, b"".join([*kept, b"\xff\xd9"]))


def _end_of_scan(content: bytes, place: int) -> int:
    """Return where the next marker behind a scan's data is."""
    while True:
        place = content.find(b"\xff", place)
        if place < 0:
            raise NoPicture("The file is broken.")
        if content[place + 1] not in _BARE:
            return place
        place += 2
