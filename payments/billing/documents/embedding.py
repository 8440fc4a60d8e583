"""Fonts inside the file: only the glyphs that are drawn, each with a code that says which character it stands for.

A code belongs to a glyph and its text together, so that what is copied out of the file is what was put in. A font with
TrueType outlines has a table from codes to glyphs; in one with PostScript outlines the code is the glyph, and what a
second text of the same glyph means is said beside it (/ActualText).
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import pydyf
import uharfbuzz as hb

from payments.billing.documents.faces import Face
from payments.billing.documents.shaping import BLANK

_DROPPED = (
    "GSUB",
    "GPOS",
    "GDEF",
    "BASE",
    "name",
    "STAT",
    "DSIG",
    "post",
    "cmap",
    "OS/2",
    "gasp",
    "vhea",
    "vmtx",
    "VORG",
)
_FLAGS = (
    hb.SubsetFlags.NO_HINTING
    | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    | hb.SubsetFlags.NO_BIDI_CLOSURE
    | hb.SubsetFlags.NOTDEF_OUTLINE
    | hb.SubsetFlags.DOWNGRADE_CFF2  # PDF readers know the older format only
    | hb.SubsetFlags.CFF_IDENTITY_CHARSET
)
_MAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{mappings}
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
_AT_ONCE = 100  # mappings in one section of the map, its most
_MOST_CODES = 65_535

_Object = TypeVar("_Object", bound=pydyf.Object)


@dataclass
class Embedded:
    """A font as one file has it: first every glyph is used, then codes are asked for, then the objects are written."""

    face: Face
    name: str
    _used: dict[tuple[int, str], int] = field(default_factory=dict)

    def use(self, glyph: int, text: str) -> None:
        """Note that a glyph is drawn for a text."""
        self._used.setdefault((glyph, text), len(self._used) + 1)

    def code(self, glyph: int, text: str) -> int:
        """Return the code of a glyph that stands for this text."""
        if self._table_of_codes:
            return min(self._used[glyph, text], _MOST_CODES)
        return self._number(glyph)

    def width(self, glyph: int) -> int:
        """Return how far a reader moves on after the glyph, in thousandths of the size."""
        if glyph == BLANK:
            return 0 if self._table_of_codes else self.face.advance(self.face.space)
        return self.face.advance(glyph)

    def says(self, glyph: int, text: str) -> bool:
        """Return whether the code alone says this text."""
        return self._texts[self.code(glyph, text)] == text

    @property
    def _table_of_codes(self) -> bool:
        return self.face.has_truetype_outlines

    @cached_property
    def _texts(self) -> dict[int, str]:
        texts: dict[int, str] = {}
        for glyph, text in self._used:
            code = self.code(glyph, text)
            texts.setdefault(code, text)
        return texts

    @cached_property
    def _plan(self) -> hb.SubsetPlan:
        wanted = hb.SubsetInput()
        wanted.glyph_set.update(self._drawn(glyph) for glyph, _ in self._used)
        wanted.pin_axis_location(self.face.face, "wght", self.face.weight)
        wanted.flags = _FLAGS
        for tag in _DROPPED:
            wanted.drop_table_tag_set.add(int.from_bytes(tag.encode(), "big"))
        return hb.SubsetPlan(self.face.face, wanted)

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return dict(self._plan.old_to_new_glyph_mapping)

    def _number(self, glyph: int) -> int:
        return self._numbers[self._drawn(glyph)]

    def _drawn(self, glyph: int) -> int:
        return self.face.space if glyph == BLANK else glyph

    def write(self, pdf: pydyf.PDF) -> pydyf.Dictionary:
        """Add the font's objects to a file and return the one that pages name."""
        subset = self._plan.execute()
        program = self._program(subset)
        name = f"{hashlib.sha256(program).hexdigest().translate(_LETTERS)[:6]}+{self.face.name}-{self.face.weight}"
        descriptor = self._descriptor(pdf, subset, program, name)
        descendant = self._descendant(pdf, descriptor, name)
        texts = _added(pdf, pydyf.Stream([self._map().encode()], compress=True))
        values = {
            "Type": "/Font",
            "Subtype": "/Type0",
            "BaseFont": f"/{name}",
            "Encoding": "/Identity-H",
        }
        values |= {
            "DescendantFonts": pydyf.Array([descendant.reference]),
            "ToUnicode": texts.reference,
        }
        return _added(pdf, pydyf.Dictionary(values))

    def _program(self, subset: hb.Face) -> bytes:
        if self._table_of_codes:
            return bytes(subset.blob.data)
        return bytes(subset.reference_table("CFF ").data)

    def _descriptor(
        self, pdf: pydyf.PDF, subset: hb.Face, program: bytes, name: str
    ) -> pydyf.Dictionary:
        scale = 1000 / subset.upem
        box = [round(_signed(subset, place) * scale) for place in (36, 38, 40, 42)]
        extents = self.face.font.get_font_extents("ltr")
        values = {"Type": "/FontDescriptor", "FontName": f"/{name}", "Flags": 4, "ItalicAngle": 0}
        values |= {
            "FontBBox": pydyf.Array(box),
            "Ascent": extents.ascender,
            "Descent": extents.descender,
        }
        values |= {"CapHeight": 714, "StemV": 50 + self.face.weight // 10}
        if self._table_of_codes:
            file = pydyf.Stream([program], {"Length1": len(program)}, compress=True)
            values["FontFile2"] = _added(pdf, file).reference
        else:
            file = pydyf.Stream([program], {"Subtype": "/CIDFontType0C"}, compress=True)
            values["FontFile3"] = _added(pdf, file).reference
        return _added(pdf, pydyf.Dictionary(values))

    def _descendant(
        self, pdf: pydyf.PDF, descriptor: pydyf.Dictionary, name: str
    ) -> pydyf.Dictionary:
        system = pydyf.Dictionary(
            {
                "Registry": pydyf.String("Adobe"),
                "Ordering": pydyf.String("Identity"),
                "Supplement": 0,
            }
        )
        values = {"Type": "/Font", "BaseFont": f"/{name}", "CIDSystemInfo": system}
        values |= {"FontDescriptor": descriptor.reference, "W": self._widths(), "DW": 1000}
        values["Subtype"] = "/CIDFontType2" if self._table_of_codes else "/CIDFontType0"
        if self._table_of_codes:
            table = pydyf.Stream([self._glyphs_of_codes()], compress=True)
            values["CIDToGIDMap"] = _added(pdf, table).reference
        return _added(pdf, pydyf.Dictionary(values))

    def _glyphs_of_codes(self) -> bytes:
        numbers = [0, *(self._number(glyph) for glyph, _ in self._used)]
        return b"".join(number.to_bytes(2, "big") for number in numbers[: _MOST_CODES + 1])

    def _widths(self) -> pydyf.Array:
        widths = {self.code(*used): self.width(used[0]) for used in self._used}
        listed = pydyf.Array()
        for code, width in sorted(widths.items()):
            listed += [code, pydyf.Array([width])]
        return listed

    def _map(self) -> str:
        lines = [
            f"<{code:04X}> <{text.encode('utf-16-be').hex().upper()}>"
            for code, text in sorted(self._texts.items())
        ]
        sections = [lines[start : start + _AT_ONCE] for start in range(0, len(lines), _AT_ONCE)]
        return _MAP.format(
            mappings="\n".join(
                "\n".join([f"{len(section)} beginbfchar", *section, "endbfchar"])
                for section in sections
            )
        )


class Fonts:
    """The fonts of one file, by the names that its pages call them."""

    def __init__(self) -> None:
        self._embedded: dict[Face, Embedded] = {}

    def of(self, face: Face) -> Embedded:
        """Return the font's embedding in this file, begun with its first use."""
        if face not in self._embedded:
            self._embedded[face] = Embedded(face, f"F{len(self._embedded)}")
        return self._embedded[face]

    def write(self, pdf: pydyf.PDF) -> pydyf.Dictionary:
        """Add all fonts to the file and return the dictionary that pages refer to."""
        fonts = {one.name: one.write(pdf).reference for one in self._embedded.values()}
        return _added(pdf, pydyf.Dictionary(fonts))


_LETTERS = str.maketrans("0123456789abcdef", "ABCDEFGHIJKLMNOP")


def _signed(subset: hb.Face, place: int) -> int:
    head = bytes(subset.reference_table("head").data)
    return int.from_bytes(head[place : place + 2], "big", signed=True)


def _added(pdf: pydyf.PDF, item: _Object) -> _Object:
    pdf.add_object(item)
    return item
