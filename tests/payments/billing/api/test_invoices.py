import pytest

from customers.kit import clock
from customers.models import Customer
from payments.billing.models import Invoice, InvoiceItem
from tests.payments.api.conftest import card, jenny

__all__ = ["card", "jenny"]


@pytest.fixture
def item(api, jenny):
    """Makes a pending item of hers, and returns its id."""

    def make(**params):
        params = {"amount": 2000, "currency": "usd", "description": "Paper", **params}
        answer = api.post("invoiceitems", customer=jenny, **params)
        assert answer.status == 200, answer.body
        return answer.body["id"]

    return make


@pytest.fixture
def draft(api, jenny, item):
    """Makes a draft over her pending items, and returns it."""

    def make(**params):
        item()
        answer = api.post(
            "invoices", customer=jenny, pending_invoice_items_behavior="include", **params
        )
        assert answer.status == 200, answer.body
        return answer.body

    return make


def test_an_invoice_has_stripes_members(api, draft, jenny):
    invoice = draft(description="Thank you")

    assert api.get(f"invoices/{invoice['id']}").body == invoice
    line = invoice.pop("lines")["data"][0]
    prefix = api.get(f"customers/{jenny}").body["invoice_prefix"]
    assert len(prefix) == 8
    assert {
        name: invoice[name]
        for name in (
            "object", "amount_due", "amount_paid", "amount_remaining", "attempt_count", "attempted", "auto_advance",
            "billing_reason", "collection_method", "currency", "customer", "customer_email", "customer_name",
            "description", "discounts", "ending_balance", "number", "parent", "starting_balance", "status", "subtotal",
            "total", "total_taxes",
        )
    } == {
        "object": "invoice", "amount_due": 2000, "amount_paid": 0, "amount_remaining": 2000, "attempt_count": 0,
        "attempted": False, "auto_advance": False, "billing_reason": "manual",
        "collection_method": "charge_automatically", "currency": "usd", "customer": jenny,
        "customer_email": "jenny@example.com", "customer_name": "Jenny Rosen", "description": "Thank you",
        "discounts": [], "ending_balance": None, "number": None, "parent": None, "starting_balance": 0,
        "status": "draft", "subtotal": 2000, "total": 2000, "total_taxes": [],
    }  # fmt: skip
    assert (line["object"], line["amount"], line["description"], line["invoice"]) == (
        "line_item", 2000, "Paper", invoice["id"],
    )  # fmt: skip
    assert line["parent"]["type"] == "invoice_item_details"


def test_an_invoice_is_finalized_and_paid(api, draft, card):
    invoice = draft()

    opened = api.post(f"invoices/{invoice['id']}/finalize").body
    paid = api.post(f"invoices/{invoice['id']}/pay", expand=["payments"]).body

    assert (opened["status"], opened["number"][-5:]) == ("open", "-0001")
    assert (paid["status"], paid["amount_paid"], paid["amount_remaining"]) == ("paid", 2000, 0)
    (payment,) = paid["payments"]["data"]
    assert (payment["status"], payment["amount_paid"], payment["payment"]["type"]) == (
        "paid", 2000, "payment_intent",
    )  # fmt: skip


def test_a_decline_is_an_error_and_leaves_it_open(api, draft, jenny):
    invoice = draft()["id"]
    declined = api.post("payment_methods/pm_card_chargeCustomerFail/attach", customer=jenny).body[
        "id"
    ]

    answer = api.post(f"invoices/{invoice}/pay", payment_method=declined)

    assert (answer.status, answer.error["code"], answer.error["type"]) == (
        402, "card_declined", "card_error",
    )  # fmt: skip
    shown = api.get(f"invoices/{invoice}").body
    assert (shown["status"], shown["attempt_count"], shown["attempted"]) == ("open", 1, True)


def test_the_same_key_pays_once(api, draft, card):
    invoice = draft()["id"]

    once = {"Idempotency-Key": "once"}
    answers = [api.post(f"invoices/{invoice}/pay", headers=once).body["status"] for _ in range(2)]

    assert answers == ["paid", "paid"]
    assert len(api.get("charges").ids) == 1


