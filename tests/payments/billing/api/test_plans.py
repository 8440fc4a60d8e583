"""`/v1/plans`, as they are spoken: recurring prices under their older name."""

import pytest

from customers.kit import clock
from payments.billing.models import InvoiceItem
from payments.billing.services import prices
from tests.factories.customers import CustomerFactory

NEW = {
    "object": "plan",
    "active": True,
    "amount": 1500,
    "amount_decimal": "1500",
    "billing_scheme": "per_unit",
    "currency": "usd",
    "interval": "month",
    "interval_count": 1,
    "livemode": False,
    "metadata": {},
    "meter": None,
    "nickname": None,
    "tiers_mode": None,
    "transform_usage": None,
    "trial_period_days": None,
    "usage_type": "licensed",
}
MONTHLY = {"currency": "usd", "amount": 1500, "interval": "month"}


@pytest.fixture
def product(api):
    return api.post("products", name="Gold").body["id"]


@pytest.fixture
def make(api, product):
    """Makes a plan of the product, of 15 dollars a month unless told otherwise, and returns it."""

    def send(**params):
        answer = api.post("plans", {**MONTHLY, "product": product, **params})
        assert answer.status == 200, answer.body
        return answer.body

    return send


def told(api):
    """Return the types of the events about prices so far, the oldest first."""
    types = [event["type"] for event in api.get("events", limit=100).body["data"]]
    return [each for each in types[::-1] if each.startswith(("price.", "plan."))]


def test_a_plan(api, make, product):
    plan = make()

    assert plan == {"id": plan["id"], "created": plan["created"], "product": product, **NEW}
    assert api.get(f"plans/{plan['id']}").body == plan
    assert api.get("events", type="plan.created").body["data"][0]["data"]["object"] == plan
    assert told(api) == ["plan.created"]


def test_a_plan_of_which_everything_is_said(api):
    plan = api.post(
        "plans", id="gold", currency="usd", amount_decimal="12.5", interval="week", interval_count=2, active=False,
        nickname="Fortnightly", metadata={"a": "1"}, trial_period_days=7, usage_type="licensed",
        transform_usage={"divide_by": 10, "round": "up"}, product={"id": "g", "name": "Gold"}, expand=["product"],
    ).body  # fmt: skip

    assert plan.pop("product")["name"] == "Gold"
    assert plan == {
        **NEW, "id": "gold", "created": plan["created"], "active": False, "amount": None, "amount_decimal": "12.5",
        "interval": "week", "interval_count": 2, "nickname": "Fortnightly", "metadata": {"a": "1"},
        "trial_period_days": 7, "transform_usage": {"divide_by": 10, "round": "up"},
    }  # fmt: skip


def test_a_plan_in_tiers(api, product):
    tiers = [{"up_to": 1, "flat_amount": 100}, {"up_to": "inf", "unit_amount": 50}]

    plan = api.post(
        "plans", currency="usd", interval="year", product=product, billing_scheme="tiered", tiers_mode="volume",
        tiers=tiers, expand=["tiers"],
    ).body  # fmt: skip

    assert (plan["amount"], plan["tiers_mode"]) == (None, "volume")
    assert [(tier["up_to"], tier["flat_amount"], tier["unit_amount"]) for tier in plan["tiers"]] == [
        (1, 100, None), (None, None, 50),
    ]  # fmt: skip


def test_every_plan_is_a_price_and_every_recurring_price_a_plan(api, make, product):
    plan = make(id="gold")
    money = {"currency": "usd", "unit_amount": 900, "product": product}
    price = api.post("prices", money, recurring={"interval": "year"}).body
    once = api.post("prices", money).body

    as_price = api.get("prices/gold").body
    as_plan = api.get(f"plans/{price['id']}").body

    assert (as_price["id"], as_price["unit_amount"], as_price["recurring"]["interval"]) == (
        "gold",
        1500,
        "month",
    )
    assert (as_plan["amount"], as_plan["interval"]) == (900, "year")
    assert api.get(f"plans/{once['id']}", expand=["product"]).body["object"] == "plan"
    assert api.get("plans").ids == [price["id"], plan["id"]]
    assert api.get("prices").ids == [once["id"], price["id"], plan["id"]]


