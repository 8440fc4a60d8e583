"""`/v1/prices`, as they are spoken."""

import pytest

NEW = {
    "object": "price",
    "active": True,
    "billing_scheme": "per_unit",
    "currency": "usd",
    "custom_unit_amount": None,
    "livemode": False,
    "lookup_key": None,
    "metadata": {},
    "nickname": None,
    "recurring": None,
    "tax_behavior": "unspecified",
    "tiers_mode": None,
    "transform_quantity": None,
    "type": "one_time",
    "unit_amount": 1500,
    "unit_amount_decimal": "1500",
}
TIERS = [
    {"up_to": 10, "unit_amount": 500},
    {"up_to": "inf", "unit_amount_decimal": "399.5", "flat_amount": 100},
]
SHOWN_TIERS = [
    {
        "flat_amount": None, "flat_amount_decimal": None, "unit_amount": 500, "unit_amount_decimal": "500", "up_to": 10,
    },
    {
        "flat_amount": 100, "flat_amount_decimal": "100", "unit_amount": None, "unit_amount_decimal": "399.5",
        "up_to": None,
    },
]  # fmt: skip
TIERED = {"currency": "usd", "billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": TIERS}


@pytest.fixture
def product(api):
    return api.post("products", name="Gold").body["id"]


@pytest.fixture
def make(api, product):
    """Makes a price of the product, of 15 dollars unless told otherwise, and returns it."""

    def send(**params):
        answer = api.post(
            "prices", {"currency": "usd", "product": product, "unit_amount": 1500, **params}
        )
        assert answer.status == 200, answer.body
        return answer.body

    return send


def told(api):
    """Return the types of the events about prices so far, the oldest first."""
    types = [event["type"] for event in api.get("events", limit=100).body["data"]]
    return [each for each in types[::-1] if each.startswith(("price.", "plan."))]


def test_a_price_that_is_paid_once(api, make, product):
    price = make()

    assert price == {"id": price["id"], "created": price["created"], "product": product, **NEW}
    assert price["id"].startswith("price_")
    assert api.get(f"prices/{price['id']}").body == price
    assert told(api) == ["price.created"]


def test_a_price_of_which_everything_is_said(make, product):
    price = make(
        active=False, lookup_key="gold", nickname="Monthly", metadata={"tier": "gold"}, tax_behavior="exclusive",
        recurring={"interval": "month", "interval_count": 3, "trial_period_days": 14, "usage_type": "licensed"},
        transform_quantity={"divide_by": 10, "round": "down"},
    )  # fmt: skip

    assert price == {
        **NEW, "id": price["id"], "created": price["created"], "product": product, "active": False,
        "lookup_key": "gold", "nickname": "Monthly", "metadata": {"tier": "gold"}, "tax_behavior": "exclusive",
        "type": "recurring",
        "recurring": {
            "interval": "month", "interval_count": 3, "meter": None, "trial_period_days": 14, "usage_type": "licensed",
        },
        "transform_quantity": {"divide_by": 10, "round": "down"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "unit_amount", "unit_amount_decimal"),
    [
        ("1500", 1500, "1500"),
        ("12.50", None, "12.5"),
        ("0.000000000001", None, "0.000000000001"),
        ("99999999", 99_999_999, "99999999"),
        ("7.000", 7, "7"),
        ("0", 0, "0"),
    ],
)
def test_an_amount_may_have_twelve_decimals(api, product, said, unit_amount, unit_amount_decimal):
    price = api.post("prices", product=product, currency="usd", unit_amount_decimal=said).body

    assert (price["unit_amount"], price["unit_amount_decimal"]) == (
        unit_amount,
        unit_amount_decimal,
    )
    assert api.get(f"prices/{price['id']}").body == price


