"""Files that say what was put in: every script, every page, every link; and nothing that was not."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from payments.billing.documents import render
from payments.billing.documents.content import Columns, Document, Fact, Link, Party, Row, Seller
from payments.billing.documents.content import Total as Sum
from tests.payments.billing.documents.samples import (
    ARABIC,
    ENGLISH,
    IN_EVERY_SCRIPT,
    JAPANESE,
    missing_in,
    pages_by_pdfium,
    pages_by_pypdf,
    place_of,
    words_of,
)

EVERY_SCRIPT = [pytest.param(document, id=name) for name, document in IN_EVERY_SCRIPT.items()]
BARE = Document("Credit note", "en", datetime(2026, 11, 4, tzinfo=UTC), Seller(""), Columns(""), ())


def opened(document):
    return PdfReader(BytesIO(render(document)))


def fonts_of(document):
    pages = opened(document).pages
    return [font.get_object() for font in pages[0]["/Resources"]["/Font"].values()]


@pytest.mark.parametrize("document", EVERY_SCRIPT)
@pytest.mark.parametrize("read", [pages_by_pypdf, pages_by_pdfium])
def test_every_word_is_read_back(document, read):
    words = words_of(document)

    pages = read(document)

    assert missing_in("\n".join(pages), words) == []


def test_text_is_read_back_in_the_order_of_columns():
    (page,) = pages_by_pypdf(ENGLISH)

    assert [line.strip() for line in page.splitlines()][:9] == [
        "Invoice Paid Example Studio Ltd.",
        "Number",
        "KT0042",
        "Date of issue",
        "4 November 2026",
        "Purchase order",
        "PO77812",
        "Example Studio Ltd.",
        "88 Example Road",
    ]


@pytest.mark.parametrize("document", EVERY_SCRIPT)
def test_fonts_are_embedded_in_part(document):
    fonts = fonts_of(document)

    descriptors = [font["/DescendantFonts"][0]["/FontDescriptor"] for font in fonts]
    assert all(font["/BaseFont"][7] == "+" for font in fonts)
    assert all({"/FontFile2", "/FontFile3"} & set(descriptor) for descriptor in descriptors)
    assert all("/ToUnicode" in font for font in fonts)


@pytest.mark.parametrize("document", EVERY_SCRIPT)
def test_a_file_is_small(document):
    assert len(render(document)) < 50_000


def test_the_language_chooses_the_forms_of_chinese_characters():
    languages = ["ja", "ko", "zh-Hans", "zh-Hant", "zh-HK", "zh_TW"]

    files = [replace(JAPANESE, title="骨直", language=language) for language in languages]

    names = [
        {font["/BaseFont"].split("+")[1] for font in fonts_of(file) if "CJK" in font["/BaseFont"]}
        for file in files
    ]
    assert names == [
        {f"NotoSansCJK{place}-400", f"NotoSansCJK{place}-600"} for place in ["", 1, 2, 3, 4, 3]
    ]


def test_a_page_that_runs_to_the_left_is_mirrored():
    texts = ["PO77812", "Subtotal", "Registered in Thailand.", "Pay online"]
    plain = [place_of(ENGLISH, text) for text in texts]

    mirrored = [place_of(replace(ENGLISH, right_to_left=True), text) for text in texts]

    for (left, right), place in zip(plain, mirrored, strict=True):
        assert place == pytest.approx((595 - right, 595 - left), abs=2)
    assert place_of(replace(ENGLISH, right_to_left=True), "Amount")[0] == pytest.approx(48, abs=2)


def test_a_table_longer_than_a_page_repeats_its_head_and_keeps_every_row():
    rows = tuple(Row(f"Environment {number}", "1", "฿1.00", "7%", "฿1.00") for number in range(60))
    document = replace(ENGLISH, rows=rows)

    pages = pages_by_pypdf(document)

    with_rows = [page for page in pages if "Environment" in page]
    assert [page.count("Unit price") for page in with_rows] == [1, 1, 1]
    assert [f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1)] == [
        True for _ in pages
    ]
    found = re.findall(r"Environment \d+", "\n".join(pages))
    assert found == [row.description for row in rows]


def test_a_row_longer_than_a_page_goes_on_on_the_next():
    words = " ".join(f"word{number}" for number in range(2000))

    pages = pages_by_pypdf(replace(ENGLISH, rows=(Row(words, amount="฿1.00"),)))

    assert len(pages) > 2
    assert missing_in("\n".join(pages), words.split()) == []


def test_totals_stay_together():
    sums = tuple(Sum(f"Sum{number}", f"{number}") for number in range(12))
    rows = tuple(Row(f"Row {number}", amount="1") for number in range(16))

    pages = pages_by_pypdf(replace(ENGLISH, rows=rows, totals=sums))

    assert [page.count("Sum") for page in pages] == [0, 12]


def test_the_link_opens_the_address():
    (page,) = opened(ENGLISH).pages

    (link,) = page["/Annots"]

    assert link.get_object()["/A"]["/URI"] == "https://pay.example.com/i/abc?x=1&y=(2)"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "", "http://[", "ftp://example.com"]
)
def test_an_address_that_could_do_harm_is_no_link(url):
    document = replace(ENGLISH, payment=Link("Pay online", url))

    (page,) = opened(document).pages

    assert "/Annots" not in page
    assert "Pay online" in page.extract_text()


def test_an_address_in_other_letters_is_written_in_ascii():
    document = replace(ENGLISH, payment=Link("Pay", "https://pay.example.com/ชำระ)\n>>"))

    (page,) = opened(document).pages

    (link,) = page["/Annots"]
    assert link.get_object()["/A"]["/URI"] == (
        "https://pay.example.com/%E0%B8%8A%E0%B8%B3%E0%B8%A3%E0%B8%B0)%20%3E%3E"
    )


def test_the_file_says_what_it_is():
    file = opened(ARABIC)

    assert dict(file.metadata) == {
        "/Title": "فاتورة · KT0042 · ฿1,200.00",
        "/Author": "Example Studio Ltd.",
        "/Producer": "Keeptab",
        "/CreationDate": "D:20261104093000Z",
    }
    assert file.trailer["/Root"]["/Lang"] == "ar"
    assert file.trailer["/Root"]["/ViewerPreferences"] == {"/DisplayDocTitle": True}


@pytest.mark.parametrize(("size", "box"), [("a4", [595.28, 841.89]), ("letter", [612, 792])])
def test_the_page_has_its_size(size, box):
    (page,) = opened(replace(ENGLISH, page_size=size)).pages

    assert [float(side) for side in page.mediabox] == [0, 0, *box]


def test_the_same_content_gives_the_same_bytes():
    first = [render(document) for document in IN_EVERY_SCRIPT.values()]

    second = [render(document) for document in reversed(IN_EVERY_SCRIPT.values())]

    assert first == second[::-1]


def test_what_is_empty_takes_no_room():
    (page,) = pages_by_pypdf(BARE)

    assert page.split() == ["Credit", "note", "1", "/", "1"]


def test_text_cannot_break_out_of_the_file():
    hostile = ") Tj ET /JavaScript (x) >> endobj \\( \x00\x08\x1b[31m <</S/JavaScript>>"
    document = replace(ENGLISH, title=hostile, seller=Seller(hostile), rows=(Row(hostile),))

    file = opened(document)

    said = ") Tj ET /JavaScript (x) >> endobj \\( [31m <</S/JavaScript>>"
    assert file.metadata["/Author"] == said
    assert missing_in(file.pages[0].extract_text(), said.split()) == []
    assert set(file.trailer["/Root"]) == {"/Type", "/Pages", "/Lang", "/ViewerPreferences"}


def test_a_character_that_no_font_has_is_a_box_and_is_read_back():
    (page,) = pages_by_pdfium(replace(ENGLISH, memo="before \U00012345 after 🎉 end"))

    assert "before \U00012345 after 🎉 end" in page


DIRECTIONS = "אבת12 .,-+%()[]a٣۴\n\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f\u200e\u0301\u064b\u200d"
HOSTILE = st.one_of(
    st.text(max_size=30),
    st.text(alphabet=st.characters(codec=None), max_size=30),
    st.text(alphabet=st.sampled_from(DIRECTIONS), max_size=20),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(HOSTILE, min_size=6, max_size=6), st.booleans())
def test_any_text_makes_a_file(texts, right_to_left):
    one, two, three, four, five, six = texts
    document = Document(
        title=one,
        language=two,
        issued_at=ENGLISH.issued_at,
        seller=Seller(two, (three,), four, five, (six,)),
        columns=Columns(one, two, three, four, five),
        rows=(Row(three, four, five, six, one, two), Row(six)),
        totals=(Sum(four, five, emphasis=True), Sum(two, three)),
        facts=(Fact(five, six), Fact(one, three)),
        custom_fields=(Fact(six, two),),
        bill_to=Party(one, (two, three)),
        ship_to=Party(four, (five,)),
        headline=six,
        payment=Link(one, two),
        memo=three,
        footer=four,
        running=five,
        page_label=six,
        status=two,
        colour=three,
        right_to_left=right_to_left,
    )

    file = render(document)

    assert len(pypdfium2.PdfDocument(file)) >= 1
    assert opened(document).pages[0].extract_text() is not None
