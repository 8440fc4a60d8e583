"""A logo as PDF has pictures: JPEG as it is, PNG without its filters and with its transparency apart."""

import struct
import zlib
from functools import lru_cache

import pydyf

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by PNG's colour type
_SPACES = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}
_FRAMES = {0xC0, 0xC1, 0xC2}


def size_of(content: bytes) -> tuple[int, int]:
    """Return how many pixels wide and high a picture is."""
    if content.startswith(b"\x89PNG"):
        width, height = struct.unpack_from(">II", content, 16)
        return width, height
    height, width, _channels = _frame(content)
    return width, height


def add(pdf: pydyf.PDF, content: bytes) -> bytes:
    """Add a picture to a file, and return the reference to it.

    Args:
        content: a PNG or a JPEG as `kit.pictures` lets them pass.
    """
    entries, data, alpha = _drawn(content)
    extra = pydyf.Dictionary({"Type": "/XObject", "Subtype": "/Image", **entries})
    if alpha is not None:
        mask = _stream({**entries, "ColorSpace": "/DeviceGray", "Filter": "/FlateDecode"}, alpha)
        pdf.add_object(mask)
        extra["SMask"] = mask.reference
    picture = pydyf.Stream([data], extra=extra)
    pdf.add_object(picture)
    reference: bytes = picture.reference
    return reference


def _stream(entries: dict[str, object], data: bytes) -> pydyf.Stream:
    return pydyf.Stream([data], extra={"Type": "/XObject", "Subtype": "/Image", **entries})


@lru_cache(maxsize=64)
def _drawn(content: bytes) -> tuple[dict[str, object], bytes, bytes | None]:
    """Return what PDF says of a picture, its colours, and how far they cover; None where they do all over."""
    width, height = size_of(content)
    entries: dict[str, object] = {"Width": width, "Height": height, "BitsPerComponent": 8}
    if content.startswith(b"\x89PNG"):
        return _png(content, entries, width)
    _height, _width, channels = _frame(content)
    entries |= {"ColorSpace": _SPACES[channels], "Filter": "/DCTDecode"}
    if channels == 4:  # noqa: PLR2004 -- JPEG writes the four colours of print the other way round
        entries["Decode"] = pydyf.Array([1, 0] * 4)
    return entries, content, None


def _frame(content: bytes) -> tuple[int, int, int]:
    """Return a JPEG's height, width and number of channels."""
    place = 2
    while content[place + 1] not in _FRAMES:
        place += 2 + struct.unpack_from(">H", content, place + 2)[0]
    height, width, channels = struct.unpack_from(">HHB", content, place + 5)
    return height, width, channels


def _png(
    content: bytes, entries: dict[str, object], width: int
) -> tuple[dict[str, object], bytes, bytes | None]:
    depth, kind = content[24], content[25]
    parts = _parts(content)
    entries |= {"BitsPerComponent": depth, "Filter": "/FlateDecode"}
    packed = b"".join(data for name, data in parts if name == b"IDAT")
    if kind in {4, 6}:
        lines = _unfiltered(zlib.decompress(packed), width * _CHANNELS[kind], _CHANNELS[kind])
        colours, alpha = _parted(lines, _CHANNELS[kind])
        entries["ColorSpace"] = _SPACES[_CHANNELS[kind] - 1]
        return entries, zlib.compress(colours), zlib.compress(alpha)
    space: object = _SPACES.get(_CHANNELS[kind])
    if kind == 3:  # noqa: PLR2004 -- a palette
        palette = next(data for name, data in parts if name == b"PLTE")
        space = pydyf.Array(["/Indexed", "/DeviceRGB", len(palette) // 3 - 1, f"<{palette.hex()}>"])
    entries["ColorSpace"] = space
    entries["DecodeParms"] = pydyf.Dictionary(
        {"Predictor": 15, "Colors": _CHANNELS[kind], "BitsPerComponent": depth, "Columns": width}
    )
    return entries, packed, None


def _parts(content: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], 8
    while place < len(content):
        (length,) = struct.unpack_from(">I", content, place)
        found.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def _parted(lines: bytes, channels: int) -> tuple[bytes, bytes]:
    """Return the colours and the transparency of pixels."""
    colours = bytearray(len(lines) // channels * (channels - 1))
    for channel in range(channels - 1):
        colours[channel :: channels - 1] = lines[channel::channels]
    return bytes(colours), lines[channels - 1 :: channels]


def _unfiltered(data: bytes, length: int, step: int) -> bytes:
    """Return the bytes of pixels, of which PNG writes what each line has beyond its neighbours.

    Source: https://www.w3.org/TR/png-3/#9Filters
    """
    above, whole = bytearray(length), bytearray()
    for place in range(0, len(data), length + 1):
        line = bytearray(data[place + 1 : place + 1 + length])
        _restore(line, above, data[place], step)
        whole += line
        above = line
    return bytes(whole)


def _restore(line: bytearray, above: bytearray, kind: int, step: int) -> None:
    for place in range(len(line) if kind else 0):
        left = line[place - step] if place >= step else 0
        corner = above[place - step] if place >= step else 0
        guess = (0, left, above[place], (left + above[place]) // 2)
        more = guess[kind] if kind < len(guess) else _nearest(left, above[place], corner)
        line[place] = (line[place] + more) & 0xFF


def _nearest(left: int, above: int, corner: int) -> int:
    """Return the neighbour to which the sum of the sides less the corner is nearest; Paeth's filter."""
    wanted = left + above - corner
    return min((left, above, corner), key=lambda one: abs(wanted - one))
