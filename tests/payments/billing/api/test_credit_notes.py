"""`/v1/credit_notes`, as they are spoken, against the sandbox."""

from decimal import Decimal

import pytest

from customers.kit import clock
from customers.models import Customer
from payments.billing.models import CreditNote, InvoiceLine
from payments.billing.services import invoice_links, invoices, tax_rates
from payments.billing.services.invoice_lines import NewLine
from payments.models import Refund
from tests.payments.api.conftest import card, jenny

__all__ = ["card", "jenny"]
ONCE = {"Idempotency-Key": "credit-note-1"}


@pytest.fixture
def vat(scope):
    details = {"display_name": "VAT", "percentage": Decimal(19), "is_inclusive": False}
    return tax_rates.create(details=details, at=clock.now()).pk


@pytest.fixture
def opened(scope, jenny, card):
    """Makes an invoice that was finalized, of lines with these amounts."""

    def make(*amounts, pays=False, **details):
        at = clock.now()
        lines = [
            NewLine(
                amount=amount, currency="usd", period_start=at, period_end=at, description="Paper", quantity=2
            )
            for amount in amounts or (2000,)
        ]  # fmt: skip
        draft = invoices.draft(
            customer=Customer.objects.get(pk=jenny), currency="usd", lines=lines, period_start=at,
            period_end=at, at=at, **details,
        )  # fmt: skip
        invoice = invoices.finalize(draft, at=at)
        if pays:
            invoices.pay(invoice, request_key=f"pay {invoice.pk}", at=at)
        return invoice

    return make


def lines_of(invoice):
    rows = InvoiceLine.objects.filter(invoice=invoice).order_by("position")
    return list(rows.values_list("pk", flat=True))


def test_a_credit_note(api, jenny, opened, vat):
    invoice = opened(tax_rate_ids=[vat])
    (line,) = lines_of(invoice)

    answer = api.post(
        "credit_notes", invoice=invoice.pk, memo="Sorry", reason="order_change", metadata={"case": "7"},
        lines=[{"type": "invoice_line_item", "invoice_line_item": line, "quantity": 1}],
    )  # fmt: skip

    body = answer.body
    tax = {
        "amount": 190,
        "tax_behavior": "exclusive",
        "tax_rate_details": {"tax_rate": vat},
        "taxability_reason": "not_available",
        "taxable_amount": 1000,
        "type": "tax_rate_details",
    }
    assert (answer.status, body) == (200, {
        "id": body["id"],
        "object": "credit_note",
        "amount": 1190,
        "amount_shipping": 0,
        "created": body["created"],
        "currency": "usd",
        "customer": jenny,
        "customer_account": None,
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": body["created"],
        "invoice": invoice.pk,
        "lines": {
            "object": "list",
            "data": [
                {
                    "id": body["lines"]["data"][0]["id"],
                    "object": "credit_note_line_item",
                    "amount": 1000,
                    "description": "Paper",
                    "discount_amount": 0,
                    "discount_amounts": [],
                    "invoice_line_item": line,
                    "livemode": False,
                    "metadata": {},
                    "pretax_credit_amounts": [],
                    "quantity": 1,
                    "tax_rates": [api.get(f"tax_rates/{vat}").body],
                    "taxes": [tax],
                    "type": "invoice_line_item",
                    "unit_amount": None,
                    "unit_amount_decimal": None,
                },
            ],
            "has_more": False,
            "url": f"/v1/credit_notes/{body['id']}/lines",
        },
        "livemode": False,
        "memo": "Sorry",
        "metadata": {"case": "7"},
        "number": f"{invoice.number}-CN-01",
        "out_of_band_amount": None,
        "pdf": invoice_links.credit_note_pdf(body["id"]),
        "post_payment_amount": 0,
        "pre_payment_amount": 1190,
        "pretax_credit_amounts": [],
        "reason": "order_change",
        "refunds": [],
        "shipping_cost": None,
        "status": "issued",
        "subtotal": 1000,
        "subtotal_excluding_tax": 1000,
        "total": 1190,
        "total_excluding_tax": 1000,
        "total_taxes": [tax],
        "type": "pre_payment",
        "voided_at": None,
    })  # fmt: skip
    assert api.get(f"credit_notes/{body['id']}").body == body
    assert api.get("credit_notes").body["data"] == [body]
    assert api.get(f"credit_notes/{body['id']}/lines").body == body["lines"]


