"""The overview reads what it needs in few statements, however much a customer has."""

from customers.kit import clock
from portal.services import overviews
from tests.factories.billing import InvoiceFactory
from tests.seeds import statements as seeds


def test_overview_asks_as_often_for_much_as_for_little(customer, django_assert_max_num_queries):
    seeds.card(customer)
    for number in range(3):
        seeds.card(customer, last4=f"000{number}")
        seeds.subscription(customer, f"Gold {number}")
        seeds.invoice(customer, "Gold", ago=number + 1)
        seeds.confirmed_at_the_bank(seeds.invoice(customer, "Oak", ago=number, status="open"))
    seeds.waiting(customer)
    customer.refresh_from_db()

    with django_assert_max_num_queries(8):
        overview = overviews.of(customer, at=clock.now())

    assert (len(overview.subscriptions), len(overview.methods), len(overview.unpaid)) == (3, 4, 3)
    assert (len(overview.waiting), len(overview.history.papers)) == (1, 6)


def test_overview_has_nothing_of_other_customers(customer):
    seeds.troubled()
    InvoiceFactory()

    overview = overviews.of(customer, at=clock.now())

    assert overview.upcoming is None
    for rows in (
        overview.subscriptions, overview.methods, overview.unpaid, overview.waiting, overview.tax_ids,
        overview.schedules, overview.history.papers,
    ):  # fmt: skip
        assert list(rows) == []


def test_default_method_stands_first(customer):
    first = seeds.card(customer)
    newer = seeds.card(customer, created_at=clock.now())
    customer.refresh_from_db()

    overview = overviews.of(customer, at=clock.now())

    assert [method.pk for method in overview.methods] == [first.pk, newer.pk]
