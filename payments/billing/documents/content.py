"""What stands on an invoice, a receipt or a credit note: text that is ready to be read, in the reader's language.

Nothing is formatted here: an amount is already "฿1,200.00", a date "4 December 2026".
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what it names: "Date of issue", "4 December 2026"."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Seller:
    """Who asks for the money; the name stands at the top, all of it in the first column of parties.

    Args:
        lines: the address.
        tax_ids: each with its name, such as "TH VAT 0105556000000".
    """

    name: str
    lines: tuple[str, ...] = ()
    email: str = ""
    phone: str = ""
    tax_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """To whom something goes: a heading such as "Bill to", and name and address below it."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Where to pay. Only https, http and mailto addresses can be clicked; others are shown as text alone."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings of the table; an empty one leaves its column out."""

    description: str
    quantity: str = ""
    unit_price: str = ""
    tax: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Args:
        detail: stands small below the description, such as the period.
    """

    description: str
    quantity: str = ""
    unit_price: str = ""
    tax: str = ""
    amount: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """One sum below the table; an emphasised one is what the reader looks for."""

    label: str
    value: str
    emphasis: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice, a receipt or a credit note. What is empty takes no room.

    Args:
        title: "Invoice", in the reader's language.
        language: BCP 47, such as "th" or "zh-Hant"; it chooses the letter forms of Chinese characters.
        issued_at: the date that the file says it was made; the clock is not read.
        right_to_left: the page is mirrored, for Arabic and Hebrew.
        colour: "#rrggbb", the seller's; the default where it is not of this form.
        headline: "฿1,200.00 due 4 December 2026".
        page_label: "Page {page} of {pages}", with both names as they stand here.
        running: small at the foot of every page beside the page label, such as the number and the amount.
        status: a short word in a badge beside the title, such as "Paid".
        logo: a PNG or a JPEG, the seller's, in the place of its name beside the title.
    """

    title: str
    language: str
    issued_at: datetime
    seller: Seller
    columns: Columns
    rows: tuple[Row, ...]
    totals: tuple[Total, ...] = ()
    facts: tuple[Fact, ...] = ()
    custom_fields: tuple[Fact, ...] = ()
    bill_to: Party | None = None
    ship_to: Party | None = None
    headline: str = ""
    payment: Link | None = None
    memo: str = ""
    footer: str = ""
    running: str = ""
    page_label: str = "{page} / {pages}"
    status: str = ""
    colour: str = "#4f46e5"
    logo: bytes = b""
    right_to_left: bool = False
    page_size: Literal["a4", "letter"] = "a4"