def test_tiers_are_shown_when_they_are_asked_for(api, product):
    price = api.post("prices", product=product, **TIERED).body
    expanded = api.get(f"prices/{price['id']}", expand=["tiers"]).body
    listed = api.get("prices", expand=["data.tiers"]).body["data"]

    assert "tiers" not in price
    assert (price["billing_scheme"], price["tiers_mode"], price["unit_amount"], price["unit_amount_decimal"]) == (
        "tiered", "graduated", None, None,
    )  # fmt: skip
    assert expanded == {**price, "tiers": SHOWN_TIERS}
    assert listed == [expanded]


def test_a_price_without_tiers_has_none_to_show(api, make):
    price = make()

    assert api.get(f"prices/{price['id']}", expand=["tiers"]).body == {**price, "tiers": None}


def test_a_price_in_several_currencies(api, make):
    price = make(
        currency_options={
            "eur": {"unit_amount": 1400, "tax_behavior": "inclusive"},
            "jpy": {"unit_amount_decimal": "220.5"},
        },
        expand=["currency_options"],
    )

    options = price.pop("currency_options")
    assert "currency_options" not in api.get(f"prices/{price['id']}").body
    assert options == {
        "eur": {
            "custom_unit_amount": None, "tax_behavior": "inclusive", "unit_amount": 1400, "unit_amount_decimal": "1400",
        },
        "jpy": {
            "custom_unit_amount": None, "tax_behavior": "unspecified", "unit_amount": None,
            "unit_amount_decimal": "220.5",
        },
        "usd": {
            "custom_unit_amount": None, "tax_behavior": "unspecified", "unit_amount": 1500,
            "unit_amount_decimal": "1500",
        },
    }  # fmt: skip


def test_tiers_in_several_currencies(api, product):
    price = api.post(
        "prices", product=product, **TIERED, currency_options={"eur": {"tiers": TIERS}}, expand=["currency_options"]
    ).body  # fmt: skip

    options = price["currency_options"]
    assert {currency: option["tiers"] for currency, option in options.items()} == {
        "eur": SHOWN_TIERS, "usd": SHOWN_TIERS,
    }  # fmt: skip


def test_a_price_brings_its_product_along(api):
    price = api.post(
        "prices", currency="usd", unit_amount=1500, expand=["product"],
        product_data={"id": "gold", "name": "Gold", "metadata": {"a": "1"}, "unit_label": "seat"},
    ).body  # fmt: skip

    product = price["product"]
    assert (product["id"], product["name"], product["metadata"], product["unit_label"]) == (
        "gold", "Gold", {"a": "1"}, "seat",
    )  # fmt: skip
    assert [event["type"] for event in api.get("events").body["data"]] == [
        "price.created",
        "product.created",
    ]


def test_of_a_product_whose_price_is_refused_nothing_is_left(api, make):
    make(lookup_key="gold")

    answer = api.post(
        "prices", currency="usd", unit_amount=1, product_data={"id": "new", "name": "New"}, lookup_key="gold"
    )  # fmt: skip

    assert (answer.status, answer.error["param"]) == (400, "lookup_key")
    assert api.get("products/new").status == 404


def test_a_change(api, make):
    price = make(metadata={"a": "1"})

    changed = api.post(
        f"prices/{price['id']}", active=False, nickname="Old", lookup_key="gold", metadata={"b": "2"},
        tax_behavior="inclusive",
    ).body  # fmt: skip

    event = api.get("events", type="price.updated").body["data"][0]
    assert changed == {
        **price, "active": False, "nickname": "Old", "lookup_key": "gold", "metadata": {"a": "1", "b": "2"},
        "tax_behavior": "inclusive",
    }  # fmt: skip
    assert event["data"]["object"] == changed
    assert event["data"]["previous_attributes"] == {
        "active": True, "nickname": None, "lookup_key": None, "metadata": {"b": None}, "tax_behavior": "unspecified",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"unit_amount": 1}, "unit_amount"),
        ({"currency": "eur"}, "currency"),
        ({"recurring": {"interval": "day"}}, "recurring"),
        ({"tax_behavior": "exclusive"}, "tax_behavior"),
        ({"currency_options": {"usd": {"unit_amount": 1}}}, "currency_options[usd]"),
        ({"currency_options": {"eur": {"tax_behavior": "exclusive"}}}, "currency_options[eur][unit_amount]"),
        (
            {"currency_options": {"eur": {"unit_amount": 1, "tax_behavior": "exclusive"}}},
            "currency_options[eur][tax_behavior]",
        ),
    ],
)  # fmt: skip
def test_what_a_price_costs_stays(api, make, params, param):
    price = make(
        tax_behavior="inclusive",
        currency_options={"eur": {"unit_amount": 1400, "tax_behavior": "inclusive"}},
    )

    answer = api.post(f"prices/{price['id']}", params)

    assert (answer.status, answer.error["param"]) == (400, param)
    assert api.get(f"prices/{price['id']}").body == price
    assert told(api) == ["price.created"]