def test_paying_elsewhere_charges_nothing(api, draft, card):
    invoice = draft()["id"]

    shown = api.post(f"invoices/{invoice}/pay", paid_out_of_band=True).body

    assert (shown["status"], shown["amount_paid_off_stripe"]) == ("paid", 2000)
    assert api.get("charges").body["data"] == []


def test_an_invoice_for_a_new_address_makes_its_customer(api, site, scope):
    first = api.post("invoices", email="new@example.com", name="New").body
    second = api.post("invoices", email="NEW@example.com").body

    assert (first["customer_email"], first["customer_name"]) == ("new@example.com", "New")
    assert first["customer"] == second["customer"]
    assert Customer.objects.count() == 1


def test_somebody_has_to_be_billed(api):
    answer = api.post("invoices", currency="usd")

    assert (answer.status, answer.error["param"], answer.error["code"]) == (
        400, "customer", "parameter_missing",
    )  # fmt: skip


def test_pending_items_wait_unless_they_are_asked_for(api, jenny, item):
    waiting = item()

    invoice = api.post("invoices", customer=jenny, currency="usd").body

    assert invoice["lines"]["data"] == []
    assert [found["id"] for found in api.get("invoiceitems", pending="true").body["data"]] == [
        waiting
    ]


def test_an_item_on_a_draft_changes_its_line(api, jenny):
    invoice = api.post("invoices", customer=jenny).body["id"]
    item = api.post(
        "invoiceitems", customer=jenny, invoice=invoice, amount=500, currency="usd"
    ).body

    api.post(f"invoiceitems/{item['id']}", amount=700, description="Ink")

    shown = api.get(f"invoices/{invoice}").body
    (line,) = shown["lines"]["data"]
    assert (shown["total"], line["amount"], line["description"]) == (700, 700, "Ink")
    api.delete(f"invoiceitems/{item['id']}")
    assert api.get(f"invoices/{invoice}").body["total"] == 0


def test_an_item_that_was_billed_stays(api, draft):
    invoice = draft()["id"]
    (item,) = api.get("invoiceitems").body["data"]
    api.post(f"invoices/{invoice}/finalize")

    answers = [
        api.post(f"invoiceitems/{item['id']}", amount=1),
        api.delete(f"invoiceitems/{item['id']}"),
    ]

    assert [answer.error["code"] for answer in answers] == ["invoice_not_editable"] * 2


def test_an_item_costs_what_its_price_says(api, jenny):
    product = api.post("products", name="Paper").body["id"]
    price = api.post("prices", product=product, currency="usd", unit_amount=300).body["id"]

    item = api.post("invoiceitems", customer=jenny, pricing={"price": price}, quantity=4).body

    assert (item["amount"], item["quantity"], item["description"], item["currency"]) == (
        1200, 4, "Paper", "usd",
    )  # fmt: skip
    assert item["pricing"] == {
        "price_details": {"price": price, "product": product},
        "type": "price_details",
        "unit_amount_decimal": "300",
    }


@pytest.mark.parametrize(
    ("params", "amount"),
    [
        pytest.param({"unit_amount_decimal": "0.5", "quantity": 3}, 2, id="half away from zero"),
        pytest.param({"unit_amount_decimal": "-0.5", "quantity": 3}, -2, id="a credit"),
        pytest.param({"unit_amount_decimal": "100"}, 100, id="one"),
    ],
)
def test_an_item_costs_what_one_costs(api, jenny, params, amount):
    item = api.post("invoiceitems", customer=jenny, currency="usd", **params).body

    assert item["amount"] == amount


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        pytest.param({}, "amount", "parameter_missing", id="nothing"),
        pytest.param({"amount": 1, "unit_amount_decimal": "1"}, "amount", None, id="two"),
        pytest.param({"amount": 1, "quantity": 2}, "quantity", None, id="quantity of an amount"),
        pytest.param({"unit_amount_decimal": "99999999", "quantity": 10**9}, "quantity", "amount_too_large",
                     id="too much"),
        pytest.param({"amount": 1, "period": {"start": 2, "end": 1}}, "period[end]", None, id="period"),
    ],
)  # fmt: skip
def test_an_item_that_contradicts_itself_is_refused(api, jenny, params, param, code):
    answer = api.post("invoiceitems", customer=jenny, currency="usd", **params)

    assert (answer.status, answer.error["param"], answer.error.get("code")) == (400, param, code)


