"""Pictures for tests, made by hand: as small as can be, and as wrong as wanted."""

import struct
import zlib

_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def chunk(name, data):
    """Return a part of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, *, kind=6, rows=None, filter_=0, interlaced=0, pixel=b"\x1f\x5c\x4d\xff"):
    """Return a PNG of one colour."""
    line = bytes([filter_]) + pixel[: _CHANNELS[kind]] * width
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, interlaced)
    data = zlib.compress(line * (height if rows is None else rows))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", head), chunk(b"IDAT", data), chunk(b"IEND", b""))
    )


def jpeg(width, height):
    """Return the frame of a JPEG, with a scan that nobody decodes."""
    frame = struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8\xff\xc0" + frame + scan + b"\xff\xd9"