def test_currencies_are_added_changed_and_taken_away(api, make):
    price = make(
        currency_options={
            "eur": {"unit_amount": 1400, "tax_behavior": "inclusive"},
            "gbp": {"unit_amount": 1200},
        }
    )
    path = f"prices/{price['id']}"

    def amounts(**params):
        shown = api.post(path, expand=["currency_options"], **params).body["currency_options"]
        return {
            name: (option["unit_amount"], option["tax_behavior"]) for name, option in shown.items()
        }

    merged = amounts(
        currency_options={"eur": {"unit_amount": 1450}, "gbp": "", "jpy": {"unit_amount": 220}}
    )
    emptied = amounts(currency_options="")

    assert merged == {
        "eur": (1450, "inclusive"), "jpy": (220, "unspecified"), "usd": (1500, "unspecified"),
    }  # fmt: skip
    assert emptied == {"usd": (1500, "unspecified")}
    assert told(api) == ["price.created", "price.updated", "price.updated"]


def test_a_lookup_key_is_one_prices_at_a_time(api, make):
    first = make(lookup_key="gold")

    refused = api.post(
        "prices", product=first["product"], currency="usd", unit_amount=1, lookup_key="gold"
    )
    second = make(lookup_key="gold", transfer_lookup_key=True, unit_amount=1600)

    assert refused.error == {
        "code": "resource_already_exists", "param": "lookup_key", "type": "invalid_request_error",
        "message": f"A price (`{first['id']}`) already uses that lookup key.",
    }  # fmt: skip
    assert api.get("prices", lookup_keys=["gold", "silver"]).ids == [second["id"]]
    assert api.get(f"prices/{first['id']}").body == {**first, "lookup_key": None}
    lost = api.get("events", type="price.updated").body["data"][0]["data"]
    assert (lost["object"]["id"], lost["previous_attributes"]) == (
        first["id"],
        {"lookup_key": "gold"},
    )


def test_a_lookup_key_moves_by_a_change_too(api, make):
    first, second = make(lookup_key="gold"), make()

    refused = api.post(f"prices/{second['id']}", lookup_key="gold")
    moved = api.post(f"prices/{second['id']}", lookup_key="gold", transfer_lookup_key=True).body
    again = api.post(f"prices/{second['id']}", lookup_key="gold").body

    assert (refused.status, refused.error["param"]) == (400, "lookup_key")
    assert (moved["lookup_key"], again) == ("gold", moved)
    assert api.get(f"prices/{first['id']}").body["lookup_key"] is None


