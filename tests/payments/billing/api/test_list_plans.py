"""That the catalog's newest are found where an index keeps them, however the rows are spread."""

import pytest
from django.db import connection

from payments.billing.api.v1.plans import PlanViewSet
from payments.billing.api.v1.prices import PriceFilters, PriceViewSet
from payments.billing.api.v1.products import ProductViewSet
from payments.billing.api.v1.tax_rates import TaxRateViewSet


@pytest.fixture
def planned(scope):
    """Returns how PostgreSQL would find rows in tables that are worth an index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )
    return lambda rows: rows.explain()


@pytest.mark.parametrize(
    ("view", "index"),
    [
        (PlanViewSet, "price_newest"),
        (PriceViewSet, "price_newest"),
        (ProductViewSet, "product_newest"),
        (TaxRateViewSet, "tax_rate_newest"),
    ],
    ids=["plans", "prices", "products", "tax_rates"],
)
def test_the_newest_come_from_an_index(planned, view, index):
    plan = planned(view.rows().order_by("-created_at", "-id")[:11])

    assert f"using {index} on" in plan
    assert "Sort" not in plan


def test_a_products_newest_prices_come_from_their_own_index(planned):
    rows = PriceFilters.base_filters["product"].newest(PriceViewSet.rows(), "prod_0")

    plan = planned(rows[:11])

    assert "using price_of_product on" in plan
    assert "Sort" not in plan


def test_prices_are_found_by_their_lookup_keys_index(planned):
    rows = PriceFilters.base_filters["lookup_keys"].filter(PriceViewSet.rows(), ["gold", "silver"])

    assert "price_lookup_key_once" in planned(rows)
