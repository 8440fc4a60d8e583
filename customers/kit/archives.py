"""ZIP files that are read out while they are written, so that their size costs no memory."""

import zipfile
from collections.abc import Iterable, Iterator


class _Sink:
    """What a ZIP file is written into while it is read out on the other side."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, piece: bytes) -> int:
        """Take a piece."""
        self._waiting.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: pieces are there at once."""

    def taken(self) -> bytes:
        """Return what was written since."""
        found = b"".join(self._waiting)
        self._waiting.clear()
        return found


def zipped(members: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """Yield a ZIP file, piece by piece.

    Args:
        members: the files in it, each with its name and its pieces; a file is asked for when the one before has ended.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # it only writes
        for name, pieces in members:
            with archive.open(name, "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece)
                    if ready := sink.taken():
                        yield ready
            yield sink.taken()
    yield sink.taken()
