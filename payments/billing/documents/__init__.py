"""Invoices, receipts and credit notes as PDF files, in every script.

`content` says what stands on one; `render` makes the file. What was tried: fpdf2 and ReportLab lose words of Thai and
Arabic when text is copied out of the file.
"""

from payments.billing.documents.rendering import render

__all__ = ["render"]