def test_a_change(api, make):
    plan = make(metadata={"a": "1"}, trial_period_days=7)
    other = api.post("products", id="silver", name="Silver").body["id"]

    changed = api.post(
        f"plans/{plan['id']}", active=False, nickname="Old", metadata={"a": ""}, product=other, trial_period_days=14
    ).body  # fmt: skip

    event = api.get("events", type="plan.updated").body["data"][0]
    assert changed == {
        **plan, "active": False, "nickname": "Old", "metadata": {}, "product": "silver", "trial_period_days": 14,
    }  # fmt: skip
    assert event["data"]["object"] == changed
    assert told(api) == ["plan.created", "plan.updated"]


def test_a_default_price_stays_with_its_product(api, make, product):
    plan = make()
    other = api.post("products", name="Silver").body["id"]
    api.post(f"products/{product}", default_price=plan["id"])

    moved = api.post(f"plans/{plan['id']}", product=other)
    gone = api.delete(f"plans/{plan['id']}")

    assert [(answer.status, answer.error["message"]) for answer in (moved, gone)] == [
        (400, "This price cannot be moved because it is the default price of its product."),
        (400, "This price cannot be archived because it is the default price of its product."),
    ]
    assert api.get(f"plans/{plan['id']}").body == plan


def test_an_unused_plan_is_deleted_and_its_id_is_free(api, make, product):
    make(id="gold")

    answer = api.delete("plans/gold")

    assert answer.body == {"id": "gold", "object": "plan", "deleted": True}
    assert api.get("plans/gold").error == {
        "code": "resource_missing", "message": "No such plan: 'gold'", "param": "id", "type": "invalid_request_error",
    }  # fmt: skip
    assert api.get("prices/gold").status == 404
    assert told(api) == ["plan.created", "plan.deleted"]
    assert make(id="gold")["id"] == "gold"
    assert api.delete("plans/gold").status == api.delete(f"products/{product}").status == 200


def test_a_used_plan_is_deleted_for_whatever_is_new(api, make, scope):
    make(id="gold")
    customer = CustomerFactory()
    used = InvoiceItem.belonging_to(
        customer, customer=customer, price=prices.get("gold"), currency="usd", amount=1500, quantity=1,
        period_start=clock.now(), period_end=clock.now(), created_at=clock.now(),
    )  # fmt: skip
    used.save()

    answer = api.delete("plans/gold")
    again = api.post("plans", id="gold", **MONTHLY, product={"name": "Gold"})

    used.refresh_from_db()
    assert answer.body == {"id": "gold", "object": "plan", "deleted": True}
    assert (used.price.is_active, used.price.deleted_at is None) == (False, False)
    assert [api.get(path).status for path in ("plans/gold", "prices/gold")] == [404, 404]
    assert api.get("plans").ids == api.get("prices").ids == []
    assert (again.status, again.error["message"]) == (400, "Plan already exists.")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param({"active": "true"}, ["silver"], id="active"),
        pytest.param({"active": "false"}, ["gold"], id="archived"),
        pytest.param({"product": "s"}, ["silver"], id="product"),
        pytest.param({"starting_after": "silver"}, ["gold"], id="after"),
    ],
)
def test_lists_are_narrowed(api, make, filters, found):
    make(id="gold", active=False)
    make(id="silver", product=api.post("products", id="s", name="Silver").body["id"])

    listed = api.get("plans", filters)

    assert listed.ids == found


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"currency": ...}, "currency"),
        ({"interval": ...}, "interval"),
        ({"product": ...}, "product"),
        ({"product": "prod_missing"}, "product"),
        ({"product": {"id": "x"}}, "product[name]"),
        ({"amount": ...}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount_decimal": "1"}, "amount_decimal"),
        ({"unit_amount": 1}, "unit_amount"),
        ({"interval_count": 37}, "interval_count"),
        ({"usage_type": "metered"}, "usage_type"),
        ({"meter": "mtr_1"}, "meter"),
        ({"aggregate_usage": "sum"}, "aggregate_usage"),
        ({"billing_scheme": "tiered"}, "amount"),
        ({"transform_usage": {"divide_by": 1}}, "transform_usage[round]"),
        ({"id": "a b"}, "id"),
    ],
)  # fmt: skip
def test_what_a_plan_cannot_be(api, product, params, param):
    said = {**MONTHLY, "product": product, **params}

    answer = api.post("plans", {name: value for name, value in said.items() if value is not ...})

    assert (answer.status, answer.error["param"]) == (
        404 if "missing" in str(params) else 400,
        param,
    )
    assert api.get("plans").ids == []