def test_a_refund_a_credit_and_what_is_given_back_elsewhere(api, jenny, opened):
    invoice = opened(pays=True)

    note = api.post(
        "credit_notes", invoice=invoice.pk, amount=1000, refund_amount=500, credit_amount=300,
        out_of_band_amount=200, expand=["customer_balance_transaction"],
    ).body  # fmt: skip

    refund = api.get("refunds").ids[0]
    assert note["refunds"] == [
        {"amount_refunded": 500, "payment_record_refund": None, "refund": refund, "type": "refund"}
    ]
    assert (note["type"], note["out_of_band_amount"]) == ("post_payment", 200)
    entry = note["customer_balance_transaction"]
    assert (entry["type"], entry["amount"], entry["credit_note"], entry["invoice"]) == (
        "credit_note", -300, note["id"], invoice.pk,
    )  # fmt: skip
    assert api.get(f"customers/{jenny}").body["balance"] == -300


def test_a_refund_that_was_made_is_linked_and_expanded(api, opened):
    invoice = opened(pays=True)
    charge = api.get("charges").ids[0]
    refund = api.post("refunds", charge=charge, amount=400).body

    note = api.post(
        "credit_notes", invoice=invoice.pk, amount=300,
        refunds=[{"refund": refund["id"], "amount_refunded": 300}], expand=["refunds.refund"],
    ).body  # fmt: skip

    assert note["refunds"] == [
        {"amount_refunded": 300, "payment_record_refund": None, "refund": refund, "type": "refund"}
    ]


def test_the_same_key_gets_the_same_note(api, opened):
    invoice = opened(pays=True)
    body = {"invoice": invoice.pk, "amount": 700, "refund_amount": 700}

    first = api.post("credit_notes", body, headers=ONCE)
    second = api.post("credit_notes", body, headers=ONCE)

    assert (first.status, second.body) == (200, first.body)
    assert (CreditNote.objects.count(), Refund.objects.count()) == (1, 1)


def test_a_preview_is_what_would_be_made(api, opened):
    invoice = opened(2000, 300)
    first, second = lines_of(invoice)
    asked = {
        "invoice": invoice.pk,
        "lines": [
            {"type": "invoice_line_item", "invoice_line_item": second, "amount": 100},
            {"type": "custom_line_item", "unit_amount_decimal": "12.5", "quantity": 2, "description": "Late"},
            {"type": "invoice_line_item", "invoice_line_item": first, "amount": 50},
        ],
    }  # fmt: skip

    preview = api.get("credit_notes/preview", asked).body
    lines = api.get("credit_notes/preview/lines", asked).body
    made = api.post("credit_notes", asked).body

    def same(note):
        return {
            name: value
            for name, value in note.items()
            if name not in {"id", "created", "effective_at", "lines", "pdf"}
        }

    def same_lines(found):
        return [{**line, "id": ""} for line in found["data"]]

    assert same(preview) == same(made)
    assert same_lines(preview["lines"]) == same_lines(made["lines"]) == same_lines(lines)
    assert lines == {**preview["lines"], "url": "/v1/credit_notes/preview/lines"}
    assert preview["lines"]["url"] == "/v1/credit_notes/preview/lines"
    assert [(line["amount"], line["unit_amount"], line["unit_amount_decimal"]) for line in lines["data"]] == [
        (100, None, None), (25, None, "12.5"), (50, None, None),
    ]  # fmt: skip
    assert CreditNote.objects.count() == 1


def test_lines_of_a_preview_are_walked(api, opened):
    line = {"type": "custom_line_item", "unit_amount": 10}
    asked = {"invoice": opened().pk, "lines": [line] * 3}
    whole = api.get("credit_notes/preview/lines", asked).body["data"]

    first = api.get("credit_notes/preview/lines", asked, limit=2).body
    rest = api.get(
        "credit_notes/preview/lines", asked, limit=2, starting_after=first["data"][1]["id"]
    ).body
    back = api.get("credit_notes/preview/lines", asked, limit=1, ending_before=whole[2]["id"]).body

    assert (first["data"], first["has_more"]) == (whole[:2], True)
    assert (rest["data"], rest["has_more"]) == (whole[2:], False)
    assert (back["data"], back["has_more"]) == (whole[1:2], True)


