"""What renewals are expected to come to: what the invoices then say, for many subscriptions together."""

from datetime import UTC, datetime

from payments.billing.admin.subscription_page import items_of
from payments.billing.models import Subscription
from payments.billing.services.expected_renewals import Expected
from tests.payments.billing.subscribing import shop

__all__ = ["shop"]


def expected(*instants):
    """Return what all subscriptions come to at some instants, by the id of each."""
    rows = list(Subscription.objects.select_related("customer").order_by("id"))
    found = Expected(rows, items_of(rows))
    return {row.pk: [found.total(row, at) for at in instants or (row.period_end,)] for row in rows}


def coupon(shop, **terms):
    return [{"coupon": shop.post("coupons", **terms)["id"]}]


def rate(shop, percentage, **more):
    return shop.post(
        "tax_rates", display_name="VAT", percentage=percentage, inclusive=False, **more
    )["id"]


def varied(shop):
    """Return subscriptions that are billed in many ways."""
    price, vat, low = shop.price(1999), rate(shop, 7), rate(shop, "2.5")
    once = coupon(shop, percent_off=50, duration="once")
    half = coupon(shop, percent_off=50, duration="forever")
    off = coupon(shop, amount_off=300, currency="usd", duration="forever")
    one = shop.customer()
    plain = shop.subscribe(one, price)
    pending = shop.subscribe(one, price, default_tax_rates=[low])
    shop.post(
        "invoiceitems", customer=pending["customer"], subscription=pending["id"], amount=501,
        currency="usd", discounts=half, tax_rates=[vat],
    )  # fmt: skip
    exempt = shop.subscribe(shop.customer(tax_exempt="exempt"), price, default_tax_rates=[vat])
    both = {"price": price, "quantity": 3, "tax_rates": [low], "discounts": half}
    rich = shop.subscribe(one, both, shop.price(333), discounts=off, default_tax_rates=[vat])
    later = shop.subscribe(shop.customer(), price)
    shop.change(later, discounts=once)
    return [plain, pending, exempt, rich, later]


def test_renewals_come_to_what_previews_say(shop):
    made = varied(shop)

    found = expected()

    previews = [shop.post("invoices/create_preview", subscription=each["id"]) for each in made]
    assert [found[each["id"]] for each in made] == [[preview["total"]] for preview in previews]
    assert [found[each["id"]] for each in made] == [[1999], [2317], [1999], [3120], [999]]


def test_what_holds_once_is_gone_afterwards(shop):
    once = coupon(shop, percent_off=50, duration="once")
    made = shop.subscribe(shop.customer(), shop.price())
    shop.change(made, discounts=once)
    first, second = datetime(2030, 2, 28, 12, tzinfo=UTC), datetime(2030, 3, 31, 12, tzinfo=UTC)

    assert expected(first, second) == {made["id"]: [500, 1000]}


def test_what_ends_counts_no_longer(shop):
    some = coupon(shop, percent_off=50, duration="repeating", duration_in_months=2)
    made = shop.subscribe(shop.customer(), shop.price(), discounts=some)
    at = [datetime(2030, 2, 28, 12, tzinfo=UTC), datetime(2030, 3, 31, 12, tzinfo=UTC)]

    assert expected(*at) == {made["id"]: [500, 1000]}


def test_a_last_period_is_billed_in_part(shop):
    made = shop.subscribe(shop.customer(), shop.price())
    shop.change(made, cancel_at=int(datetime(2030, 3, 16, tzinfo=UTC).timestamp()))

    (amount,) = expected()[made["id"]]

    preview = shop.post("invoices/create_preview", subscription=made["id"])
    assert amount == preview["total"] == 500


def test_it_takes_as_many_statements_for_any_number(shop, django_assert_num_queries):
    varied(shop)

    with django_assert_num_queries(5):  # subscriptions, items, pending items, discounts, rates
        expected()
