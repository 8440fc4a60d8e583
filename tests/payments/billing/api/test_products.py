"""`/v1/products`, as they are spoken."""

import pytest

NEW = {
    "object": "product",
    "active": True,
    "default_price": None,
    "description": None,
    "images": [],
    "livemode": False,
    "marketing_features": [],
    "metadata": {},
    "name": "Gold",
    "package_dimensions": None,
    "shippable": None,
    "statement_descriptor": None,
    "tax_code": None,
    "tax_details": None,
    "type": "service",
    "unit_label": None,
    "url": None,
}


@pytest.fixture
def make(api):
    """Makes a product and returns it."""

    def send(**params):
        answer = api.post("products", {"name": "Gold", **params})
        assert answer.status == 200, answer.body
        return answer.body

    return send


def told(api):
    """Return the types of the events so far, the oldest first."""
    return [event["type"] for event in api.get("events").body["data"]][::-1]


def test_a_product_of_which_only_the_name_is_said(api, make):
    product = make()

    assert product == {
        "id": product["id"], "created": product["created"], "updated": product["created"], **NEW,
    }  # fmt: skip
    assert product["id"].startswith("prod_")
    assert api.get(f"products/{product['id']}").body == product
    assert told(api) == ["product.created"]


def test_a_product_of_which_everything_is_said(api):
    said = {
        "active": False,
        "description": "Everything, every day",
        "images": ["https://shop.example.com/gold.png", "https://shop.example.com/more.png"],
        "marketing_features": [{"name": "No advertisements"}, {"name": "Brings a guest"}],
        "metadata": {"tier": "gold"},
        "package_dimensions": {"height": 1, "length": 2.5, "weight": 3.129, "width": 4},
        "shippable": True,
        "statement_descriptor": "GOLD",
        "tax_code": "txcd_10000000",
        "type": "good",
        "unit_label": "seat",
        "url": "https://shop.example.com/gold",
    }

    product = api.post("products", id="gold-2026", name="Gold", **said).body

    assert product == {
        **NEW,
        **said,
        "id": "gold-2026",
        "created": product["created"],
        "updated": product["created"],
        "package_dimensions": {"height": 1, "length": 2.5, "weight": 3.13, "width": 4},
        "tax_details": {"performance_location": None, "tax_code": "txcd_10000000"},
    }


def test_a_chosen_id_is_each_sites_and_each_modes_own(api, other_api, make):
    make(id="gold")

    theirs = other_api.post("products", id="gold", name="Theirs").body
    again = api.post("products", id="gold", name="Again")

    assert theirs["id"] == "gold"
    assert (again.status, again.error["code"], again.error["message"]) == (
        400, "resource_already_exists", "Product already exists.",
    )  # fmt: skip
    assert api.get("products/gold").body["name"] == "Gold"
    assert other_api.get("products/gold").body["name"] == "Theirs"
    assert told(api) == ["product.created"]


def test_a_chosen_id_is_not_one_that_we_made(api, make):
    made = make()["id"]

    answer = api.post("products", id=made, name="Another")

    assert (answer.status, answer.error["code"]) == (400, "resource_already_exists")


def test_a_product_with_a_chosen_id_is_changed_priced_and_found(api, make):
    make(id="gold")

    changed = api.post("products/gold", name="Golden").body
    price = api.post("prices", product="gold", currency="usd", unit_amount=100).body
    expanded = api.get(f"prices/{price['id']}", expand=["product"]).body["product"]
    event = api.get("events", type="product.updated").body["data"][0]

    assert (changed["id"], changed["name"], price["product"]) == ("gold", "Golden", "gold")
    assert expanded == changed == event["data"]["object"]
    assert event["data"]["previous_attributes"]["name"] == "Gold"
    assert api.get("products", ids=["gold", "prod_missing"]).ids == ["gold"]
    assert api.get("prices", product="gold").ids == [price["id"]]
    assert api.get("prices/search", query="product:'gold'").ids == [price["id"]]


def test_a_product_and_its_default_price_are_made_together(api):
    data = {
        "currency": "usd",
        "unit_amount": 1500,
        "recurring": {"interval": "month"},
        "metadata": {"a": "1"},
    }

    product = api.post(
        "products", name="Gold", default_price_data=data, expand=["default_price"]
    ).body

    price = product["default_price"]
    assert (price["unit_amount"], price["product"], price["metadata"]) == (
        1500,
        product["id"],
        {"a": "1"},
    )
    assert price["recurring"]["interval"] == "month"
    assert api.get(f"products/{product['id']}").body["default_price"] == price["id"]
    assert told(api) == ["product.created", "price.created"]


