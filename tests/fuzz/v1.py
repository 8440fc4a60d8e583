"""Requests to `/v1/`, made up by schemathesis from the OpenAPI document."""

import re
from functools import partial
from random import Random  # seeded, so that a run can be had again

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

from tests.customers.api.test_fuzz import CHECKS
from tests.fuzz.findings import Findings
from tests.fuzz.parties import offered
from tests.v1_client import FORM
from tests.v1_routes import PARENTS, ROUTES, WORD

_EXAMPLES = {GenerationMode.POSITIVE: 6, GenerationMode.NEGATIVE: 3}
_SHOWN = 1500  # characters of an answer
# What a parameter that names an object is called, where that is not the object's own name.
_CALLED = {
    "default_payment_method": "payment_method", "default_source": "card", "source": "card", "id": "",
    "starting_after": "", "ending_before": "", "subscription_item": "item", "tax_rates": "tax_rate",
    "default_tax_rates": "tax_rate", "test_clock": "test_helpers.test_clock", "from_subscription": "subscription",
    "latest_charge": "charge", "invoice_item": "invoiceitem", "configuration": "billing_portal.configuration",
    "default_price": "price", "coupon": "coupon", "parent": "customer", "into": "customer",
}  # fmt: skip


class Fuzz:
    """Everything that `/v1/` offers, one operation after the other.

    Args:
        chance: decides what is sent instead of made-up ids.
    """

    label = "v1"

    def __init__(self, url, findings: Findings, chance: Random):
        self.url, self._findings, self._chance = url, findings, chance
        self._document = schemathesis.openapi.from_url(f"{url}/v1/openapi.json")
        self._paths = {_shape(path): path for path in self._document.raw_schema["paths"]}
        self._links = requests.Session()
        self.routes = [route for route in ROUTES if route.view.is_described]

    def run(self, route, party, other):
        """Send what fits and what does not, under the key of the one, and with ids of both."""
        path = self._paths[_shape(f"/v1/{route.template}")]
        operation = self._document[path][route.method]
        headers = {"Authorization": f"Bearer {party.keys['sk_test']}"}
        for mode, count in _EXAMPLES.items():
            if mode is GenerationMode.POSITIVE or operation.body or list(operation.query):
                cases = operation.as_strategy(generation_mode=mode, headers=headers)
                ask = partial(self._ask, mode=mode, route=route, party=party, other=other)
                self._made_up(cases, count, ask)

    def _made_up(self, cases, count, ask):
        """Have hypothesis make up so many cases; what is wrong is noted, so that it has nothing to shrink."""
        bounded = settings(
            max_examples=count, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip

        def made_up(case):  # hypothesis reads its name and its place
            ask(case)

        hypothesis.seed(self._chance.getrandbits(32))(bounded(given(cases)(made_up)))()

    def _ask(self, case, mode, route, party, other):
        case.path_parameters = self._path(case, route, party, other)
        if mode is GenerationMode.POSITIVE:
            case.query = self._filled(case.query, route, party, other)
            case.body = self._filled(case.body, route, party, other)
        self._findings.asked[f"{route.method} /v1/{route.template}"] += 1
        try:
            answer = case.call(base_url=self.url, session=self._links, timeout=60)
            self._findings.answered[answer.status_code] += 1
            is_too_large = answer.status_code == 413  # it was not read
            must_refuse = mode is GenerationMode.NEGATIVE and not is_too_large
            more = [negative_data_rejection] if must_refuse and not _is_ambiguous(case) else []
            self._check(case, answer, [*CHECKS, *more], route, party, other)
        except requests.RequestException as error:
            self._note(case, route, f"no answer: {error!r}", "")

    def _check(self, case, answer, checks, route, party, other):
        said = answer.text
        try:
            case.validate_response(answer, checks=checks)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                self._note(case, route, f"{failure.title}: {failure.message}", said)
        except Failure as failure:
            self._note(case, route, f"{failure.title}: {failure.message}", said)
        asked = f"{answer.request.url} {answer.request.body!r} {case.body!r}"
        for seen in party.sees_of(other, asked, said):
            self._note(case, route, f"told of another site's {seen}", said)
        foreign = [pk for pk in case.path_parameters.values() if pk in other.told - party.told]
        if foreign and answer.status_code < 400:
            self._note(case, route, f"answered for another site's {foreign}", said)
        if answer.status_code < 400:
            party.learn(said)

    def _note(self, case, route, what, said):
        sample = f"{case.as_curl_command()}\n{said[:_SHOWN]}"
        self._findings.note(f"{route.method} /v1/{route.template}", what, sample)

    def _path(self, case, route, party, other):
        """Return what stands in the gaps of the path, in the order in which both spellings have them."""
        known = {**PARENTS, "<id:pk>": route.needed}
        gaps = re.findall("<.*?>", route.template)
        made_up = case.path_parameters or {}
        names = re.findall("{(.*?)}", case.operation.path)
        return {
            name: WORD
            if gap == "<metadata_key:key>"
            else offered(known.get(gap, name), made_up[name], party, other, self._chance)
            for name, gap in zip(names, gaps, strict=True)
        }

    def _filled(self, value, route, party, other, name=""):
        """Return parameters with ids that lead somewhere, where made-up ones stand for objects."""
        if isinstance(value, dict):
            return {
                key: self._filled(inner, route, party, other, key) for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self._filled(inner, route, party, other, name) for inner in value]
        if isinstance(value, str):
            called = _CALLED.get(name, name) or route.thing
            return offered(called, value, party, other, self._chance)
        return value


def _is_ambiguous(case):
    """Tell whether a mistake may be none as it is spelled: a form has no types, and one value in brackets is a list."""
    return case.media_type == FORM or any(name.endswith("[]") for name in case.query or {})


def _shape(path):
    """Return a path whose gaps have no names."""
    return re.sub("<.*?>|{.*?}", "{}", path)
