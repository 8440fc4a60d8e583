"""UNSET: "not sent", which differs from null and from an empty string."""

from enum import Enum
from typing import Final


class Unset(Enum):
    """The type of UNSET, so that `str | Unset` can be written."""

    UNSET = "unset"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET
