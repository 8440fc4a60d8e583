"""A state machine is a table: which status may follow which, and the event that tells of it."""

from collections.abc import Mapping

from customers.kit.errors import InvalidState


class Transitions:
    """The allowed moves of one model's status.

    Args:
        table: by (from, to), the event to publish; an empty text publishes none.
    """

    def __init__(self, table: Mapping[tuple[str, str], str]) -> None:
        self.table = {(str(before), str(after)): event for (before, after), event in table.items()}

    def event(self, before: str, after: str, *, noun: str) -> str:
        """Return the event of a move.

        Raises:
            InvalidState: the table does not have it.
        """
        try:
            return self.table[(str(before), str(after))]
        except KeyError as error:
            raise InvalidState(f"This {noun} is {before}, so it cannot become {after}.") from error

    def allows(self, before: str, after: str) -> bool:
        """Tell whether the table has a move."""
        return (str(before), str(after)) in self.table
