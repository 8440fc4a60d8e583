"""Invoices, receipts and credit notes as PDF files, in every script.

`content` says what stands on one; `render` makes the file. What was tried: fpdf2 and ReportLab lose words of Thai and
Arabic when text is copied out of the file.
"""

from payments.billing.documents.content import Document


def render(document: Document) -> bytes:
    """Return the document as a PDF file."""
    from payments.billing.documents import rendering  # noqa: PLC0415 -- much to load, and most processes draw none

    return rendering.render(document)
