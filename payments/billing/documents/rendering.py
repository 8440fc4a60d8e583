"""A document as the bytes of a PDF file. The same content gives the same bytes."""

from datetime import UTC
from io import BytesIO
from itertools import chain

import pydyf
import regex

from payments.billing.documents import colours, painting, parts, pictures
from payments.billing.documents.content import Document
from payments.billing.documents.embedding import Fonts
from payments.billing.documents.layout import Page, paginated
from payments.billing.documents.lines import Voice
from payments.billing.documents.sheet import Sheet
from payments.billing.documents.table import table
from payments.billing.documents.wording import cleaned_line

_LANGUAGE = regex.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_FOOT = 44.0  # points from the bottom of the page to the top of its foot


def render(document: Document) -> bytes:
    """Return the document as a PDF file."""
    voice = Voice(_language(document.language), document.right_to_left)
    sheet = Sheet.of(document.page_size, voice, colours.from_hex(document.colour))
    return _written(document, _pages(document, sheet), sheet)


def _language(tag: str) -> str:
    hyphened = tag.replace("_", "-")
    return hyphened if _LANGUAGE.fullmatch(hyphened) else "und"


def _pages(document: Document, sheet: Sheet) -> list[Page]:
    groups = chain(
        [parts.head(document, sheet)],
        parts.facts(document.facts, sheet),
        parts.facts(document.custom_fields, sheet),
        parts.parties(document, sheet),
        parts.panel(document, sheet),
        parts.memo(document, sheet),
        table(document, sheet),
        parts.totals(document, sheet),
        parts.footer(document, sheet),
    )
    pages = paginated(groups, sheet.height)
    pages[0].put_at(0, parts.bar(sheet))
    for number, page in enumerate(pages, 1):
        foot = parts.page_foot(document, sheet, number, len(pages))
        page.put_at(sheet.height - _FOOT, foot)
    return pages


def _written(document: Document, pages: list[Page], sheet: Sheet) -> bytes:
    pdf, fonts = pydyf.PDF(), Fonts()
    painting.note_glyphs(pages, fonts)
    resources = pydyf.Dictionary({"Font": fonts.write(pdf).reference})
    if document.logo:
        picture = pictures.add(pdf, document.logo)
        resources["XObject"] = pydyf.Dictionary({painting.LOGO: picture})
    pdf.add_object(resources)
    for page in pages:
        _add(pdf, page, sheet, fonts, resources)
    _describe(pdf, document, sheet)
    file = BytesIO()
    pdf.write(file, compress=True)
    return file.getvalue()


def _add(
    pdf: pydyf.PDF, page: Page, sheet: Sheet, fonts: Fonts, resources: pydyf.Dictionary
) -> None:
    mirrored = sheet.voice.right_to_left
    stream = painting.painted(page, sheet.width, fonts, mirrored=mirrored)
    links = painting.targets(page, sheet.width, mirrored=mirrored)
    for item in (stream, *links):
        pdf.add_object(item)
    values = {"Type": "/Page", "Parent": pdf.pages.reference, "Contents": stream.reference}
    values["MediaBox"] = pydyf.Array([0, 0, sheet.width, sheet.height])
    values["Resources"] = resources.reference
    if links:
        values["Annots"] = pydyf.Array([link.reference for link in links])
    pdf.add_page(pydyf.Dictionary(values))


def _describe(pdf: pydyf.PDF, document: Document, sheet: Sheet) -> None:
    title = " · ".join(filter(None, map(cleaned_line, (document.title, document.running))))
    made = document.issued_at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    pdf.info["Title"] = pydyf.String(title)
    pdf.info["Author"] = pydyf.String(cleaned_line(document.seller.name))
    pdf.info["Producer"] = pydyf.String("Keeptab")
    pdf.info["CreationDate"] = pydyf.String(made)
    pdf.catalog["Lang"] = pydyf.String(sheet.voice.language)
    # No /Direction: for "R2L", Chrome reads every line from the right, and a phone number copied out is turned round.
    preferences = pydyf.Dictionary({"DisplayDocTitle": "true"})
    pdf.catalog["ViewerPreferences"] = preferences
