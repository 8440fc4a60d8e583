"""Text to glyphs: which font sets which characters, and where HarfBuzz puts them."""

from dataclasses import dataclass, replace
from functools import lru_cache

import regex
import uharfbuzz as hb

from payments.billing.documents import directions, faces
from payments.billing.documents.faces import Face

BLANK = -1
_AS_ONE = regex.compile(r"\X")
_JOINED_TO_BEFORE = regex.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Glyph:
    """One drawn shape; lengths in thousandths of the size.

    Args:
        number: in its font; `BLANK` draws nothing and says a character that has no shape of its own.
        text: what it says where text is copied; "" for a shape that is drawn beside the one that says it.
    """

    number: int
    advance: int
    right: int
    up: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The glyphs that stand for some characters together, from left to right."""

    text: str
    glyphs: tuple[Glyph, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of characters of one font that run one way."""

    start: int
    end: int
    face: Face
    level: int


@dataclass(frozen=True, slots=True)
class Shaped:
    """A span that has its glyphs."""

    face: Face
    clusters: tuple[Cluster, ...]
    width: int


def spans(text: str, weight: int, language: str, *, right_to_left: bool) -> list[Span]:
    """Return the stretches that are shaped in one go, in the order of reading."""
    levels = directions.levels(text, right_to_left=right_to_left)
    forms = faces.chinese_forms(language, text)
    found: list[Span] = []
    for cluster in _AS_ONE.finditer(text):
        face = _face(cluster.group(), weight, forms, found)
        for place in range(cluster.start(), cluster.end()):
            _extend(found, place, face, levels[place])
    return found


def _face(cluster: str, weight: int, forms: int, before: list[Span]) -> Face:
    """Return the font of a character; a space is set in the font of what stands before it."""
    if before and before[-1].face.sets_spaces and _JOINED_TO_BEFORE.match(cluster):
        last = before[-1].face
        return last if last.covers(cluster) else faces.face_for(cluster, weight, forms)
    return faces.face_for(cluster, weight, forms)


def _extend(found: list[Span], place: int, face: Face, level: int) -> None:
    last = found[-1] if found else None
    if last and last.face is face and last.level == level:
        found[-1] = Span(last.start, place + 1, face, level)
    else:
        found.append(Span(place, place + 1, face, level))


@lru_cache(maxsize=8192)
def shaped(face: Face, text: str, language: str, *, leftwards: bool) -> Shaped:
    """Return the glyphs of a text in one font."""
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if leftwards else "ltr"
    buffer.language = language
    buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_CHARACTERS
    hb.shape(face.font, buffer)
    clusters = [_spoken(one, face, leftwards=leftwards) for one in _clusters(text, buffer)]
    width = sum(glyph.advance for cluster in clusters for glyph in cluster.glyphs)
    return Shaped(face, tuple(clusters), width)


def _clusters(text: str, buffer: hb.Buffer) -> list[Cluster]:
    grouped: dict[int, list[Glyph]] = {}
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions or (), strict=True):
        glyph = Glyph(info.codepoint, position.x_advance, position.x_offset, position.y_offset)
        grouped.setdefault(info.cluster, []).append(glyph)
    starts = sorted(grouped)
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    return [Cluster(text[start : ends[start]], tuple(glyphs)) for start, glyphs in grouped.items()]


def _spoken(cluster: Cluster, face: Face, *, leftwards: bool) -> Cluster:
    """Return the cluster with every character said by one glyph.

    Readers of PDF files put characters in the order of their places, and lose those of marks that are raised; so the
    widest glyph on the line says the first character, what it stands for besides is said by blanks behind it, and the
    other glyphs say nothing.
    """
    on_line = [glyph for glyph in cluster.glyphs if glyph.up == 0]
    base = max(on_line, key=lambda glyph: glyph.advance) if on_line else None
    said = [cluster.text] if base and not face.has_truetype_outlines else list(cluster.text)
    blanks = [Glyph(BLANK, 0, 0, 0, character) for character in (said[1:] if base else said)]
    if leftwards:
        blanks.reverse()
    glyphs: list[Glyph] = [] if base else [*blanks]
    for glyph in cluster.glyphs:
        if glyph is base:
            speaking = [replace(glyph, text=said[0])]
            glyphs += [*blanks, *speaking] if leftwards else [*speaking, *blanks]
        else:
            glyphs.append(glyph)
    return Cluster(cluster.text, tuple(glyphs))
