"""Objects taken away: as the APIs spell them, all of them, whatever their number, and none of another site."""

import json

import pytest
from django.db.models import Q

from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.restkit import takeouts
from tests import omise_routes, v1_routes
from tests.factories.customers import CustomerFactory
from tests.omise_client import OmiseClient

_ELSEWHERE = {  # addresses that are not the list's name
    "checkout_sessions": "checkout/sessions",
}
_OF_A_PARENT = {
    "addresses", "tax_ids", "consents", "customer_balance_transactions", "customer_cash_balance_transactions",
    "invoice_lines", "credit_note_lines",
}  # fmt: skip


def taken(shape, name):
    return [json.loads(line) for line in b"".join(takeouts.lines(shape, name)).splitlines()]


def without_secrets(wire):
    return {name: None if name == "client_secret" else value for name, value in wire.items()}


def timeless(wire):
    """Leave out of the lists inside until when they were asked for, which is now."""
    return {
        name: {**value, "to": None} if isinstance(value, dict) and "to" in value else value
        for name, value in wire.items()
    }


def test_what_is_taken_away_is_what_v1_answers(api, scope):
    v1_routes.seed(api).make_all()

    found = {name: taken(takeouts.STRIPE, name) for name in takeouts.names(takeouts.STRIPE)}

    assert [name for name, wires in found.items() if not wires] == []
    for name in found.keys() - _OF_A_PARENT:
        for wire in found[name]:
            answer = api.get(f"{_ELSEWHERE.get(name, name)}/{wire['id']}")
            assert (name, wire) == (name, without_secrets(answer.body))


def test_what_is_taken_away_is_what_omise_answers(api, keys, scope):
    omise = OmiseClient(keys["sk_test"], mount="")
    omise_routes.seed(omise, api)

    found = {name: taken(takeouts.OMISE, name) for name in takeouts.names(takeouts.OMISE)}

    assert [name for name, wires in found.items() if not wires] == []
    for name, wires in found.items():
        for wire in wires:
            if name == "cards" and not wire["location"]:
                continue  # nobody's: no address leads to it
            answer = omise.get((wire["location"] or f"/{name}/{wire['id']}")[1:])
            assert (name, timeless(wire)) == (name, timeless(answer.body))


def test_rows_are_read_page_by_page_each_once(scope, monkeypatch):
    monkeypatch.setattr(takeouts, "_AT_ONCE", 2)
    CustomerFactory.create_batch(3, created_at=CustomerFactory().created_at)
    CustomerFactory()

    wires = taken(takeouts.STRIPE, "customers")

    rows = Customer.objects.order_by("created_at", "pk").values_list("pk", flat=True)
    assert [wire["id"] for wire in wires] == list(rows)


def test_only_some_are_taken_where_some_are_asked_for(scope):
    wanted, _other = CustomerFactory(), CustomerFactory()

    pieces = takeouts.lines(
        takeouts.STRIPE, "customers", only=Customer.objects.filter(Q(pk=wanted.pk))
    )

    assert [json.loads(piece)["id"] for piece in pieces] == [wanted.pk]


@pytest.mark.parametrize("shape", takeouts.SHAPES)
def test_nothing_of_another_site_is_taken(api, other, scope, shape):
    v1_routes.seed(api).make_all()

    with scoped_to(other[0], livemode=False):
        found = {name: taken(shape, name) for name in takeouts.names(shape)}

    assert found == {name: [] for name in found}
