# ruff: noqa: RUF001 -- text in the scripts that invoices are written in
"""The same invoice in each script, and what is read back from a file."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pypdfium2
from pypdf import PdfReader

from payments.billing.documents import render
from payments.billing.documents.content import (
    Columns,
    Document,
    Fact,
    Link,
    Party,
    Row,
    Seller,
    Total,
)

ENGLISH = Document(
    title="Invoice",
    language="en",
    issued_at=datetime(2026, 11, 4, 9, 30, tzinfo=UTC),
    seller=Seller(
        "Example Studio Ltd.",
        ("88 Example Road", "Bangkok 10500"),
        "billing@example.com",
        "+66 2 123 4567",
        ("TH VAT 0105556000000",),
    ),
    columns=Columns("Description", "Qty", "Unit price", "Tax", "Amount"),
    rows=(
        Row("Business plan", "1", "฿1,000.00", "7%", "฿1,000.00", "4 Nov – 4 Dec 2026"),
        Row("Additional seats", "2", "฿60.00", "7%", "฿120.00"),
    ),
    totals=(Total("Subtotal", "฿1,120.00"), Total("Amount due", "฿1,200.00", emphasis=True)),
    facts=(Fact("Number", "KT0042"), Fact("Date of issue", "4 November 2026")),
    custom_fields=(Fact("Purchase order", "PO77812"),),
    bill_to=Party("Bill to", ("Jenny Rosen", "12 Sample Street")),
    ship_to=Party("Ship to", ("Dock 4", "7 Harbour Way")),
    headline="฿1,200.00 due 4 December 2026",
    payment=Link("Pay online", "https://pay.example.com/i/abc?x=1&y=(2)"),
    memo="Thank you for your business.",
    footer="Registered in Thailand.",
    running="KT0042 · ฿1,200.00",
    page_label="Page {page} of {pages}",
    status="Paid",
)
THAI = replace(
    ENGLISH,
    title="ใบแจ้งหนี้",
    language="th",
    rows=(Row("น้ำดื่มและที่พักสำหรับผู้เชี่ยวชาญ", "1", "฿40.00", "7%", "฿40.00", "4 พ.ย. 2569"),),
    totals=(Total("ยอดที่ต้องชำระ", "฿42.80", emphasis=True),),
    memo="กรุณาระบุเลขที่ใบแจ้งหนี้เมื่อโอนเงินผ่านธนาคาร",
)
JAPANESE = replace(
    ENGLISH,
    title="請求書",
    language="ja",
    rows=(Row("ビジネスプラン（月額）", "1", "¥12,000", "10%", "¥12,000", "2026年11月4日"),),
    totals=(Total("ご請求金額", "¥13,200", emphasis=True),),
    memo="平素より格別のお引き立てを賜り、誠にありがとうございます。",
)
KOREAN = replace(
    ENGLISH,
    title="청구서",
    language="ko",
    rows=(Row("비즈니스 요금제", "1", "₩120,000", "10%", "₩120,000"),),
    totals=(Total("결제하실 금액", "₩132,000", emphasis=True),),
    memo="저희 서비스를 이용해 주셔서 감사합니다.",
)
SIMPLIFIED = replace(
    ENGLISH,
    title="账单",
    language="zh-Hans",
    rows=(Row("企业版套餐", "1", "¥1,000.00", "6%", "¥1,000.00"),),
    totals=(Total("应付金额", "¥1,060.00", emphasis=True),),
    memo="转账时请注明账单编号。",
)
TRADITIONAL = replace(
    ENGLISH,
    title="帳單",
    language="zh-Hant",
    rows=(Row("企業版方案", "1", "NT$1,000", "5%", "NT$1,000"),),
    totals=(Total("應付金額", "NT$1,050", emphasis=True),),
    memo="轉帳時請註明帳單編號。",
)
ARABIC = replace(
    ENGLISH,
    title="فاتورة",
    language="ar",
    right_to_left=True,
    rows=(Row("اشتراك الخطة الاحترافية لثلاثة مستخدمين", "1", "1,000.00", "15%", "1,000.00"),),
    totals=(Total("المبلغ المستحق", "1,150.00", emphasis=True),),
    memo="يُرجى ذكر رقم الفاتورة عند التحويل البنكي إلى الشركة",
)
HEBREW = replace(
    ARABIC,
    title="חשבונית",
    language="he",
    rows=(Row("תוכנית עסקית חודשית", "1", "₪100.00", "18%", "₪100.00"),),
    totals=(Total("סכום לתשלום", "₪118.00", emphasis=True),),
    memo="תודה שבחרתם בנו",
)
HINDI = replace(
    ENGLISH,
    title="बीजक",
    language="hi",
    rows=(Row("व्यापार योजना क्षत्रिय", "1", "₹100", "18%", "₹100"),),
    totals=(Total("देय राशि", "₹118", emphasis=True),),
    memo="आपके व्यवसाय के लिए धन्यवाद।",
)
GERMAN = replace(
    ENGLISH,
    title="Rechnungskorrektur",
    language="de",
    rows=(Row("Rechtsschutzversicherungsgesellschaften", "1", "1.000,00 €", "19 %", "1.000,00 €"),),
    totals=(Total("Rechnungsbetrag", "1.190,00 €", emphasis=True),),
    memo="Bitte überweisen Sie den Betrag innerhalb der Frist.",
)
IN_EVERY_SCRIPT = {
    "Latin": ENGLISH,
    "German": GERMAN,
    "Thai": THAI,
    "Japanese": JAPANESE,
    "Korean": KOREAN,
    "Simplified Chinese": SIMPLIFIED,
    "Traditional Chinese": TRADITIONAL,
    "Arabic": ARABIC,
    "Hebrew": HEBREW,
    "Hindi": HINDI,
}


def words_of(document):
    """Return the words that stand on a document, in the scripts of its language."""
    texts = [document.title, document.memo, document.seller.name]
    texts += [text for row in document.rows for text in (row.description, row.amount, row.detail)]
    texts += [text for total in document.totals for text in (total.label, total.value)]
    return [word for text in texts for word in text.split()]


def missing_in(text, words):
    """Return the words that a text lacks, wherever its lines end."""
    solid = "".join(text.split())
    return [word for word in words if word not in solid]


def pages_by_pypdf(document):
    """Return the text of each page as pypdf reads it."""
    return [page.extract_text() for page in PdfReader(BytesIO(render(document))).pages]


def pages_by_pdfium(document):
    """Return the text of each page as Chrome's reader reads it."""
    file = pypdfium2.PdfDocument(render(document))
    return [page.get_textpage().get_text_range() for page in file]


def place_of(document, text):
    """Return the left and the right edge of a text on the first page, in points."""
    page = pypdfium2.PdfDocument(render(document))[0]
    words = page.get_textpage()
    found = words.search(text).get_next()
    boxes = [words.get_charbox(found[0] + place) for place in range(found[1])]
    return round(min(box[0] for box in boxes)), round(max(box[2] for box in boxes))
