"""Ids on their way in, which every dialect takes in any dialect's spelling."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.restkit import omise_ids
from customers.restkit.inputs import HashField, TextField
from customers.services import aliases

MAX_ID = 80  # characters, with room for the longest test token and for `test_`
_followed: ContextVar[Mapping[str, str]] = ContextVar("followed_aliases", default={})  # noqa: B039 -- never changed


@contextmanager
def following(names: Mapping[str, str]) -> Iterator[None]:
    """Let other names of objects be read as the ids that they stand for.

    Args:
        names: the ids by name.
    """
    token = _followed.set(names)
    try:
        yield
    finally:
        _followed.reset(token)


def followed(name: str) -> str:
    """Return the id that a name stands for here; the name itself where it is followed nowhere."""
    return _followed.get().get(name, name)


def targets(texts: Iterable[str]) -> dict[str, str]:
    """Return the ids that texts stand for which are other names of objects, in any dialect's spelling."""
    spellings = {text: [text, *omise_ids.candidates(text)] for text in texts}
    found = aliases.targets({name for names in spellings.values() for name in names})
    return {
        name: found[known]
        for names in spellings.values()
        if (known := next((name for name in names if name in found), ""))
        for name in names
    }


class ChosenIdField(TextField):
    """An id that a merchant chooses: as it can stand in a path, and not to be taken for another dialect's spelling."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("emptied", ...)
        super().__init__(
            max_length=64,
            pattern=r"[A-Za-z0-9_\-]{1,64}",
            wording="an id has up to 64 letters of ASCII, digits, hyphens and underscores.",
            **options,
        )

    def read(self, value: Any, path: str) -> str:
        text = super().read(value, path)
        if omise_ids.canonical(text) != text:
            raise InvalidRequest(
                f"Invalid {path}: '{text}' would be taken for the id of another object.", param=path
            )
        return text


class IdOrHashField(HashField):
    """An id, or a hash of declared parameters of what is to be made."""

    def read(self, value: Any, path: str) -> Any:
        return IdField().read(value, path) if isinstance(value, str) else super().read(value, path)


class IdField(TextField):
    """An id in any spelling (rule C23); yields ours."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("emptied", ...)
        super().__init__(max_length=MAX_ID, **options)

    def read(self, value: Any, path: str) -> str:
        return followed(omise_ids.canonical(super().read(value, path)))
