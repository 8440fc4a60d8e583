"""`/omise/balance`: what the site has in its own currency.

Source: https://docs.omise.co/balance-api
"""

from django.http import HttpRequest, HttpResponse

from customers.kit import tenancy
from customers.restkit.objects import Computed, Constant, Plain, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_ids import located
from customers.restkit.omise_objects import IsoTime
from customers.restkit.views import json_response
from payments.services import ledger


class BalanceObject(WireObject):
    """The site's balance."""

    object = Constant("balance")
    livemode = Plain()
    location = Constant("/balance")
    currency = Computed(str.upper, "currency", schema={"type": "string"})
    total = Plain()
    transferable = Plain()
    reserve = Constant(0)
    created_at = IsoTime("at")


class BalanceViewSet(OmiseViewSet):
    resource = "balance"
    output = BalanceObject

    def retrieve(self, request: HttpRequest, pk: str = "", **parents: str) -> HttpResponse:
        self.refuse_params()
        scope = tenancy.current()
        currency = scope.site.default_currency
        found = ledger.balance(at=self.at, currency=currency)
        available = sum(sum(each.available.values()) for each in found)
        pending = sum(sum(each.pending.values()) for each in found)
        values = {
            "at": self.at,
            "currency": currency,
            "livemode": scope.livemode,
            "total": available + pending,
            "transferable": available,
        }
        plan = self.output.plan()
        wire = plan.spell([values[column] for column in plan.columns])
        return json_response({**wire, "location": located("/balance")})
