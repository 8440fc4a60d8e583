"""Requests in the Omise and RevKeen dialects, which have no document: the names are those that their views declare."""

import importlib
import json
from random import Random  # seeded, so that a run can be had again

import requests
from rest_framework import serializers

from customers.restkit import inputs
from customers.restkit.id_inputs import IdField
from tests import omise_routes, revkeen_routes
from tests.fuzz.findings import Findings
from tests.fuzz.parties import Complete

_WORDS = (
    "", "x", "0", "-1", "true", "null", "usd", "thb", "2030-01-31", "2030-02-31T25:00:00Z", "ada@example.com",
    "\u0e01\u0e34", "\u202e",
    "a" * 300, "\ud7ff", "1e999", "%00", "{}", "[]", "../..", "https://example.com/", "tok_visa",
)  # fmt: skip
_FITTING = {
    inputs.IntegerField: (1, 100, 2000, 100_000),
    inputs.BooleanField: (True, False),
    inputs.CurrencyField: ("usd", "THB", "jpy"),
    inputs.CountryField: ("TH", "us"),
    inputs.EmailField: ("ada@example.com", "Noah@Example.com"),
    inputs.MetadataField: ({}, {"tier": "gold"}, {"tier": ""}),
}
_NUMBERS = (0, 1, -1, 100, 2000, 2**31, 2**63, 10**30, 0.5, -0.0, 1e308)
_SHOWN = 1500  # characters of an answer
_EXAMPLES = 10


class Fuzz:
    """All routes of one dialect."""

    def __init__(self, url, findings: Findings, chance: Random):
        self._url, self._findings, self._chance = url, findings, chance
        self._links = requests.Session()

    def run(self, route, party, other):
        """Send bodies and queries of the view's own names with values of every kind, and ids of both sites."""
        fields = _fields_of(route.view)
        ids, foreign = self.ids_of(party), self.ids_of(other)
        known = [*ids.values(), *foreign.values()]
        for _ in range(_EXAMPLES):
            mixed = Complete(
                (name, foreign[name] if self._chance.random() < 0.2 else pk)
                for name, pk in ids.items()
            )
            params = self._params(fields, known)
            self._ask(route, route.path(mixed), params, party, other)

    def _params(self, fields, known):
        optional = 2 / max(1, len(fields))
        return {
            name: self._fitting(field, known) if self._chance.random() < 0.8 else self._any(known)
            for name, field in fields.items()
            if self._chance.random() < (0.9 if field.required else optional)
        }

    def _fitting(self, field, known):
        """Return what the field might take."""
        if isinstance(field, IdField):
            return self._chance.choice(known)
        if isinstance(field, inputs.HashField):
            return self._params(field.of._declared_fields, known)
        for kind, some in _FITTING.items():
            if isinstance(field, kind):
                return self._chance.choice(some)
        if isinstance(field, serializers.ChoiceField):
            return self._chance.choice(list(field.choices))
        return self._any(known)

    def _any(self, known, depth=0):
        kind = self._chance.randrange(12 if depth < 2 else 9)
        if kind < 3:
            return self._chance.choice(known)
        if kind < 6:
            return self._chance.choice(_WORDS)
        if kind < 8:
            return self._chance.choice(_NUMBERS)
        if kind == 8:
            return self._chance.choice([None, True, False])
        if kind == 9:
            return [self._any(known, depth + 1) for _ in range(self._chance.randrange(3))]
        return {self._chance.choice(["id", "name", "number", "x"]): self._any(known, depth + 1)}

    def _ask(self, route, path, params, party, other):
        operation = f"{route.method} {self.mount}/{route.template}"
        self._findings.asked[operation] += 1
        address = f"{self._url}{self.mount}/{path}"
        headers = {**self.client_of(party).headers, "Content-Type": "application/json"}
        in_query = route.method == "GET" and self._chance.random() < 0.5
        flat = {name: v for name, v in params.items() if not isinstance(v, dict | list)}
        how = {"params": flat} if in_query else {"data": json.dumps(params)}
        try:
            answer = self._links.request(route.method, address, headers=headers, timeout=60, **how)
        except requests.RequestException as error:
            self._findings.note(operation, f"no answer: {error!r}", f"{path} {params}")
            return
        self._findings.answered[answer.status_code] += 1
        sample = f"{path} {params}\n{answer.status_code} {answer.text[:_SHOWN]}"
        for what in self._wrong(answer, f"{path} {params}", party, other):
            self._findings.note(operation, what, sample)
        if answer.status_code < 400:
            party.learn(answer.text)

    def _wrong(self, answer, asked, party, other):
        """Yield what is wrong with an answer."""
        if answer.status_code >= 500:
            yield f"server error {answer.status_code}"
        if answer.text and answer.headers["Content-Type"].split(";")[0] != "application/json":
            yield f"not JSON: {answer.headers['Content-Type']}"
            return
        if answer.status_code >= 400 and not self.is_refusal(answer.json()):
            yield "a refusal that is spelled in another way"
        for seen in party.sees_of(other, asked, answer.text):
            yield f"told of another site's {seen}"


class Omise(Fuzz):
    label, mount, routes = "omise", "/omise", omise_routes.ROUTES

    def client_of(self, party):
        return party.omise

    def ids_of(self, party):
        return party.of_dialect("omise", lambda: omise_routes.seed(party.omise, party.api))

    def is_refusal(self, body):
        return (
            body.keys() >= {"object", "location", "code", "message"} and body["object"] == "error"
        )


class Revkeen(Fuzz):
    label, mount = "revkeen", "/revkeen/v2"
    routes = [route for route in revkeen_routes.ROUTES if not route.is_own]

    def client_of(self, party):
        return party.revkeen

    def ids_of(self, party):
        return party.of_dialect("revkeen", lambda: revkeen_routes.seed(party.revkeen))

    def is_refusal(self, body):
        return "error" in body


def _fields_of(view):
    """Return all parameters that the module of a view declares, by name."""
    found = dict.fromkeys(("limit", "offset", "order", "from", "to"), serializers.Field())
    for thing in vars(importlib.import_module(view.__module__)).values():
        if isinstance(thing, type) and issubclass(thing, inputs.Input):
            found |= thing._declared_fields
    return found
