"""How a higher app joins in when a lower one acts: it registers a plain function in its `apps.py`."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

F = TypeVar("F", bound=Callable[..., object])


class Hook(Generic[F]):
    """A named place where others may add functions, called in the order in which they were added."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._functions: list[F] = []

    def register(self, function: F) -> F:
        """Add a function; adding the same one again changes nothing."""
        if function not in self._functions:
            self._functions.append(function)
        return function

    def __iter__(self) -> Iterator[F]:
        return iter(self._functions)


class Lookup(Generic[F]):
    """A table of functions by name, filled by higher apps."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._functions: dict[str, F] = {}

    def register(self, key: str, function: F) -> None:
        """Add the function that answers for `key`.

        Raises:
            ValueError: another function already does.
        """
        if self._functions.get(key, function) is not function:
            message = f"{self.name} already has an entry for {key!r}."
            raise ValueError(message)
        self._functions[key] = function

    def __getitem__(self, key: str) -> F:
        return self._functions[key]

    def __contains__(self, key: str) -> bool:
        return key in self._functions