def test_a_default_price_is_not_archived(api, make, product):
    price = make()
    api.post(f"products/{product}", default_price=price["id"])

    refused = api.post(f"prices/{price['id']}", active=False)

    assert (refused.status, refused.error["message"]) == (
        400, "This price cannot be archived because it is the default price of its product.",
    )  # fmt: skip
    assert api.get(f"prices/{price['id']}").body == price


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param({"active": "true"}, ["yearly", "weekly", "once"], id="active"),
        pytest.param({"active": "false"}, ["euro"], id="archived"),
        pytest.param({"currency": "eur"}, ["euro"], id="currency"),
        pytest.param({"type": "one_time"}, ["euro", "once"], id="one_time"),
        pytest.param({"type": "recurring"}, ["yearly", "weekly"], id="recurring"),
        pytest.param({"recurring": {"interval": "year"}}, ["yearly"], id="interval"),
        pytest.param(
            {"recurring": {"usage_type": "licensed"}}, ["yearly", "weekly"], id="usage_type"
        ),
        pytest.param({"lookup_keys": ["l-weekly", "l-missing"]}, ["weekly"], id="lookup_keys"),
        pytest.param({"product": "prod_missing"}, [], id="no product"),
        pytest.param({"limit": 1, "page": 2}, ["yearly"], id="page"),
    ],
)
def test_lists_are_narrowed(api, make, filters, found):
    make(nickname="once")
    make(nickname="weekly", recurring={"interval": "week"}, lookup_key="l-weekly")
    make(nickname="yearly", recurring={"interval": "year"}, lookup_key="l-yearly")
    make(nickname="euro", currency="eur", active=False)

    listed = api.get("prices", filters).body["data"]

    assert [price["nickname"] for price in listed] == found


def test_prices_of_a_product(api, make):
    other = api.post("products", id="other", name="Other").body["id"]
    first, _theirs, second = make(), make(product=other), make()

    listed = api.get("prices", product=first["product"], limit=1)
    rest = api.get("prices", product=first["product"], starting_after=second["id"])

    assert (listed.ids, listed.body["has_more"], rest.ids) == ([second["id"]], True, [first["id"]])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("active:'false'", ["euro"]),
        ("currency:'EUR'", ["euro"]),
        ("type:'recurring'", ["weekly"]),
        ("lookup_key:'l-weekly'", ["weekly"]),
        ("metadata['tier']:'gold'", ["weekly"]),
        ("product:'other'", ["euro"]),
        ("product:'other' OR lookup_key:'l-weekly'", ["euro", "weekly"]),
        ("-type:'recurring' AND active:'true'", []),
    ],
)
def test_prices_are_searched(api, make, query, found):
    make(
        nickname="weekly",
        recurring={"interval": "week"},
        lookup_key="l-weekly",
        metadata={"tier": "gold"},
    )
    other = api.post("products", id="other", name="Other").body["id"]
    make(nickname="euro", product=other, currency="eur", active=False)

    answer = api.get("prices/search", query=query).body

    assert [price["nickname"] for price in answer["data"]] == found


MONTHLY = {"interval": "month"}


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"currency": "xyz"}, "currency"),
        ({"product": "prod_missing"}, "product"),
        ({"product_data": {"name": "New"}}, "product"),
        ({"unit_amount": -1}, "unit_amount"),
        ({"unit_amount": 100_000_000}, "unit_amount"),
        ({"unit_amount": "1.5"}, "unit_amount"),
        ({"unit_amount_decimal": "1"}, "unit_amount_decimal"),
        ({"custom_unit_amount": {"enabled": True}}, "custom_unit_amount"),
        ({"recurring": {"interval": "hour"}}, "recurring[interval]"),
        ({"recurring": {**MONTHLY, "interval_count": 0}}, "recurring[interval_count]"),
        ({"recurring": {**MONTHLY, "interval_count": 37}}, "recurring[interval_count]"),
        ({"recurring": {"interval": "week", "interval_count": 157}}, "recurring[interval_count]"),
        ({"recurring": {"interval": "day", "interval_count": 1096}}, "recurring[interval_count]"),
        ({"recurring": {**MONTHLY, "trial_period_days": 731}}, "recurring[trial_period_days]"),
        ({"recurring": {**MONTHLY, "usage_type": "metered"}}, "recurring[usage_type]"),
        ({"recurring": {**MONTHLY, "meter": "mtr_1"}}, "recurring[meter]"),
        ({"tiers": TIERS}, "tiers"),
        ({"tiers_mode": "volume"}, "tiers_mode"),
        ({"billing_scheme": "tiered"}, "unit_amount"),
        ({"transform_quantity": {"divide_by": 0, "round": "up"}}, "transform_quantity[divide_by]"),
        ({"transform_quantity": {"divide_by": 2}}, "transform_quantity[round]"),
        ({"lookup_key": "x" * 201}, "lookup_key"),
        ({"currency_options": {"xyz": {"unit_amount": 1}}}, "currency_options[xyz]"),
        ({"currency_options": {"usd": {"unit_amount": 1}}}, "currency_options[usd]"),
        ({"currency_options": {"eur": {"tiers": TIERS}}}, "currency_options[eur][tiers]"),
        (
            {"currency_options": {"eur": {"custom_unit_amount": {"enabled": True}}}},
            "currency_options[eur][custom_unit_amount]",
        ),
    ],
)
def test_what_a_price_cannot_be(api, product, params, param):
    answer = api.post(
        "prices", {"currency": "usd", "product": product, "unit_amount": 1500, **params}
    )

    assert (answer.status, answer.error["param"]) == (
        404 if "missing" in str(params) else 400,
        param,
    )
    assert api.get("prices").ids == []