def test_of_a_product_whose_default_price_is_refused_nothing_is_left(api):
    answer = api.post(
        "products", name="Gold",
        default_price_data={"currency": "usd", "unit_amount": 1, "unit_amount_decimal": "1"},
    )  # fmt: skip

    assert (answer.status, answer.error["param"]) == (
        400,
        "default_price_data[unit_amount_decimal]",
    )
    assert api.get("products").ids == []
    assert told(api) == []


def test_a_change_leaves_alone_what_it_does_not_name(api, make):
    product = make(description="Old", metadata={"a": "1", "b": "2"}, unit_label="seat")

    changed = api.post(
        f"products/{product['id']}", description="New", metadata={"a": "", "c": "3"}, images=""
    ).body

    event = api.get("events", type="product.updated").body["data"][0]
    assert changed == {
        **product, "description": "New", "metadata": {"b": "2", "c": "3"}, "updated": changed["updated"],
    }  # fmt: skip
    previous = event["data"]["previous_attributes"]
    assert (previous["description"], previous["metadata"]) == ("Old", {"a": "1", "c": None})


def test_what_changes_nothing_tells_nothing(api, make):
    product = make(description="Old")

    api.post(f"products/{product['id']}", description="Old")

    assert told(api) == ["product.created"]


def test_what_can_be_emptied_is_emptied(api, make):
    product = make(
        description="Old", marketing_features=[{"name": "Large"}], unit_label="seat", tax_code="txcd_10000000",
        url="https://shop.example.com", package_dimensions={"height": 1, "length": 1, "weight": 1, "width": 1},
        metadata={"a": "1"},
    )  # fmt: skip

    names = (
        "description", "marketing_features", "unit_label", "tax_code", "url", "package_dimensions", "metadata",
    )  # fmt: skip
    emptied = api.post(f"products/{product['id']}", dict.fromkeys(names, "")).body

    assert {name: emptied[name] for name in names} == {name: NEW[name] for name in names}


def test_the_default_price_is_one_of_the_products_own(api, make):
    product, other = make(), make(name="Silver")
    own = api.post("prices", product=product["id"], currency="usd", unit_amount=100).body["id"]
    foreign = api.post("prices", product=other["id"], currency="usd", unit_amount=100).body["id"]
    old = api.post(
        "prices", product=product["id"], currency="usd", unit_amount=90, active=False
    ).body["id"]

    chosen = api.post(f"products/{product['id']}", default_price=own).body
    refused = [
        api.post(f"products/{product['id']}", default_price=pk)
        for pk in (foreign, old, "price_missing")
    ]
    emptied = api.post(f"products/{product['id']}", default_price="").body

    assert chosen["default_price"] == own
    assert [(answer.status, answer.error["param"]) for answer in refused] == [
        (400, "default_price"), (400, "default_price"), (404, "default_price"),
    ]  # fmt: skip
    assert emptied["default_price"] is None


def test_a_product_is_deleted_while_it_has_no_price(api, make):
    product = make(id="gold")

    answer = api.delete("products/gold")

    assert answer.body == {"id": "gold", "object": "product", "deleted": True}
    assert api.get("products/gold").error == {
        "code": "resource_missing", "message": "No such product: 'gold'", "param": "id",
        "type": "invalid_request_error",
    }  # fmt: skip
    assert told(api) == ["product.created", "product.deleted"]
    assert make(id="gold")["id"] == product["id"]