def test_taxes_and_discounts_count(api, jenny, item):
    vat = api.post("tax_rates", display_name="VAT", percentage=7, inclusive="false").body["id"]
    coupon = api.post("coupons", percent_off=10, duration="once").body["id"]
    item(amount=10000)

    invoice = api.post(
        "invoices", customer=jenny, pending_invoice_items_behavior="include",
        default_tax_rates=[vat], discounts=[{"coupon": coupon}], expand=["discounts"],
    ).body  # fmt: skip

    assert (invoice["subtotal"], invoice["total"], invoice["total_excluding_tax"]) == (
        10000,
        9630,
        9000,
    )
    assert [tax["amount"] for tax in invoice["total_taxes"]] == [630]
    assert [cut["amount"] for cut in invoice["total_discount_amounts"]] == [1000]
    assert [discount["source"]["coupon"] for discount in invoice["discounts"]] == [coupon]
    assert [rate["id"] for rate in invoice["default_tax_rates"]] == [vat]
    without = api.post(f"invoices/{invoice['id']}", discounts="").body
    assert (without["total"], without["discounts"]) == (10700, [])


def test_lines_are_added_changed_and_taken_off(api, jenny, item):
    pending = item()
    invoice = api.post("invoices", customer=jenny).body["id"]

    added = api.post(
        f"invoices/{invoice}/add_lines",
        lines=[{"invoice_item": pending}, {"amount": 300, "description": "Ink"}],
        invoice_metadata={"order": "7"},
    ).body
    first, second = (line["id"] for line in added["lines"]["data"])
    changed = api.post(
        f"invoices/{invoice}/update_lines", lines=[{"id": second, "amount": 400}]
    ).body
    line = api.post(f"invoices/{invoice}/lines/{second}", description="Blue ink").body
    listed = api.get(f"invoices/{invoice}/lines", limit=1, starting_after=first).body
    removed = api.post(
        f"invoices/{invoice}/remove_lines",
        lines=[{"id": first, "behavior": "unassign"}, {"id": second, "behavior": "delete"}],
    ).body

    assert (added["total"], added["metadata"]) == (2300, {"order": "7"})
    assert changed["total"] == 2400
    assert (line["description"], line["amount"]) == ("Blue ink", 400)
    assert ([row["id"] for row in listed["data"]], listed["has_more"]) == ([second], False)
    assert (removed["total"], removed["lines"]["data"]) == (0, [])
    assert [found["id"] for found in api.get("invoiceitems", pending="true").body["data"]] == [
        pending
    ]


def test_an_invoice_shows_ten_lines_of_itself(api, jenny):
    invoice = api.post("invoices", customer=jenny).body["id"]
    lines = [{"amount": number + 1} for number in range(12)]

    shown = api.post(f"invoices/{invoice}/add_lines", lines=lines).body["lines"]

    assert ([line["amount"] for line in shown["data"]], shown["has_more"]) == (
        list(range(1, 11)),
        True,
    )
    rest = api.get(f"invoices/{invoice}/lines", starting_after=shown["data"][-1]["id"]).body
    assert [line["amount"] for line in rest["data"]] == [11, 12]
    before = api.get(f"invoices/{invoice}/lines", ending_before=shown["data"][2]["id"]).body
    assert [line["amount"] for line in before["data"]] == [1, 2]


def test_a_deleted_draft_frees_its_items(api, draft, scope):
    invoice = draft()["id"]

    answer = api.delete(f"invoices/{invoice}").body

    assert answer == {"id": invoice, "object": "invoice", "deleted": True}
    assert InvoiceItem.objects.get().invoice_id is None
    assert not Invoice.objects.exists()


def test_a_finalized_invoice_is_voided_not_deleted(api, draft):
    invoice = draft()["id"]
    api.post(f"invoices/{invoice}/finalize")

    refused = api.delete(f"invoices/{invoice}")
    voided = api.post(f"invoices/{invoice}/void").body

    assert refused.status == 400
    assert (voided["status"], voided["status_transitions"]["voided_at"] is None) == ("void", False)
    assert api.get("payment_intents").body["data"][0]["status"] == "canceled"


