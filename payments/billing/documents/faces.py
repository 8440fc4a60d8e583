"""The fonts: Noto, out of Python packages, so that nothing has to be installed on the machine.

A file is mapped into memory when the first letter of its script is met, and kept. All of them are variable fonts.
"""

from collections.abc import Iterator
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path

import regex
import uharfbuzz as hb

REGULAR, STRONG = 400, 600

_SANS, _EMOJI, _SYMBOLS, _CJK = "NotoSans", "NotoEmoji", "NotoSansSymbols", "NotoSansCJK"
_THAI = "NotoSansThai"  # has the sign of the baht, which belongs to no script
_SCRIPTS = [
    "Arabic",
    "Armenian",
    "Bengali",
    "Devanagari",
    "Ethiopic",
    "Georgian",
    "Gujarati",
    "Gurmukhi",
    "Hebrew",
]
_SCRIPTS += [
    "Kannada",
    "Khmer",
    "Lao",
    "Malayalam",
    "Myanmar",
    "Oriya",
    "Sinhala",
    "Tamil",
    "Telugu",
    "Thai",
]
_SCRIPT = regex.compile(
    r"(?P<NotoSansCJK>[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}])|"
    + "|".join(rf"(?P<NotoSans{name}>\p{{scx={name}}})" for name in _SCRIPTS)
)
_OTHERS = [f"NotoSans{name}" for name in _SCRIPTS]
_AS_PICTURE = regex.compile(r"\p{Emoji_Presentation}|\p{Emoji}\uFE0F")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_HANGUL = regex.compile(r"\p{Hangul}")
_INVISIBLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")

_JAPANESE, _KOREAN, _SIMPLIFIED, _TRADITIONAL, _HONG_KONG = range(5)  # the collection's order


class _Path:
    """A pen that writes what is drawn with it as instructions of a page."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self._at = (0.0, 0.0)

    def moveTo(self, to: tuple[float, float]) -> None:  # noqa: N802 -- HarfBuzz calls it so
        self._write("m", to)

    def lineTo(self, to: tuple[float, float]) -> None:  # noqa: N802 -- HarfBuzz calls it so
        self._write("l", to)

    def qCurveTo(self, by: tuple[float, float], to: tuple[float, float]) -> None:  # noqa: N802 -- HarfBuzz calls it so
        """Write a curve with one handle as the same curve with two."""
        self.curveTo(_third(self._at, by), _third(to, by), to)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802 -- HarfBuzz calls it so
        self._write("c", *points)

    def closePath(self) -> None:  # noqa: N802 -- HarfBuzz calls it so
        self.steps.append("h")

    def _write(self, step: str, *points: tuple[float, float]) -> None:
        self.steps.append(" ".join([*(f"{value:g}" for point in points for value in point), step]))
        self._at = points[-1]


def _third(end: tuple[float, float], by: tuple[float, float]) -> tuple[float, float]:
    across, up = (round(one + (two - one) * 2 / 3, 1) for one, two in zip(end, by, strict=True))
    return across, up


class Face:
    """A font in one weight. All its lengths are thousandths of the size."""

    def __init__(self, name: str, face: hb.Face, characters: frozenset[int], weight: int) -> None:
        self.name, self.face, self.weight = name, face, weight
        self._characters = characters
        self.has_truetype_outlines = "glyf" in face.table_tags
        self.font = hb.Font(face)
        self.font.scale = (1000, 1000)
        self.font.set_variations({"wght": weight})
        self._outlines: dict[int, str] = {}

    def covers(self, text: str) -> bool:
        """Return whether the font has a glyph for every visible character."""
        return all(ord(one) in self._characters or _INVISIBLE.match(one) for one in text)

    @property
    def sets_spaces(self) -> bool:
        """Whether its space is as wide as one between words should be."""
        return self.name not in {_EMOJI, _SYMBOLS}

    def advance(self, glyph: int) -> int:
        """Return how far a glyph moves the pen."""
        return int(self.font.get_glyph_h_advance(glyph))

    def outline(self, glyph: int) -> str:
        """Return the instructions that draw a glyph; nothing for one without a shape."""
        if glyph not in self._outlines:
            path = _Path()
            self.font.draw_glyph_with_pen(glyph, path)
            self._outlines[glyph] = "\n".join(path.steps)
        return self._outlines[glyph]

    @cached_property
    def space(self) -> int:
        """The number of the glyph that draws nothing."""
        return int(self.font.get_nominal_glyph(ord(" ")) or 0)


def missing() -> list[str]:
    """Return the names of the fonts whose files are not there."""
    return [name for name in (_SANS, _EMOJI, _SYMBOLS, _CJK, *_OTHERS) if not _path(name).is_file()]


def _path(name: str) -> Path:
    if name == _CJK:
        return Path(str(files("manimgx_fonts_cjk"))) / "NotoSansCJK-VF.otf.ttc"
    return Path(str(files("manimgx_fonts"))) / f"{name}[wght].ttf"


@cache
def _mapped(name: str, index: int) -> hb.Face:
    return hb.Face(hb.Blob.from_file_path(str(_path(name))), index)


@cache
def _characters(name: str, index: int) -> frozenset[int]:
    return frozenset(_mapped(name, index).unicodes)


@cache
def _face(name: str, weight: int, index: int = 0) -> Face:
    face, characters = _mapped(name, index), _characters(name, index)
    return Face(f"{name}{index or ''}", face, characters, weight)


def chinese_forms(language: str, text: str) -> int:
    """Return which forms of Chinese characters a text wants: its language's, else those of its other letters."""
    main, *rest = language.lower().split("-")
    if main == "zh":
        if {"hk", "mo"} & set(rest):
            return _HONG_KONG
        return _TRADITIONAL if {"hant", "tw"} & set(rest) else _SIMPLIFIED
    if main == "ja" or (main != "ko" and _KANA.search(text)):
        return _JAPANESE
    return _KOREAN if main == "ko" or _HANGUL.search(text) else _SIMPLIFIED


def _candidates(cluster: str, weight: int, forms: int) -> Iterator[Face]:
    if _AS_PICTURE.match(cluster):
        yield _face(_EMOJI, weight)
    yield _face(_SANS, weight)
    if found := _SCRIPT.match(cluster):
        name = str(found.lastgroup)
        yield _face(name, weight, forms if name == _CJK else 0)
    yield from (_face(name, weight) for name in (_THAI, _SYMBOLS))
    yield _face(_CJK, weight, forms)
    yield from (_face(name, weight) for name in (_EMOJI, *_OTHERS))


@lru_cache(maxsize=16384)
def face_for(cluster: str, weight: int, forms: int) -> Face:
    """Return the first font that has all of what is read as one character; one that shows a box if none has."""
    covering = (face for face in _candidates(cluster, weight, forms) if face.covers(cluster))
    return next(covering, _face(_SANS, weight))
