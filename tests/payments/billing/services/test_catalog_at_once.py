"""Many at the same moment, each with a connection of its own: what is once is given once, and nothing dangles."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import connection

from customers.kit.tenancy import scoped_to
from payments.billing.models import Price, Product
from payments.billing.services import products
from tests.factories.catalog import PriceFactory, ProductFactory
from tests.v1_client import V1Client

AT_ONCE = 6
MONEY = {"currency": "usd", "unit_amount": 100}


@pytest.fixture
def site(transactional_db, made):
    return made[0]


@pytest.fixture
def scope(transactional_db, site):
    with scoped_to(site, livemode=False) as chosen:
        yield chosen


@pytest.fixture
def asked(keys):
    """Sends requests at once, and returns the status of each answer, sorted."""

    def run(request):
        with closing(connection):
            return request(V1Client(keys["sk_test"])).status

    def send(*requests):
        with ThreadPoolExecutor(len(requests)) as pool:
            return sorted(pool.map(run, requests))

    return send


@pytest.mark.django_db(transaction=True)
def test_an_id_is_chosen_once(scope, asked):
    found = asked(*[lambda api: api.post("products", id="gold", name="Gold")] * AT_ONCE)

    assert found == [200] + [400] * (AT_ONCE - 1)
    assert Product.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_lookup_key_is_given_once(scope, asked):
    product = ProductFactory().pk

    found = asked(
        *[lambda api: api.post("prices", product=product, lookup_key="gold", **MONEY)] * AT_ONCE
    )

    assert found == [200] + [400] * (AT_ONCE - 1)
    assert Price.objects.filter(lookup_key="gold").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_product_is_priced_or_deleted(scope, asked):
    for _time in range(AT_ONCE):
        product = ProductFactory().pk

        found = asked(
            lambda api, pk=product: api.delete(f"products/{pk}"),
            lambda api, pk=product: api.post("prices", product=pk, **MONEY),
        )

        is_there = Product.objects.filter(pk=product).exists()
        assert found == ([200, 400] if is_there else [200, 404])
        assert Price.objects.filter(product_id=product).exists() is is_there


@pytest.mark.django_db(transaction=True)
def test_a_default_price_is_never_an_archived_one(scope, asked):
    for _time in range(AT_ONCE):
        price = PriceFactory()

        found = asked(
            lambda api, price=price: api.post(f"prices/{price.pk}", active=False),
            lambda api, price=price: api.post(
                f"products/{price.product_id}", default_price=price.pk
            ),
        )

        price.refresh_from_db()
        product = products.get(price.product_id)
        assert found == [200, 400]
        assert (product.default_price_id == price.pk) is price.is_active
