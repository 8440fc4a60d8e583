"""What holds for every refusal: it has a status and a type on the wire."""

import json
from importlib import import_module
from pkgutil import walk_packages

import pytest

import customers
import payments
import portal
from customers.kit.errors import DomainError
from customers.restkit import omise_errors, revkeen_errors, v1_errors

TYPES = {
    "api_error",
    "card_error",
    "idempotency_error",
    "invalid_request_error",
}  # what Stripe's clients know


def _kinds(kind=DomainError):
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)


for package in (customers, payments, portal):
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations" not in module.name:
            import_module(module.name)
KINDS = sorted(set(_kinds()), key=lambda kind: kind.__qualname__)


def test_every_general_kind_is_in_the_table():
    general = {kind for kind in KINDS if kind.__module__ == "customers.kit.errors"}

    assert general - set(v1_errors.KINDS) == set()
    assert general - set(omise_errors.KINDS) == set()
    assert general - set(revkeen_errors.KINDS) == set()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__qualname__)
def test_every_kind_is_answered_as_the_nearest_in_the_table(kind):
    nearest = next(parent for parent in kind.__mro__ if parent in v1_errors.KINDS)
    status, type_ = v1_errors.KINDS[nearest]

    answer = v1_errors.response(kind("No."))

    assert answer.status_code == status
    assert 400 <= status < 600
    assert type_ in TYPES
    assert f'"type":"{type_}"'.encode() in answer.content
    assert b'"message":"No."' in answer.content


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__qualname__)
def test_every_kind_is_answered_in_the_omise_dialect(kind):
    nearest = next(parent for parent in kind.__mro__ if parent in omise_errors.KINDS)
    status, code = omise_errors.KINDS[nearest]

    answer = omise_errors.response(kind("No."))

    assert answer.status_code == status
    assert json.loads(answer.content) == {
        "object": "error",
        "location": f"https://www.omise.co/api-errors#{code.replace('_', '-')}",
        "code": code,
        "message": "No.",
    }


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__qualname__)
def test_every_kind_is_answered_in_the_revkeen_dialect(kind):
    nearest = next(parent for parent in kind.__mro__ if parent in revkeen_errors.KINDS)
    status, type_, code = revkeen_errors.KINDS[nearest]

    answer = revkeen_errors.response(kind("No."), revkeen_errors.NAMING)

    told = json.loads(answer.content)
    assert answer.status_code == status
    assert told == {
        "error": {"type": type_, "code": told["error"]["code"], "message": "No."},
        "message": "No.",
    }
    assert told["error"]["code"] in {code, kind.code}