def test_an_invoice_that_is_sent_is_open_and_due(api, draft):
    invoice = draft(collection_method="send_invoice", days_until_due=7)["id"]

    sent = api.post(f"invoices/{invoice}/send").body

    assert sent["status"] == "open"
    assert sent["due_date"] - sent["status_transitions"]["finalized_at"] == 7 * 86400
    assert api.get("events", type="invoice.sent").body["data"][0]["data"]["object"]["id"] == invoice


def test_what_is_charged_automatically_is_not_due(api, jenny):
    answer = api.post("invoices", customer=jenny, days_until_due=7)

    assert (answer.status, answer.error["param"]) == (400, "days_until_due")


def test_an_uncollectible_invoice_is_marked(api, draft):
    invoice = draft()["id"]
    api.post(f"invoices/{invoice}/finalize")

    shown = api.post(f"invoices/{invoice}/mark_uncollectible").body

    assert shown["status"] == "uncollectible"


def test_lists_are_narrowed(api, draft, jenny):
    sent = draft(collection_method="send_invoice", due_date=int(clock.now().timestamp()) + 86400)[
        "id"
    ]
    charged = draft()["id"]
    api.post(f"invoices/{charged}/finalize")
    due = api.get(f"invoices/{sent}").body["due_date"]

    found = [
        api.get("invoices", **params).ids
        for params in (
            {"customer": jenny}, {"status": "open"}, {"collection_method": "send_invoice"},
            {"due_date": {"gte": due}}, {"due_date": due}, {"due_date": {"gt": due}},
        )
    ]  # fmt: skip

    assert found == [[charged, sent], [charged], [sent], [sent], [sent], []]


def test_invoices_are_searched(api, draft):
    invoice = draft(metadata={"order": "7"})["id"]
    draft()

    found = api.get("invoices/search", query="metadata['order']:'7' AND total>1999").body

    assert [row["id"] for row in found["data"]] == [invoice]


def test_the_secret_is_shown_where_it_is_asked_for(api, draft):
    invoice = draft()["id"]
    opened = api.post(f"invoices/{invoice}/finalize", expand=["confirmation_secret"]).body

    assert opened["confirmation_secret"]["type"] == "payment_intent"
    assert opened["confirmation_secret"]["client_secret"].startswith("pi_")
    assert "confirmation_secret" not in api.get(f"invoices/{invoice}").body


def test_payments_are_listed(api, draft, card):
    invoice = draft()["id"]
    api.post(f"invoices/{invoice}/pay")

    listed = api.get("invoice_payments", invoice=invoice, status="paid").body["data"]

    (payment,) = listed
    intent = payment["payment"]["payment_intent"]
    assert api.get(
        "invoice_payments", payment={"type": "payment_intent", "payment_intent": intent}
    ).ids == [payment["id"]]
    assert api.get(f"invoice_payments/{payment['id']}").body == payment
    assert api.get("invoice_payments", payment={"type": "payment_record"}).ids == []


def test_a_preview_makes_nothing(api, jenny, item, nothing_written):
    item()
    product = api.post("products", name="Paper").body["id"]

    with nothing_written():
        shown = api.post(
            "invoices/create_preview",
            customer=jenny,
            invoice_items=[
                {"amount": 100, "description": "Ink"},
                {
                    "price_data": {"product": product, "currency": "usd", "unit_amount": 50},
                    "quantity": 2,
                },
            ],
        ).body

    assert shown["id"].startswith("upcoming_in_")
    assert [line["amount"] for line in shown["lines"]["data"]] == [2000, 100, 100]
    assert (shown["total"], shown["status"], shown["number"]) == (2200, "draft", None)


def test_only_drafts_change_what_the_document_says(api, draft):
    invoice = draft()["id"]
    api.post(f"invoices/{invoice}/finalize")

    refused = api.post(f"invoices/{invoice}", description="Late")
    kept = api.post(f"invoices/{invoice}", metadata={"order": "7"}).body

    assert (refused.status, refused.error["code"]) == (400, "invoice_not_editable")
    assert kept["metadata"] == {"order": "7"}
