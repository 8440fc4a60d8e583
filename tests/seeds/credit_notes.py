"""One of each of credit notes."""

NAMES = frozenset({"credit_note", "credit_note_line_item", "credited_invoice"})
NEEDS = {"credit_notes/<id:pk>/void": "voidable_note"}
NAMES |= {"voidable_note"}
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

    owner = make("customers", name="Jenny Rosen", email="jenny.rosen@example.com")["id"]
    method = make("payment_methods/pm_card_visa/attach", customer=owner)["id"]
    invoice = make("invoices", customer=owner, currency="usd", pending_invoice_items_behavior="exclude")
    item = {"customer": owner, "invoice": invoice["id"]}
    make("invoiceitems", **item, amount=2000, currency="usd", description="Paper")
    open_one = make(f"invoices/{invoice['id']}/finalize")
    (line,) = open_one["lines"]["data"]
    rate = make("tax_rates", display_name="VAT", percentage=7, inclusive=False)["id"]
    lines = [
        {"type": "invoice_line_item", "invoice_line_item": line["id"], "amount": 300},
        {"type": "custom_line_item", "unit_amount": 50, "quantity": 2, "description": "Late",
         "tax_rates": [rate], "metadata": {"tier": "gold"}},
    ]  # fmt: skip
    voidable = make("credit_notes", invoice=invoice["id"], amount=100)
    make(f"invoices/{invoice['id']}/pay", payment_method=method)
    note = make(
        "credit_notes", invoice=invoice["id"], lines=lines, refund_amount=200, credit_amount=107,
        out_of_band_amount=100, memo="Sorry", reason="order_change", metadata={"tier": "gold"},
    )  # fmt: skip
    return {
        "credit_note": note["id"],
        "credit_note_line_item": note["lines"]["data"][0]["id"],
        "credited_invoice": invoice["id"],
        "voidable_note": voidable["id"],
    }