def test_a_product_with_a_price_stays(api, make):
    product = make()
    api.post("prices", product=product["id"], currency="usd", unit_amount=100, active=False)

    answer = api.delete(f"products/{product['id']}")

    assert (answer.status, answer.error["message"]) == (
        400, "This product cannot be deleted because it has one or more user-created prices.",
    )  # fmt: skip
    assert api.get(f"products/{product['id']}").body == product


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param({"active": "true"}, ["Poster", "Gold"], id="active"),
        pytest.param({"active": "false"}, ["Silver"], id="archived"),
        pytest.param({"shippable": "true"}, ["Poster"], id="shippable"),
        pytest.param({"type": "good"}, ["Poster"], id="good"),
        pytest.param({"url": "https://shop.example.com/gold"}, ["Gold"], id="url"),
        pytest.param({"ids": ["poster", "silver"]}, ["Poster", "Silver"], id="ids"),
        pytest.param({"starting_after": "poster"}, ["Silver", "Gold"], id="after"),
        pytest.param({"ending_before": "silver"}, ["Poster"], id="before"),
        pytest.param({"limit": 2, "page": 2}, ["Gold"], id="page"),
    ],
)
def test_lists_are_narrowed(api, make, filters, found):
    make(url="https://shop.example.com/gold")
    make(name="Silver", id="silver", active=False)
    make(name="Poster", id="poster", shippable=True, type="good")

    listed = api.get("products", filters).body

    assert [product["name"] for product in listed["data"]] == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("active:'false'", ["Silver pass"]),
        ("name:'pass'", ["Silver pass", "Gold pass"]),
        ("name~'old'", ["Gold pass"]),
        ("description~'exhib'", ["Gold pass"]),
        ("description:'every'", ["Gold pass"]),
        ("metadata['tier']:'1'", ["Gold pass"]),
        ("shippable:'true'", ["Poster"]),
        ("url:'https://shop.example.com/gold'", ["Gold pass"]),
        ("active:'true' AND -shippable:'true'", ["Gold pass"]),
    ],
)
def test_products_are_searched(api, make, query, found):
    make(
        name="Gold pass", description="Every exhibition", metadata={"tier": "1"}, shippable=False,
        url="https://shop.example.com/gold",
    )  # fmt: skip
    make(name="Silver pass", active=False)
    make(name="Poster", shippable=True)

    answer = api.get("products/search", query=query).body

    assert [product["name"] for product in answer["data"]] == found


def test_a_search_goes_on_where_its_page_ended(api, make):
    for name in ("one", "two", "three"):
        make(id=name)

    first = api.get("products/search", query="active:'true'", limit=2).body
    rest = api.get("products/search", query="active:'true'", page=first["next_page"]).body

    assert [product["id"] for product in first["data"] + rest["data"]] == ["three", "two", "one"]
    assert (first["has_more"], rest["has_more"], rest["next_page"]) == (True, False, None)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"name": ""}, "name"),
        ({"id": "a b"}, "id"),
        ({"id": "a@b"}, "id"),
        ({"id": "x" * 65}, "id"),
        ({"id": "cust_gold"}, "id"),
        ({"images": ["https://shop.example.com"] * 9}, "images"),
        ({"images": ["ftp://shop.example.com"]}, "images[0]"),
        ({"url": "gold"}, "url"),
        ({"marketing_features": [{"name": "x" * 81}]}, "marketing_features[0][name]"),
        ({"marketing_features": [{"name": "x"}] * 16}, "marketing_features"),
        ({"package_dimensions": {"height": 1}}, "package_dimensions[length]"),
        (
            {"package_dimensions": {"height": -1, "length": 1, "weight": 1, "width": 1}},
            "package_dimensions[height]",
        ),
        ({"statement_descriptor": "<>"}, "statement_descriptor"),
        ({"tax_code": "books"}, "tax_code"),
        ({"type": "sku"}, "type"),
        ({"default_price": "price_1"}, "default_price"),
        ({"default_price_data": {"unit_amount": 1}}, "default_price_data[currency]"),
        ({"default_price_data": {"currency": "usd"}}, "default_price_data[unit_amount]"),
        (
            {"default_price_data": {"currency": "usd", "custom_unit_amount": {"enabled": True}}},
            "default_price_data[custom_unit_amount]",
        ),
        (
            {"default_price_data": {"currency": "usd", "unit_amount": 1, "recurring": {"interval": "hour"}}},
            "default_price_data[recurring][interval]",
        ),
        (
            {
                "default_price_data": {
                    "currency": "usd", "unit_amount": 1, "recurring": {"interval": "year", "interval_count": 4},
                }
            },
            "default_price_data[recurring][interval_count]",
        ),
    ],
)  # fmt: skip
def test_what_a_product_cannot_be(api, params, param):
    answer = api.post("products", {"name": "Gold", **params})

    assert (answer.status, answer.error["param"]) == (400, param)
    assert api.get("products").ids == []
