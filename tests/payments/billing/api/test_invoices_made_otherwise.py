"""Invoices that other payments pay, that say what they are called and look like, or that take another one's place."""

from tests.payments.api.conftest import card, jenny
from tests.payments.billing.api.test_invoices import draft, item

__all__ = ["card", "draft", "item", "jenny"]


def test_a_payment_that_was_made_elsewhere_pays_an_invoice(api, draft, card, jenny):
    invoice = draft()["id"]
    api.post(f"invoices/{invoice}/finalize")
    intent = api.post(
        "payment_intents", customer=jenny, amount=800, currency="usd", payment_method=card, confirm=True
    ).body["id"]  # fmt: skip

    attached = api.post(
        f"invoices/{invoice}/attach_payment", payment_intent=intent, expand=["payments"]
    ).body
    again = api.post(f"invoices/{invoice}/attach_payment", payment_intent=intent)
    unknown = api.post(f"invoices/{invoice}/attach_payment", payment_intent="pi_0")
    record = api.post(f"invoices/{invoice}/attach_payment", payment_record="pr_0")

    assert (attached["status"], attached["amount_paid"], attached["amount_remaining"]) == (
        "open", 800, 1200,
    )  # fmt: skip
    own, other = sorted(attached["payments"]["data"], key=lambda payment: not payment["is_default"])
    assert (own["status"], own["amount_requested"]) == ("open", 1200)
    assert (other["status"], other["amount_paid"], other["payment"]["payment_intent"]) == (
        "paid", 800, intent,
    )  # fmt: skip
    assert [(answer.status, answer.error["param"]) for answer in (again, unknown, record)] == [
        (400, "payment_intent"), (404, "payment_intent"), (400, "payment_record"),
    ]  # fmt: skip


def test_a_draft_is_given_a_number_and_looks(api, jenny, draft):
    rendering = {"amount_tax_display": "exclude_tax", "pdf": {"page_size": "letter"}}
    made = draft(number="2026/17", rendering=rendering, issuer={"type": "self"})

    changed = api.post(
        f"invoices/{made['id']}", rendering={"amount_tax_display": ""}, number="2026/18"
    ).body
    other = draft(number="2026/17")
    taken = api.post(f"invoices/{other['id']}", number="2026/18")
    refused = [
        api.post(f"invoices/{other['id']}", **params).error["param"]
        for params in (
            {"number": "-1"}, {"number": "1\n2"}, {"number": "x" * 27},
            {"rendering": {"template": "inrtem_1"}}, {"rendering": {"pdf": {"page_size": "a5"}}},
            {"issuer": {"type": "account"}}, {"account_tax_ids": ["txi_1"]},
        )
    ]  # fmt: skip

    assert (made["number"], made["status"], made["hosted_invoice_url"]) == (
        "2026/17",
        "draft",
        None,
    )
    assert made["rendering"] == {**rendering, "template": None, "template_version": None}
    assert (changed["number"], changed["rendering"]["amount_tax_display"]) == ("2026/18", None)
    assert changed["rendering"]["pdf"] == {"page_size": "letter"}
    assert (taken.status, taken.error["param"]) == (400, "number")
    assert refused == [
        "number", "number", "number", "rendering[template]", "rendering[pdf][page_size]",
        "issuer[type]", "account_tax_ids",
    ]  # fmt: skip


def test_what_a_customers_invoices_look_like_is_taken_over(api, jenny):
    api.post(
        f"customers/{jenny}",
        invoice_settings={"rendering_options": {"amount_tax_display": "exclude_tax"}},
    )

    usual = api.post("invoices", customer=jenny).body
    own = api.post(
        "invoices", customer=jenny, rendering={"amount_tax_display": "include_inclusive_tax"}
    ).body

    assert [each["rendering"]["amount_tax_display"] for each in (usual, own)] == [
        "exclude_tax", "include_inclusive_tax",
    ]  # fmt: skip


def test_an_invoice_is_revised(api, draft):
    original = draft(description="Thank you")["id"]
    api.post(f"invoices/{original}/finalize")
    source = {"action": "revision", "invoice": original}

    revision = api.post("invoices", from_invoice=source, footer="Acme").body
    api.post(f"invoices/{revision['id']}/finalize")
    shown = api.get(f"invoices/{original}", expand=["latest_revision.from_invoice.invoice"]).body
    refused = [
        api.post("invoices", from_invoice=said, **params).error["param"]
        for said, params in (
            (source, {}), (source, {"customer": "cus_1"}), ({"action": "revision"}, {}),
            ({**source, "action": "copy"}, {}), ({**source, "invoice": "in_0"}, {}),
        )
    ]  # fmt: skip

    assert (revision["status"], revision["total"], revision["from_invoice"]) == (
        "draft",
        2000,
        source,
    )
    assert (revision["description"], revision["footer"]) == ("Thank you", "Acme")
    assert (shown["status"], shown["from_invoice"]) == ("void", None)
    assert shown["latest_revision"]["id"] == revision["id"]
    assert shown["latest_revision"]["from_invoice"]["invoice"]["id"] == original
    assert refused == [
        "from_invoice[invoice]", "customer", "from_invoice[invoice]", "from_invoice[action]",
        "from_invoice[invoice]",
    ]  # fmt: skip
