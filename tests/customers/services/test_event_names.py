"""What endpoints may ask for, in each spelling."""

import ast
import inspect

import pytest
from stripe.params import _webhook_endpoint_create_params as params

from customers.admin.shown import EVENTS
from customers.events.services import event_names
from customers.events.services.events import omise_names
from customers.kit.errors import InvalidRequest


def test_stripe_s_names_are_those_of_its_library():
    (create,) = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(params)))
        if isinstance(node, ast.AnnAssign) and node.target.id == "enabled_events"
    ]
    names = {node.value for node in ast.walk(create) if isinstance(node, ast.Constant)}

    assert names - {"*"} == event_names.STRIPE


def test_all_that_happens_here_can_be_asked_for():
    assert set(EVENTS) - event_names.STRIPE == event_names.OWN
    assert set(omise_names._functions) - event_names.STRIPE <= event_names.OWN


def test_all_that_omise_has_a_word_for_can_be_asked_for(scope):
    said = {
        name({"failure_code": code, "captured": True, "object": "card", "type": "card"})
        for name in omise_names._functions.values()
        for code in (None, "expired", "insufficient_funds")
    }

    assert said - {""} <= event_names.OMISE


@pytest.mark.parametrize(
    ("spelling", "names", "matches"),
    [
        pytest.param("stripe", ["*"], ["*"], id="all"),
        pytest.param("stripe", ["link.created", "*"], ["*", "link.created"], id="all and one"),
        pytest.param(
            "stripe",
            ["customer.updated", "customer.created", "customer.updated"],
            ["customer.created", "customer.updated"],
            id="one twice",
        ),
        pytest.param("omise", ["charge.complete"], ["charge.complete"], id="Omise's key"),
        pytest.param(
            "revkeen",
            ["customer.payment_method.attached", "customer.created"],
            ["customer.created", "payment_method.attached"],
            id="RevKeen's names",
        ),
        pytest.param(
            "revkeen",
            ["*"],
            [
                "customer.created",
                "customer.deleted",
                "customer.updated",
                "payment_method.attached",
                "payment_method.detached",
            ],
            id="all of RevKeen's",
        ),
    ],
)
def test_names_are_compared_in_our_words(spelling, names, matches):
    assert event_names.matches(names, spelling) == matches


@pytest.mark.parametrize(
    ("spelling", "names", "message", "param"),
    [
        pytest.param(
            "stripe",
            ["customer.created", "customer.create"],
            "Invalid enabled_events[1]: 'customer.create' is no event that can be asked for. Did you mean "
            "'customer.created'?",
            "enabled_events[1]",
            id="misspelt",
        ),
        pytest.param(
            "omise",
            ["payment_method.attached"],
            "Invalid enabled_events[0]: 'payment_method.attached' is no event that can be asked for. Give '*' for "
            "all events.",
            "enabled_events[0]",
            id="another spelling's",
        ),
        pytest.param(
            "revkeen",
            ["payment_method.attached"],
            "Invalid enabled_events[0]: 'payment_method.attached' is no event that can be asked for. Did you mean "
            "'customer.payment_method.attached'?",
            "enabled_events[0]",
            id="Stripe's name at RevKeen's",
        ),
        pytest.param(
            "stripe", [], "Name at least one event, or '*' for all.", "enabled_events", id="none"
        ),
    ],
)
def test_what_cannot_be_asked_for_is_refused(spelling, names, message, param):
    with pytest.raises(InvalidRequest) as refusal:
        event_names.matches(names, spelling)

    assert (refusal.value.message, refusal.value.param) == (message, param)
