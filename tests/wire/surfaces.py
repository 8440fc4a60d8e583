"""The public methods of the installed official libraries."""

import functools
import inspect
import sys
from importlib import import_module

import omise
import stripe._v1_services
from stripe._stripe_service import StripeService

OMISE_PYTHON, OMISE_NODE = "omise (Python)", "omise (Node)"
STRIPE_PYTHON, STRIPE_NODE = "stripe (Python)", "stripe (Node)"
REVKEEN_NODE = "revkeen (Node)"
_LAZY = ("__iter__", "__len__", "__next__", "offset")  # how a list is read in omise (Python)


@functools.cache
def python_methods():
    """Return library, name, class and attribute of each method of the Python libraries."""
    return [*_of_omise(), *_of_stripe(stripe._v1_services.V1Services, "")]


def _of_omise():
    for name in omise.__all__:
        owner = getattr(omise, name)
        for attribute, member in vars(owner).items():
            if not attribute.startswith("_") and not isinstance(member, property):
                yield OMISE_PYTHON, f"{name}.{attribute}", owner, attribute
    for attribute in _LAZY:
        yield OMISE_PYTHON, f"LazyCollection.{attribute}", omise.LazyCollection, attribute


def _of_stripe(owner, path):
    """Return the methods of a service of `StripeClient.v1` and of those below it."""
    for attribute, member in vars(owner).items():
        is_public = not attribute.startswith("_") and not attribute.endswith("_async")
        if is_public and inspect.isfunction(member):
            yield STRIPE_PYTHON, f"{path}{attribute}", owner, attribute
    below = getattr(sys.modules[owner.__module__], "_subservices", {})
    for name, (module, class_name) in below.items():
        service = getattr(import_module(module), class_name)
        assert issubclass(service, StripeService)
        yield from _of_stripe(service, f"{path}{name}.")
