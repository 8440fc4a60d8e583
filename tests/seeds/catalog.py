"""One of each of products, prices, plans and tax rates."""

NAMES = frozenset(
    {"product", "price", "plan", "tax_rate", "shipping_rate", "unpriced_product", "unused_plan"}
)
NEEDS = {
    "DELETE products/<id:pk>": "unpriced_product",
    "DELETE plans/<id:pk>": "unused_plan",
}
BODIES = {
    "products/<id:pk>": {"name": "Theirs"},
    "prices/<id:pk>": {"nickname": "Theirs"},
    "plans/<id:pk>": {"nickname": "Theirs"},
    "tax_rates/<id:pk>": {"display_name": "Theirs"},
    "shipping_rates/<id:pk>": {"active": False},
}
NEEDED = {
    "GET products/search": {"query": "active:'true'"},
    "GET prices/search": {"query": "active:'true'"},
    "POST products": {"name": "Gold"},
    "POST prices": {"currency": "usd"},
    "POST plans": {"currency": "usd", "interval": "month"},
    "POST shipping_rates": {
        "display_name": "Ground",
        "fixed_amount": {"amount": 500, "currency": "usd"},
    },
    "POST tax_rates": {"display_name": "VAT", "percentage": 7, "inclusive": True},
}
SEARCHES = {"products/search": "-name:null", "prices/search": "-type:null"}

RECURRING = {"interval": "month", "interval_count": 1, "trial_period_days": 14}
OPTIONS = {"eur": {"unit_amount": 1800, "tax_behavior": "inclusive"}}
PRODUCT = {
    "name": "Gold",
    "description": "Everything, every day",
    "images": ["https://shop.example.com/gold.png"],
    "marketing_features": [{"name": "No advertisements"}],
    "package_dimensions": {"height": 1, "length": 2.5, "weight": 3, "width": 4},
    "shippable": True,
    "statement_descriptor": "GOLD",
    "tax_code": "txcd_10000000",
    "unit_label": "seat",
    "url": "https://shop.example.com/gold",
    "metadata": {"tier": "gold"},
}
"""A product that uses every parameter that leaves something to be seen."""

SHIPPING_RATE = {
    "display_name": "Ground",
    "fixed_amount": {
        "amount": 500,
        "currency": "usd",
        "currency_options": {"eur": {"amount": 450, "tax_behavior": "inclusive"}},
    },
    "delivery_estimate": {
        "minimum": {"unit": "business_day", "value": 3},
        "maximum": {"unit": "week", "value": 2},
    },
    "tax_behavior": "exclusive",
    "metadata": {"tier": "gold"},
}


def seed(api, customer):
    """Make them, and return their ids by the names of their schemas."""

    def make(path, **params):
        answer = api.post(path, params)
        assert answer.status == 200, answer.body
        return answer.body["id"]

    product = make("products", **PRODUCT)
    price = {"currency": "usd", "unit_amount": 2000, "recurring": RECURRING}
    plan = {"currency": "usd", "amount": 500, "interval": "week", "product": product}
    return {
        "product": product,
        "unpriced_product": make("products", id="silver", name="Silver"),
        "price": make(
            "prices", product=product, **price, currency_options=OPTIONS, lookup_key="gold",
            nickname="Monthly", tax_behavior="exclusive", metadata={"tier": "gold"},
            transform_quantity={"divide_by": 10, "round": "up"},
        ),
        "plan": make("plans", **plan, id="weekly", nickname="Weekly", trial_period_days=7),
        "unused_plan": make("plans", **plan),
        "shipping_rate": make("shipping_rates", **SHIPPING_RATE),
        "tax_rate": make(
            "tax_rates", display_name="VAT", percentage=7.5, inclusive=False, country="TH",
            description="Value added tax", jurisdiction="TH", state="10", tax_type="vat",
            metadata={"tier": "gold"},
        ),
    }  # fmt: skip
