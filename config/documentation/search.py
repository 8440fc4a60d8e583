"""Finding what the documentation says; it is small enough to be looked through for each question."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from rapidfuzz import process

from config.documentation import contents
from config.documentation.contents import Page

LONGEST = 100
"""Characters of a question that are read."""
MOST = 30
"""Results that are shown."""
_AROUND = 90  # characters of an excerpt on either side of what was found
_ALIKE = 75  # of 100, from which on a word may be another one mistyped
_OF_TITLE, _OF_HEADING, _MOST_OF_TEXT = 12, 8, 5


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below a heading.

    Args:
        anchor: of the heading; empty above the first one.
    """

    page: Page
    anchor: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """A section that answers a question.

    Args:
        excerpt: its text around what was found, in pieces; every second one is what was asked for.
    """

    section: Section
    excerpt: list[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question came to.

    Args:
        words: those that were looked for; others than asked for where these stand nowhere.
    """

    words: list[str]
    results: list[Result]


def find(question: str) -> Answer:
    """Return the sections that hold every word of a question, the best first."""
    words = [_known(word) for word in question[:LONGEST].lower().split()]
    if not words:
        return Answer([], [])
    rated = [(_rating(section, words), section) for section in _sections()]
    best = sorted((each for each in rated if each[0]), key=lambda each: -each[0])[:MOST]
    return Answer(words, [Result(section, _excerpt(section.text, words)) for _, section in best])


def _known(word: str) -> str:
    """Return a word, or the most similar one of the documentation where it is nowhere."""
    if any(word in text for text in _texts()):
        return word
    similar = process.extractOne(word, _vocabulary(), score_cutoff=_ALIKE)
    return similar[0] if similar else word


def _rating(section: Section, words: list[str]) -> int:
    """Return how well a section fits; 0 where a word is missing."""
    title, heading = section.page.title.lower(), section.heading.lower()
    text = section.text.lower()
    ratings = [
        _OF_TITLE * (word in title and not section.anchor)
        + _OF_HEADING * (word in heading)
        + min(text.count(word), _MOST_OF_TEXT)
        for word in words
    ]
    return sum(ratings) if all(ratings) else 0


def _excerpt(text: str, words: list[str]) -> list[str]:
    """Return a part of a text in pieces; every second one is one of the words."""
    low = text.lower()
    found = [place for word in words if (place := low.find(word)) >= 0]
    begin = max(0, min(found, default=0) - _AROUND)
    part = textwrap.shorten(text[begin:], 2 * _AROUND, placeholder=" …")
    if begin:
        part = f"… {part.partition(' ')[2]}"
    pieces, end = [], 0
    for place, word in _marks(part.lower(), words):
        pieces += [part[end:place], part[place : place + len(word)]]
        end = place + len(word)
    return [*pieces, part[end:]]


def _marks(low: str, words: list[str]) -> Iterator[tuple[int, str]]:
    """Yield where words stand, without overlap."""
    end = 0
    while found := [(place, word) for word in words if (place := low.find(word, end)) >= 0]:
        place, word = min(found, key=lambda each: (each[0], -len(each[1])))
        yield place, word
        end = place + len(word)


@cache
def _sections() -> tuple[Section, ...]:
    return tuple(section for page in contents.pages().values() for section in _sections_of(page))


@cache
def _texts() -> tuple[str, ...]:
    return tuple(
        f"{section.page.title} {section.heading} {section.text}".lower() for section in _sections()
    )


@cache
def _vocabulary() -> frozenset[str]:
    words = {word.strip(".,:;()`*'\"?") for text in _texts() for word in text.split()}
    return frozenset(word for word in words if word.replace("_", "").isalpha())


def _sections_of(page: Page) -> Iterator[Section]:
    tokens = page.tokens
    starts = [
        place
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and "id" in token.attrs
    ]
    first = starts[0] if starts else len(tokens)
    yield Section(page, "", "", f"{page.summary} {_words(page, 0, first)}")
    for begin, end in pairwise([*starts, len(tokens)]):
        heading = contents.text_of(tokens[begin + 1])
        anchor = str(tokens[begin].attrs["id"])
        yield Section(page, anchor, heading, _words(page, begin + 3, end))


def _words(page: Page, begin: int, end: int) -> str:
    """Return what a part of a page says, on one line."""
    said = [
        contents.text_of(token) if token.type == "inline" else token.content
        for token in page.tokens[begin:end]
        if token.type in {"inline", "fence"}
    ]
    return " ".join(" ".join(said).split())
