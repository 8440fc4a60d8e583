"""Calls every method of the official libraries with made-up ids, to learn which of them the server offers.

What is asked for does not exist, so that most calls are refused; what tells is whether the refusal says that there is
no such thing to be asked for, or no such URL.
"""

import functools
import inspect

import omise
import stripe

from tests.wire import calls, node_flows, surfaces

_ID = "x_test_1"
_LOCATIONS = {  # of the objects that are asked for there
    "Account": "account",
    "Card": f"customers/{_ID}/cards/{_ID}",
    "Document": f"disputes/{_ID}/documents/{_ID}",
    "Refund": f"charges/{_ID}/refunds/{_ID}",
}


def omise_python():
    """Return whether each method of the Python library for Omise is offered, where its settings lead to."""
    with calls.unseen():
        return {
            name: _is_offered(_omise_call(owner, attribute))
            for library, name, owner, attribute in surfaces.python_methods()
            if library == surfaces.OMISE_PYTHON and owner is not omise.LazyCollection
        }


def stripe_python(url, key):
    """Return whether each method of `StripeClient.v1` is offered."""
    addresses = dict.fromkeys(("api", "files", "connect", "meter_events"), url)
    client = stripe.StripeClient(key, base_addresses=addresses)
    with calls.unseen():
        return {
            name: _is_offered(_stripe_call(client.v1, name))
            for library, name, _, _ in surfaces.python_methods()
            if library == surfaces.STRIPE_PYTHON
        }


def node(folder, command, **variables):
    """Return whether each method of a library for Node is offered; the flows for it are in this folder."""
    names = node_flows.run(f"{folder}surface", **variables)
    return node_flows.run(
        f"{folder}trying_out", command=command, METHODS=" ".join(names), **variables
    )


def _is_offered(call):
    try:
        answer = call()
        if isinstance(answer, omise.LazyCollection):
            answer.offset(limit=1)  # nothing was asked before
    except (stripe.StripeError, omise.errors.BaseError) as error:
        return calls.ending(error) != calls.NOT_OFFERED
    return True


def _omise_call(owner, attribute):
    found = owner
    if not isinstance(vars(owner)[attribute], classmethod):
        location = _LOCATIONS.get(owner.__name__, "")
        found = owner.from_data({"id": _ID, "location": location, "data": []})
    method = getattr(found, attribute)
    return functools.partial(method, *_needed(method, document={"file": ("a.txt", b"text")}))


def _stripe_call(service, name):
    method = functools.reduce(getattr, name.split("."), service)
    return functools.partial(method, *_needed(method, params={}))


def _needed(method, **known):
    """Return values for the parameters that a method cannot do without."""
    needed = [
        parameter.name
        for parameter in inspect.signature(method).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
    ]
    return [known.get(name, _ID) for name in needed]
