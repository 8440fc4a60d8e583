"""What subscriptions and their schedules have their invoices say."""

import pytest

from tests.payments.billing.subscribing import shop

__all__ = ["shop"]
NOTHING = {
    "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None,
    "issuer": {"type": "self"},
}  # fmt: skip
FIELDS = [{"name": "Order", "value": "4711"}]


def said(invoice):
    return invoice["description"], invoice["footer"], invoice["custom_fields"]


def test_all_its_invoices_say_it(shop):
    customer = shop.customer(invoice_settings={"footer": "The customer's"})

    made = shop.subscribe(
        customer, shop.price(),
        invoice_settings={
            "custom_fields": FIELDS, "description": "Thanks", "footer": "Soon", "issuer": {"type": "self"},
        },
    )  # fmt: skip
    shop.advance(2030, 3, 1)

    assert made["invoice_settings"] == {
        **NOTHING, "custom_fields": FIELDS, "description": "Thanks", "footer": "Soon"
    }  # fmt: skip
    assert [said(invoice) for invoice in shop.invoices(made)] == [("Thanks", "Soon", FIELDS)] * 2


def test_what_it_does_not_say_the_customer_says(shop):
    customer = shop.customer(invoice_settings={"footer": "The customer's"})
    made = shop.subscribe(customer, shop.price(), invoice_settings={"description": "Thanks"})

    changed = shop.change(made, invoice_settings={"description": "", "custom_fields": FIELDS})
    shop.advance(2030, 3, 1)

    assert changed["invoice_settings"] == {**NOTHING, "custom_fields": FIELDS}
    assert [said(invoice) for invoice in shop.invoices(made)] == [
        ("Thanks", "The customer's", None), (None, "The customer's", FIELDS),
    ]  # fmt: skip


def test_phases_say_it_over_what_the_schedule_says(shop):
    made = shop.post(
        "subscription_schedules", customer=shop.customer(), start_date="now",
        default_settings={"invoice_settings": {"description": "Thanks", "footer": "Soon"}},
        phases=[
            {"items": [{"price": shop.price()}], "iterations": 1},
            {
                "items": [{"price": shop.price()}], "iterations": 1, "collection_method": "send_invoice",
                "invoice_settings": {"footer": "Later", "days_until_due": 9, "issuer": {"type": "self"}},
            },
        ],
    )  # fmt: skip

    shop.advance(2030, 3, 1)

    common = {**NOTHING, "description": "Thanks", "footer": "Soon", "days_until_due": None}
    assert made["default_settings"]["invoice_settings"] == common
    assert [phase["invoice_settings"] for phase in made["phases"]] == [
        None, {**NOTHING, "footer": "Later", "days_until_due": 9},
    ]  # fmt: skip
    subscription = shop.get(f"subscriptions/{made['subscription']}")
    assert subscription["invoice_settings"] == {
        **NOTHING,
        "description": "Thanks",
        "footer": "Later",
    }
    assert [said(invoice) for invoice in shop.invoices(subscription)] == [
        ("Thanks", "Soon", None), ("Thanks", "Later", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "param"),
    [
        ({"issuer": {"type": "account"}}, "invoice_settings[issuer][type]"),
        ({"account_tax_ids": ["txi_1"]}, "invoice_settings[account_tax_ids]"),
        ({"custom_fields": FIELDS * 5}, "invoice_settings[custom_fields]"),
        ({"days_until_due": 3}, "invoice_settings[days_until_due]"),
    ],
)
def test_what_there_is_not_is_refused(shop, settings, param):
    answer = shop.api.post(
        "subscriptions", customer=shop.customer(), items=[{"price": shop.price()}],
        invoice_settings=settings,
    )  # fmt: skip

    assert (answer.status, answer.error["param"]) == (400, param)
