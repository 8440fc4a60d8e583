"""`/v1/promotion_codes`: what it takes, shows and refuses, and how its list is narrowed."""

import pytest
from django.db import connection

from customers.kit import clock
from payments.billing.api.v1.promotion_codes import PromotionCodeFilter
from payments.billing.models import PromotionCode
from tests.factories.coupons import CouponFactory


@pytest.fixture
def coupon(api):
    return api.post("coupons", id="SPRING-25", percent_off=25).body["id"]


@pytest.fixture
def make(api, coupon):
    def act(**params):
        answer = api.post("promotion_codes", {"coupon": coupon, **params})
        assert answer.status == 200, answer.body
        return answer.body

    return act


def test_a_code_is_shown_as_it_was_made(api, coupon):
    customer = api.post("customers").body["id"]
    before = int(clock.now().timestamp())

    made = api.post(
        "promotion_codes",
        promotion={"type": "coupon", "coupon": coupon},
        code="Spring-25",
        customer=customer,
        expires_at=before + 3600,
        max_redemptions=5,
        metadata={"tier": "gold"},
        restrictions={
            "first_time_transaction": True,
            "minimum_amount": 1000,
            "minimum_amount_currency": "usd",
            "currency_options": {"eur": {"minimum_amount": 900}},
        },
    ).body

    assert made.pop("id").startswith("promo_")
    assert before <= made.pop("created") <= before + 60
    assert made == {
        "object": "promotion_code",
        "active": True,
        "code": "Spring-25",
        "customer": customer,
        "customer_account": None,
        "expires_at": before + 3600,
        "livemode": False,
        "max_redemptions": 5,
        "metadata": {"tier": "gold"},
        "promotion": {"coupon": coupon, "type": "coupon"},
        "restrictions": {
            "currency_options": {"eur": {"minimum_amount": 900}},
            "first_time_transaction": True,
            "minimum_amount": 1000,
            "minimum_amount_currency": "usd",
        },
        "times_redeemed": 0,
    }


def test_the_older_spelling_names_the_coupon_alone(api, coupon):
    made = api.post("promotion_codes", coupon=coupon).body

    assert (made["promotion"], len(made["code"])) == ({"coupon": coupon, "type": "coupon"}, 8)
    assert made["restrictions"] == {
        "first_time_transaction": False, "minimum_amount": None, "minimum_amount_currency": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "promotion"),
        ({"promotion": {"type": "coupon"}}, "promotion[coupon]"),
        ({"promotion": {"coupon": "SPRING-25"}}, "promotion[type]"),
        ({"promotion": {"type": "gift", "coupon": "SPRING-25"}}, "promotion[type]"),
        ({"promotion": {"type": "coupon", "coupon": "MISSING"}}, "promotion[coupon]"),
        ({"coupon": "MISSING"}, "coupon"),
        ({"coupon": "SPRING-25", "promotion": {"type": "coupon", "coupon": "SPRING-25"}}, "coupon"),
        ({"coupon": "SPRING-25", "code": "a b"}, "code"),
        ({"coupon": "SPRING-25", "code": "x" * 501}, "code"),
        ({"coupon": "SPRING-25", "customer": "cus_missing"}, "customer"),
        ({"coupon": "SPRING-25", "expires_at": 1}, "expires_at"),
        (
            {"coupon": "SPRING-25", "restrictions": {"minimum_amount": 100}},
            "restrictions[minimum_amount_currency]",
        ),
        ({"coupon": "SPRING-25", "restrictions": {"minimum_amount": 0}}, "restrictions[minimum_amount]"),
    ],
)  # fmt: skip
def test_what_a_code_cannot_be(api, coupon, nothing_written, params, param):
    with nothing_written():
        answer = api.post("promotion_codes", params)

    assert (answer.status in {400, 404}, answer.error["param"]) == (True, param)


def test_what_of_a_code_changes(api, make):
    code = make(restrictions={"minimum_amount": 1000, "minimum_amount_currency": "usd"})["id"]

    changed = api.post(
        f"promotion_codes/{code}",
        active=False,
        metadata={"a": "1"},
        restrictions={"currency_options": {"eur": {"minimum_amount": 900}}},
    ).body

    assert (changed["active"], changed["metadata"]) == (False, {"a": "1"})
    assert changed["restrictions"]["currency_options"] == {"eur": {"minimum_amount": 900}}
    refused = api.post(f"promotion_codes/{code}", code="OTHER")
    assert (refused.status, refused.error["code"]) == (400, "parameter_unknown")


def test_a_code_is_not_active_when_its_coupon_is_over(api, coupon, make):
    code = make()["id"]

    api.delete(f"coupons/{coupon}")

    assert api.get(f"promotion_codes/{code}").body["active"] is False
    assert api.get("promotion_codes", active=True).ids == []
    assert api.get("promotion_codes", active=False).ids == [code]


def test_the_list_is_narrowed(api, make):
    customer = api.post("customers").body["id"]
    other = api.post("coupons", percent_off=10).body["id"]
    spring, own = make(code="SPRING")["id"], make(customer=customer)["id"]
    off, theirs = make(active=False)["id"], make(coupon=other)["id"]

    def found(**query):
        return api.get("promotion_codes", query).ids

    assert found() == [theirs, off, own, spring]
    assert found(code="spring") == [spring]
    assert found(customer=customer) == [own]
    assert found(coupon=other) == [theirs]
    assert found(coupon="SPRING-25", active=True) == [own, spring]
    assert found(coupon="MISSING") == []
    assert found(active=False) == [off]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("coupon", "promotion_code_of_coupon"),
        ("customer", "promotion_code_of_customer"),
    ],
)
def test_each_narrowing_has_its_index(scope, name, index):
    with connection.cursor() as cursor:  # the table is empty, and not worth an index
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )

    ordered = PromotionCode.objects.order_by("-created_at", "-id")
    plan = PromotionCodeFilter.base_filters[name].newest(ordered, "x")[:11].explain()

    assert f"using {index} on" in plan
    assert "Sort" not in plan


def test_a_word_among_many_has_its_index(scope):
    coupon = CouponFactory()
    PromotionCode.objects.bulk_create(
        PromotionCode.belonging_to(coupon, coupon=coupon, code=f"C{n}", created_at=clock.now())
        for n in range(500)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE billing_promotioncode")

    ordered = PromotionCode.objects.order_by("-created_at", "-id")
    plan = PromotionCodeFilter.base_filters["code"].newest(ordered, "c7")[:11].explain()

    assert "promotion_code_word" in plan


def test_what_is_shown_when_expanded(api, make):
    customer = api.post("customers", name="Jenny").body["id"]
    code = make(customer=customer)["id"]
    paths = ["customer", "promotion.coupon.applies_to", "restrictions.currency_options"]

    shown = api.get(f"promotion_codes/{code}", expand=paths).body

    assert (shown["customer"]["name"], shown["promotion"]["coupon"]["percent_off"]) == ("Jenny", 25)
    assert shown["promotion"]["coupon"]["applies_to"] is None
