"""Where a line may end.

Japanese, Chinese and Thai put no spaces between words: BudouX finds the words there. Korean and the rest end lines at
spaces and after hyphens. A word wider than its column is cut between characters, which is not decided here.
"""

from collections.abc import Callable
from functools import cache

import budoux
import regex

_SPACE = r"[ \u1680\u2000-\u2006\u2008-\u200b\u205f\u3000]"
_AFTER_SPACE = regex.compile(rf"(?<={_SPACE})(?!{_SPACE})")
_AFTER_HYPHEN = regex.compile(r"(?<=\p{L}[-\u2010\u2013/])(?=\p{L})")
_IDEOGRAPHIC = (
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\u3001-\u303f\u30fb\u30fc\uff01-\uff60]+"
)
_UNSPACED = regex.compile(rf"(?P<ideographic>{_IDEOGRAPHIC})|(?P<thai>\p{{Thai}}+)")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
# What must not begin a line, and what must not end one.
_NOT_FIRST = regex.compile(
    r"[\p{M}\p{Pe}\p{Pf}\p{Lm}\u200d,.:;?!%\u2030°ฯ\u3001\u3002\u30fb\uff01\uff05\uff0c\uff0e\uff1a\uff1b\uff1f"
    r"ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ]"
)
_NOT_LAST = regex.compile(r"[\p{Ps}\p{Pi}\p{Sc}\u200d#\uff03]")


@cache
def _parser(kind: str) -> Callable[[str], list[str]]:
    load: dict[str, Callable[[], budoux.Parser]] = {
        "ja": budoux.load_default_japanese_parser,
        "zh-hans": budoux.load_default_simplified_chinese_parser,
        "zh-hant": budoux.load_default_traditional_chinese_parser,
        "th": budoux.load_default_thai_parser,
    }
    return load[kind]().parse


def _kind(words: regex.Match[str], language: str) -> str:
    if words.lastgroup == "thai":
        return "th"
    main, *rest = language.lower().split("-")
    if main == "ja" or _KANA.search(words.group()):
        return "ja"
    return "zh-hant" if {"hant", "tw", "hk", "mo"} & set(rest) else "zh-hans"


def _between_words(words: regex.Match[str], language: str) -> set[int]:
    places, place = {words.start(), words.end()}, words.start()
    for chunk in _parser(_kind(words, language))(words.group()):
        places.add(place)
        place += len(chunk)
    return places


def opportunities(text: str, language: str) -> list[int]:
    """Return the places before which a line may end, in order; the end of the text is the last."""
    places = {found.start() for found in _AFTER_SPACE.finditer(text)}
    places |= {found.start() for found in _AFTER_HYPHEN.finditer(text)}
    for words in _UNSPACED.finditer(text):
        places |= _between_words(words, language)
    inner = {place for place in places if 0 < place < len(text) and _may_part(text, place)}
    return [*sorted(inner), len(text)]


def _may_part(text: str, place: int) -> bool:
    return not _NOT_FIRST.match(text, place) and not _NOT_LAST.match(text, place - 1)
