"""Invoices, their items, lines and payments through the official Node SDK, unmodified."""

import pytest

pytestmark = pytest.mark.node


def test_invoices_from_items_to_their_ends(flow):
    said = flow("invoices")

    ids = said["ids"]
    assert said["pending"] == [ids["spare"], ids["ink"], ids["paper"]]
    assert (said["gone"]["id"], said["gone"]["deleted"]) == (ids["spare"], True)
    assert (said["changedItem"]["amount"], said["changedItem"]["invoice"]) == (500, None)
    assert said["itemAgain"] == {**said["changedItem"], "invoice": ids["draft"]}
    assert said["billed"] == [["Paper", 1500], ["Ink", 500]]
    assert said["totals"] == [2000, 2300, 2350, 2000, 2000]
    assert (said["line"]["description"], said["line"]["amount"]) == ("Stronger glue", 350)
    assert said["lines"] == [["Paper", 1500], ["Ink", 500], ["Stronger glue", 350]]
    assert (said["changed"]["footer"], said["found"]) == ("Thank you", [said["changed"]])
    assert (said["late"]["status"], said["late"]["code"]) == (400, "invoice_not_editable")
    assert (said["paid"], said["again"]["status"], said["again"]["amount_paid"]) == (
        "paid", "paid", 2000,
    )  # fmt: skip
    assert said["payments"] == [[ids["draft"], "paid", 2000]]
    assert said["payment"] == "succeeded"
    assert (said["ends"], said["amountDue"]) == (["open", "uncollectible", "void"], 900)
    assert (said["deleted"]["id"], said["deleted"]["deleted"]) == (said["deleted"]["asked"], True)
    assert (said["attached"], said["rate"]) == (["paid", 700], [False, False, 0])
    assert said["listed"] == [ids["sent"], ids["draft"]]
