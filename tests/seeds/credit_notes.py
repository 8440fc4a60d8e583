"""One of each of credit notes."""

NAMES = frozenset(
    {
        "credit_note", "credit_note_line_item", "creditable_invoice", "creditable_line", "voidable_note",
    }
)  # fmt: skip
NEEDS = {"credit_notes/<id:pk>/void": "voidable_note"}
BODIES = {"credit_notes/<id:pk>": {"memo": "Theirs"}}
_WANTED = {"invoice": "in_1", "amount": 1}
NEEDED = {
    "POST credit_notes": _WANTED,
    "GET credit_notes/preview": _WANTED,
    "GET credit_notes/preview/lines": _WANTED,
}


def seed(api, customer):
    """Make them, and return their ids by the names of their schemas."""

    def make(path, **params):
        answer = api.post(path, params)
        assert answer.status == 200, answer.body
        return answer.body

    def billed():  # in a currency in which the customer has no cash
        invoice = make("invoices", customer=customer, currency="eur")["id"]
        item = {"customer": customer, "invoice": invoice, "amount": 2000, "currency": "eur"}
        make("invoiceitems", **item, discountable=False)
        return make(f"invoices/{invoice}/finalize")

    rate = make("tax_rates", display_name="VAT", percentage=7, inclusive=False)["id"]
    paid, creditable, other = billed(), billed(), billed()
    make(f"invoices/{paid['id']}/pay", payment_method="pm_card_visa")
    lines = [
        {"type": "invoice_line_item", "invoice_line_item": paid["lines"]["data"][0]["id"], "amount": 300},
        {"type": "custom_line_item", "unit_amount": 50, "quantity": 2, "description": "Late",
         "tax_rates": [rate], "metadata": {"tier": "gold"}},
    ]  # fmt: skip
    note = make(
        "credit_notes", invoice=paid["id"], lines=lines, refund_amount=300, out_of_band_amount=100,
        memo="Sorry", reason="order_change", metadata={"tier": "gold"},
    )  # fmt: skip
    return {
        "credit_note": note["id"],
        "credit_note_line_item": note["lines"]["data"][0]["id"],
        "creditable_invoice": creditable["id"],
        "creditable_line": creditable["lines"]["data"][0]["id"],
        "voidable_note": make("credit_notes", invoice=other["id"], amount=100)["id"],
    }
