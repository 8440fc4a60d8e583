"""What `manage.py doctor` says of one part."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters."""

    WELL = "ok"
    WARNING = "warning"
    BAD = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of one part.

    Args:
        remedy: how to mend it; empty where all is well.
    """

    name: str
    level: Level
    said: str
    remedy: str = ""


def well(name: str, said: str) -> Finding:
    """Return that a part is in order."""
    return Finding(name, Level.WELL, said)
