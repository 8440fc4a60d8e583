"""Credit notes through the official Node SDK, unmodified."""

import pytest

pytestmark = pytest.mark.node


def test_credit_notes(flow):
    said = flow("credit_notes")

    note = said["note"]
    assert (note["number"], note["total"], note["type"]) == (
        f"{said['number']}-CN-01", 600, "pre_payment",
    )  # fmt: skip
    assert (said["preview"]["number"], said["preview"]["total"]) == (note["number"], 600)
    assert said["previewed"] == [500, 100]
    assert said["lines"] == note["lines"]["data"]
    assert said["listed"] == [note["id"]]
    assert said["updated"] == said["again"] == {**note, "memo": "Very sorry"}
    assert said["voided"]["status"] == "void"
    (refund,) = said["refunded"]["refunds"]
    assert (refund["amount_refunded"], refund["refund"]["status"]) == (700, "succeeded")
    assert (said["tooMuch"]["status"], said["tooMuch"]["param"]) == (400, "amount")
