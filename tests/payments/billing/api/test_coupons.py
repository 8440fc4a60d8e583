"""`/v1/coupons`: what it takes, shows and refuses."""

import pytest

from customers.kit import clock

MONTHS = {"duration": "repeating", "duration_in_months": 3}


@pytest.fixture
def make(api):
    def act(**params):
        answer = api.post("coupons", {"percent_off": 25, **params})
        assert answer.status == 200, answer.body
        return answer.body

    return act


def test_a_coupon_is_shown_as_it_was_made(api, make):
    before = int(clock.now().timestamp())

    made = make(id="SPRING-25", name="Spring", **MONTHS)

    assert before <= made.pop("created") <= before + 60
    assert made == {
        "id": "SPRING-25",
        "object": "coupon",
        "amount_off": None,
        "currency": None,
        "duration": "repeating",
        "duration_in_months": 3,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "name": "Spring",
        "percent_off": 25,
        "redeem_by": None,
        "times_redeemed": 0,
        "valid": True,
    }
    assert api.get("coupons/SPRING-25").body["id"] == "SPRING-25"
    assert api.get("coupons").ids == ["SPRING-25"]


def test_what_is_shown_when_expanded(api, make):
    product = api.post("products", id="gold", name="Gold").body["id"]
    amount = api.post(
        "coupons", amount_off=500, currency="usd", currency_options={"eur": {"amount_off": 450}},
        applies_to={"products": [product]},
    ).body["id"]  # fmt: skip
    percent = make()["id"]

    shown = api.get("coupons", expand=["data.applies_to", "data.currency_options"]).body["data"]

    assert [(each["id"], each["applies_to"], each["currency_options"]) for each in shown] == [
        (percent, None, {}),
        (
            amount,
            {"products": ["gold"]},
            {"usd": {"amount_off": 500}, "eur": {"amount_off": 450}},
        ),
    ]


def test_an_id_that_is_taken(api, make, nothing_written):
    make(id="SPRING")

    with nothing_written():
        answer = api.post("coupons", id="SPRING", percent_off=10)

    assert (answer.status, answer.error["code"], answer.error["message"]) == (
        400, "resource_already_exists", "Coupon already exists.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"percent_off": "a lot"}, "percent_off"),
        ({"percent_off": 0}, "percent_off"),
        ({"percent_off": "nan"}, "percent_off"),
        ({"percent_off": "1e-9"}, "percent_off"),
        ({"percent_off": 10, "duration": "twice"}, "duration"),
        ({"percent_off": 10, "duration": "repeating", "duration_in_months": 0}, "duration_in_months"),
        ({"percent_off": 10, "id": "a b"}, "id"),
        ({"percent_off": 10, "id": "a@b"}, "id"),
        ({"percent_off": 10, "name": "x" * 41}, "name"),
        ({"percent_off": 10, "max_redemptions": 0}, "max_redemptions"),
        ({"percent_off": 10, "redeem_by": 1}, "redeem_by"),
        ({"amount_off": 0, "currency": "usd"}, "amount_off"),
        ({"amount_off": 100, "currency": "usdollar"}, "currency"),
        (
            {"amount_off": 100, "currency": "usd", "currency_options": {"zzz": {"amount_off": 1}}},
            "currency_options[zzz]",
        ),
        (
            {"amount_off": 100, "currency": "usd", "currency_options": {"eur": {"amount": 1}}},
            "currency_options[eur][amount]",
        ),
        ({"percent_off": 10, "applies_to": {"products": ["prod_1"]}}, "applies_to[products][0]"),
        ({"percent_off": 10, "percent_off_precise": 10}, "percent_off_precise"),
    ],
)  # fmt: skip
def test_what_a_coupon_cannot_be(api, nothing_written, params, param):
    with nothing_written():
        answer = api.post("coupons", params)

    assert (answer.status in {400, 404}, answer.error["param"]) == (True, param)


def test_what_it_takes_off_does_not_change(api, make, nothing_written):
    coupon = make()["id"]

    for name, value in (("percent_off", 50), ("duration", "forever"), ("max_redemptions", 5)):
        with nothing_written():
            answer = api.post(f"coupons/{coupon}", {name: value})
        assert (answer.status, answer.error["code"]) == (400, "parameter_unknown")


def test_a_deleted_coupon_stays_with_those_who_have_it(api, make):
    coupon = make(duration="forever")["id"]
    customer = api.post("customers", coupon=coupon).body["id"]

    gone = api.delete(f"coupons/{coupon}").body

    assert gone == {"id": coupon, "object": "coupon", "deleted": True}
    assert api.get(f"coupons/{coupon}").status == 404
    assert api.get("coupons").ids == []
    shown = api.get(f"customers/{customer}", expand=["discount.source.coupon"]).body["discount"]
    assert (shown["source"]["coupon"]["id"], shown["source"]["coupon"]["valid"]) == (coupon, False)


def test_the_list_is_walked_by_chosen_ids(api, make):
    for pk in ("ONE", "TWO", "THREE"):
        make(id=pk)

    first = api.get("coupons", limit=2).body
    rest = api.get("coupons", starting_after="TWO").body

    assert ([each["id"] for each in first["data"]], first["has_more"]) == (["THREE", "TWO"], True)
    assert [each["id"] for each in rest["data"]] == ["ONE"]
