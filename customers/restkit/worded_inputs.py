"""Values for which a few words may stand, and hashes that newer clients send in the place of a word."""

from collections.abc import Mapping
from typing import Any

from customers.restkit import inputs
from customers.restkit.inputs import Input


class InstantOrWordField(inputs.TimestampField):
    """An instant, or one of a few words.

    Args:
        words: those.
    """

    def __init__(self, words: tuple[str, ...], **options: Any) -> None:
        super().__init__(**options)
        self.words = words

    def read(self, value: Any, path: str) -> Any:
        return value if value in self.words else super().read(value, path)


class WordOrHashField(inputs.ChoiceField):
    """One of a few words, or a hash that has it as its `type`; yields the word.

    Args:
        of: the class that declares the hash.
    """

    def __init__(self, words: tuple[str, ...], of: type[Input], **options: Any) -> None:
        super().__init__(words, **options)
        self.of = of

    def read(self, value: Any, path: str) -> str:
        if isinstance(value, Mapping):
            return str(self.of.from_params(value, path)["type"])
        return super().read(value, path)


class InstantOrHashField(InstantOrWordField):
    """An instant, one of a few words, or a hash with either: `type` is a word, or `timestamp` beside the instant.

    Args:
        of: the class that declares the hash.
    """

    def __init__(self, words: tuple[str, ...], of: type[Input], **options: Any) -> None:
        super().__init__(words, **options)
        self.of = of

    def read(self, value: Any, path: str) -> Any:
        if not isinstance(value, Mapping):
            return super().read(value, path)
        said = self.of.from_params(value, path)
        if said["type"] != "timestamp":
            return said["type"]
        return inputs.TimestampField().accept(value.get("timestamp"), f"{path}[timestamp]")
