"""Who is erased: what identified the customer, gathered before it goes, so that it can be looked for afterwards."""

from collections.abc import Iterable, Iterator
from typing import Any

from customers.models import Customer
from customers.services.erasing import Subject, Treatment

_MOST = 200
_SHORTEST_WORD = 5
_SHORTEST = 4


def of(customer: Customer, treatments: Iterable[Treatment]) -> Subject:
    """Return a customer with what identifies them, as far as it is still known."""
    bare = Subject(customer)
    told: dict[str, None] = {}
    for treatment in treatments:
        if treatment.told:
            rows = treatment.rows(bare).order_by("pk").values_list(*treatment.told)[:_MOST]
            for row in rows:
                told.update(dict.fromkeys(_texts(row)))
    known = [text for text in told if _is_telling(text)][:_MOST]
    emails = [text for text in known if "@" in text]
    return Subject(customer, emails=tuple(emails), values=tuple(known))


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a value, however deep."""
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _is_telling(text: str) -> bool:
    """Tell whether a text is found again for what it is: not a country's code, and no word that stands everywhere."""
    if text.isalpha() and text.isascii():
        return len(text) >= _SHORTEST_WORD
    return len(text) >= _SHORTEST