@pytest.mark.parametrize(
    "said", ["-1", "1.", ".5", "1e3", "100000000", "1.0000000000001", "NaN", "", "one", "٣"]
)
def test_what_is_no_amount(api, product, said):
    answer = api.post("prices", product=product, currency="usd", unit_amount_decimal=said)

    assert (answer.status, answer.error["param"]) == (400, "unit_amount_decimal")


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"tiers": ""}, "tiers"),
        ({"tiers_mode": ...}, "tiers_mode"),
        ({"tiers": ...}, "tiers"),
        ({"tiers_mode": "stepped"}, "tiers_mode"),
        ({"transform_quantity": {"divide_by": 2, "round": "up"}}, "transform_quantity"),
        ({"tiers": [{"up_to": 10, "unit_amount": 1}]}, "tiers[0][up_to]"),
        ({"tiers": [{"up_to": "inf"}]}, "tiers[0]"),
        ({"tiers": [{"unit_amount": 1}]}, "tiers[0][up_to]"),
        ({"tiers": [{"up_to": 0, "unit_amount": 1}]}, "tiers[0][up_to]"),
        (
            {"tiers": [{"up_to": "inf", "unit_amount": 1}, {"up_to": "inf", "unit_amount": 1}]},
            "tiers[0][up_to]",
        ),
        (
            {
                "tiers": [
                    {"up_to": 5, "unit_amount": 1}, {"up_to": 5, "unit_amount": 1}, {"up_to": "inf", "unit_amount": 1},
                ]
            },
            "tiers[1][up_to]",
        ),
        (
            {"tiers": [{"up_to": "inf", "flat_amount": 1, "flat_amount_decimal": "1"}]},
            "tiers[0][flat_amount_decimal]",
        ),
        ({"currency_options": {"eur": {"unit_amount": 1}}}, "currency_options[eur][unit_amount]"),
        ({"currency_options": {"eur": {"tax_behavior": "inclusive"}}}, "currency_options[eur][tiers]"),
    ],
)  # fmt: skip
def test_what_tiers_cannot_be(api, product, params, param):
    said = {name: value for name, value in {**TIERED, **params}.items() if value is not ...}

    answer = api.post("prices", product=product, **said)

    assert (answer.status, answer.error["param"]) == (400, param)
    assert api.get("prices").ids == []


def test_json_may_hold_numbers(api, product):
    answer = api.json(
        "prices",
        {
            "product": product, "currency": "usd", "billing_scheme": "tiered", "tiers_mode": "volume",
            "tiers": [{"up_to": 5, "unit_amount_decimal": 12.5}, {"up_to": "inf", "flat_amount_decimal": 7}],
            "expand": ["tiers"],
        },
    )  # fmt: skip

    assert [(tier["up_to"], tier["unit_amount_decimal"], tier["flat_amount"]) for tier in answer.body["tiers"]] == [
        (5, "12.5", None), (None, None, 7),
    ]  # fmt: skip