def test_a_note_shows_ten_lines_and_all_are_listed(api, opened):
    line = {"type": "custom_line_item", "unit_amount": 10}
    note = api.post("credit_notes", invoice=opened().pk, lines=[line] * 12).body

    listed = api.get(f"credit_notes/{note['id']}/lines", limit=100).body
    second = api.get(
        f"credit_notes/{note['id']}/lines", starting_after=listed["data"][9]["id"]
    ).body

    assert (len(note["lines"]["data"]), note["lines"]["has_more"]) == (10, True)
    assert (len(listed["data"]), listed["has_more"]) == (12, False)
    assert note["lines"]["data"] == listed["data"][:10]
    assert second["data"] == listed["data"][10:]


def test_a_list_is_narrowed_by_invoice_and_customer(api, jenny, opened):
    first, second = opened(), opened()
    notes = [
        api.post("credit_notes", invoice=each.pk, amount=100).body["id"] for each in (first, second)
    ]
    other = api.post("customers").body["id"]

    assert api.get("credit_notes", invoice=first.pk).ids == notes[:1]
    assert api.get("credit_notes", customer=jenny).ids == notes[::-1]
    assert api.get("credit_notes", customer=other).ids == []


def test_memo_and_metadata_are_changed(api, opened):
    note = api.post("credit_notes", invoice=opened().pk, amount=100, memo="Sorry").body

    changed = api.post(f"credit_notes/{note['id']}", memo="", metadata={"case": "7"}).body

    assert changed == {**note, "memo": None, "metadata": {"case": "7"}}


def test_a_note_is_voided(api, opened):
    note = api.post("credit_notes", invoice=opened().pk, amount=100).body

    voided = api.post(f"credit_notes/{note['id']}/void").body
    again = api.post(f"credit_notes/{note['id']}/void")

    assert voided == {**note, "status": "void", "voided_at": voided["voided_at"]}
    assert voided["voided_at"] >= note["created"]
    assert (again.status, again.error["message"]) == (
        400, "This credit note is void, so it cannot become void.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        pytest.param({}, "amount", "parameter_missing", id="nothing"),
        pytest.param({"amount": 0}, "amount", "parameter_invalid_integer", id="zero"),
        pytest.param({"amount": 2001}, "amount", None, id="too-much"),
        pytest.param({"amount": 1, "email_type": "none"}, "email_type", "parameter_unknown", id="email"),
        pytest.param(
            {"amount": 1, "shipping_cost": {"shipping_rate": "shr_1"}}, "shipping_cost", "parameter_unknown",
            id="shipping",
        ),
        pytest.param({"amount": 1, "refund_amount": 1}, "refund_amount", None, id="not-paid"),
        pytest.param({"lines": [{"type": "custom_line_item"}]}, "lines[0][unit_amount]", "parameter_missing",
                     id="no-unit-amount"),
        pytest.param(
            {"lines": [{"type": "custom_line_item", "unit_amount": 1, "unit_amount_decimal": "1"}]},
            "lines[0][unit_amount]", None, id="two-unit-amounts",
        ),
        pytest.param({"lines": [{"type": "x"}]}, "lines[0][type]", None, id="unknown-type"),
        pytest.param({"lines": [{"unit_amount": 1}]}, "lines[0][type]", "parameter_missing", id="no-type"),
        pytest.param({"amount": 1, "reason": "whim"}, "reason", None, id="unknown-reason"),
        pytest.param(
            {"amount": 1, "refunds": [{"refund": "re_1"}]}, "refunds[0][refund]", "resource_missing",
            id="no-such-refund",
        ),
        pytest.param(
            {"lines": [{"type": "custom_line_item", "unit_amount": 1, "tax_rates": ["txr_1"]}]},
            "lines[0][tax_rates][0]", "resource_missing", id="no-such-rate",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["credit_notes", "credit_notes/preview", "credit_notes/preview/lines"]
)
def test_what_is_refused(api, opened, path, body, param, code):
    invoice = opened()
    ask = api.post if path == "credit_notes" else api.get

    answer = ask(path, {"invoice": invoice.pk, **body})

    assert (answer.body["error"]["param"], answer.body["error"].get("code")) == (param, code)
    assert answer.status == 404 if code == "resource_missing" else 400
    assert CreditNote.objects.count() == 0


def test_an_invoice_that_is_not_there(api):
    answer = api.post("credit_notes", invoice="in_1", amount=1)

    assert (answer.status, answer.error["param"]) == (404, "invoice")
