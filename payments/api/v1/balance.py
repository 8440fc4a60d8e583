"""`/v1/balance`.

Source: https://docs.stripe.com/api/balance
"""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse

from customers.kit import tenancy
from customers.restkit.expansion import Wire
from customers.restkit.objects import Computed, Constant, WireObject
from customers.restkit.v1 import V1ViewSet
from payments.services import ledger

_AMOUNTS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "currency": {"type": "string"},
            "source_types": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
        "required": ["amount", "currency", "source_types"],
        "additionalProperties": False,
    },
}


class BalanceObject(WireObject):
    """What the site has at its gateways, in every currency that it has taken."""

    object = Constant("balance")
    available = Computed(lambda amounts: amounts, "available", schema=_AMOUNTS)
    livemode = Computed(lambda livemode: livemode, "livemode", schema={"type": "boolean"})
    pending = Computed(lambda amounts: amounts, "pending", schema=_AMOUNTS)


class BalanceViewSet(V1ViewSet):
    resource = "balance"
    output = BalanceObject

    def retrieve(self, request: HttpRequest, pk: str = "", **parents: str) -> HttpResponse:
        """Retrieve the balance."""
        self.refuse_params()
        scope = tenancy.current()
        balances = ledger.balance(at=self.at) or [
            ledger.Balance(scope.site.default_currency, {"card": 0}, {"card": 0})
        ]
        values = {
            "available": [_amount(each.currency, each.available) for each in balances],
            "livemode": scope.livemode,
            "pending": [_amount(each.currency, each.pending) for each in balances],
        }
        plan = self.output.plan()
        return self.answer(plan.spell([values[column] for column in plan.columns]))


def _amount(currency: str, by_source: Mapping[str, int]) -> Wire:
    return {
        "amount": sum(by_source.values()),
        "currency": currency,
        "source_types": dict(by_source),
    }
