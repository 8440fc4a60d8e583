"""No value of any parameter is met with a bug: each is taken, or refused in Omise's words."""

import pytest

from customers.api.omise.customers import CustomerUpdate
from customers.api.omise.search import scopes
from payments.api.omise.cards import CardUpdate
from payments.api.omise.charges import ChargeCapture, ChargeCreate, ChargeUpdate
from payments.api.omise.links import LinkCreate
from payments.api.omise.refunds import RefundCreate
from payments.api.omise.schedules import ChargeHash, OnHash, ScheduleCreate
from payments.api.omise.tokens import TokenCard
from tests.omise_client import CARD
from tests.payments.api.omise.conftest import MONEY

VALUES = [
    "", " ", "x", "x" * 6000, "\x00", "a\x00b", "\ud800", "-1", "1e9", "true", "[]", "ก็", 0, -1, 1.5, 2**31, 2**70,
    True, False, [], [[]], [None], {}, {"": ""}, {"a": {"b": [1, None, {}]}}, {"\x00": "\x00"},
]  # fmt: skip
FIRST = {
    "metadata": [
        {"a": "\x00"},
        {"a": ["\ud800"]},
        {"a": 1.5e300},
        {"a": [2**64]},
        {"a": {"b": -(2**63)}},
        {"a" * 20_000: 1},
        {"": None},
    ]
}


def values_of(name):
    return [*VALUES, *FIRST.get(name, [])]


def check(answer):
    assert answer.status in {200, 400, 404}, answer.body
    if answer.status != 200:
        assert answer.body["object"] == "error"
        assert answer.body["message"] != ""


@pytest.mark.parametrize("name", ChargeCreate._declared_fields)
def test_a_charge(omise, name):
    for value in values_of(name):
        check(omise.post("charges", {**MONEY, "card": "tok_visa", name: value}))


@pytest.mark.parametrize("name", TokenCard._declared_fields)
def test_a_token(browser, name):
    for value in values_of(name):
        answer = browser.post("tokens", card={**CARD, name: value})

        check(answer)
        assert CARD["number"] not in str(answer.body)


def test_other_parameters(omise, paid, held):
    actions = {
        f"charges/{held['id']}/capture": ChargeCapture,
        f"charges/{paid['id']}/refunds": RefundCreate,
    }
    for value in [*VALUES, *FIRST["metadata"]]:
        for path, of in actions.items():
            for name in of._declared_fields:
                check(
                    omise.post(
                        path, {"amount": 1} | {name: value} if of is RefundCreate else {name: value}
                    )
                )
        for name in ChargeUpdate._declared_fields:
            check(omise.patch(f"charges/{paid['id']}", {name: value}))


def test_customers_and_their_cards(omise, somchai):
    customer = f"customers/{somchai['id']}"
    for name in CustomerUpdate._declared_fields:
        for value in values_of(name):
            check(omise.patch(customer, {name: value}))
            check(omise.post("customers", {name: value}))
    for name in CardUpdate._declared_fields:
        for value in VALUES:
            check(omise.patch(f"{customer}/cards/{somchai['default_card']}", {name: value}))


def test_links(omise):
    link = {**MONEY, "title": "A parcel", "description": "Two books"}
    for name in LinkCreate._declared_fields:
        for value in VALUES:
            check(omise.post("links", {**link, name: value}))


def test_schedules(omise, somchai):
    charge = {**MONEY, "customer": somchai["id"]}
    schedule = {"every": 1, "period": "month", "start_date": "2040-01-31", "end_date": "2040-12-31"}
    for value in VALUES:
        for name in ScheduleCreate._declared_fields:
            check(omise.post("schedules", {**schedule, "charge": charge, name: value}))
        for name in ChargeHash._declared_fields:
            check(omise.post("schedules", {**schedule, "charge": {**charge, name: value}}))
        for name in OnHash._declared_fields:
            check(omise.post("schedules/preview", {**schedule, "on": {name: value}}))


@pytest.mark.parametrize("scope", scopes)
def test_searches(omise, scope):
    for value in VALUES:
        for name in ("query", "filters", "order", "page", "per_page", "colour"):
            check(omise.get("search", {"scope": scope, name: value}))
        for name in scopes[scope].criteria.filters:
            check(omise.get("search", {"scope": scope, "filters": {name: value}}))


def test_lists_and_sources(omise):
    for value in VALUES:
        for name in ("limit", "offset", "order", "from", "to", "colour"):
            check(omise.get("charges", {name: value}))
            check(omise.get("refunds", {name: value}))
        check(omise.post("sources", type=value))
