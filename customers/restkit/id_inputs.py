"""Ids on their way in, which every dialect takes in any dialect's spelling."""

from typing import Any

from customers.restkit import omise_ids
from customers.restkit.inputs import TextField

MAX_ID = 80  # characters, with room for the longest test token and for `test_`


class IdField(TextField):
    """An id in any spelling (rule C23); yields ours."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("emptied", ...)
        super().__init__(max_length=MAX_ID, **options)

    def read(self, value: Any, path: str) -> str:
        return omise_ids.canonical(super().read(value, path))
