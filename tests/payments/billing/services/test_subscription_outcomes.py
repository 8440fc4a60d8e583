"""What becomes of subscriptions whose invoices are paid late, never, or in another way."""

import pytest

from payments.billing.models import Invoice
from payments.billing.services import invoices
from tests.payments.billing.subscribing import START, shop

__all__ = ["shop"]


@pytest.fixture
def unpaid(shop):
    """A subscription whose renewal could not be collected."""
    subscription = shop.subscribe(shop.customer(), shop.price())
    shop.give_card(subscription["customer"], "pm_card_chargeCustomerFail")
    shop.advance(2030, 2, 28, 14)
    return subscription


def latest():
    return Invoice.objects.order_by("-created_at").first()


def test_a_renewal_that_cannot_be_collected_makes_it_past_due(shop, unpaid):
    assert shop.again(unpaid)["status"] == "past_due"
    assert shop.invoices(unpaid)[-1]["status"] == "open"


def test_a_later_try_makes_it_active_again(shop, unpaid):
    shop.give_card(unpaid["customer"], "pm_card_visa")

    shop.advance(2030, 3, 2)

    assert shop.again(unpaid)["status"] == "active"
    assert shop.invoices(unpaid)[-1]["status"] == "paid"


@pytest.mark.parametrize(
    ("wanted", "status"), [("cancel", "canceled"), ("unpaid", "unpaid"), ("leave", "past_due")]
)
def test_the_site_says_what_happens_when_all_tries_have_failed(shop, site, unpaid, wanted, status):
    site.dunning_end, site.retry_days = wanted, [1, 2]
    site.save()

    shop.advance(2030, 3, 6)

    after = shop.again(unpaid)
    reason = "payment_failed" if wanted == "cancel" else None
    assert (after["status"], after["cancellation_details"]["reason"]) == (status, reason)


def test_invoices_of_what_is_unpaid_stay_drafts(shop, site, unpaid):
    site.dunning_end, site.retry_days = "unpaid", [1]
    site.save()
    shop.advance(2030, 3, 31, 14)
    draft = shop.invoices(unpaid)[-1]
    shop.give_card(unpaid["customer"], "pm_card_visa")

    invoices.pay(latest(), request_key="pay", at=START)

    assert (draft["status"], draft["auto_advance"]) == ("draft", False)
    assert shop.again(unpaid)["status"] == "active"


@pytest.mark.parametrize("settle", [invoices.void, invoices.mark_uncollectible])
def test_an_invoice_that_is_settled_otherwise_lets_it_go_on(shop, unpaid, settle):
    settle(latest(), at=START)

    assert shop.again(unpaid)["status"] == "active"


def test_a_first_invoice_that_is_void_ends_it(shop):
    subscription = shop.subscribe(
        shop.customer(), shop.price(), payment_behavior="default_incomplete"
    )

    invoices.void(latest(), at=START)

    assert shop.again(subscription)["status"] == "incomplete_expired"


def test_the_method_that_paid_can_become_the_default(shop):
    subscription = shop.subscribe(
        shop.customer(), shop.price(),
        payment_settings={"save_default_payment_method": "on_subscription"},
    )  # fmt: skip

    method = shop.again(subscription)["default_payment_method"]
    assert method.startswith("pm_")
