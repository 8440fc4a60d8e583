"""`/omise/forex/{currency}`: money is never exchanged here, so a rate is known between a currency and itself alone.

Source: https://docs.omise.co/forex-api
"""

from django.http import HttpRequest, HttpResponse

from customers.kit import tenancy
from customers.kit.errors import NotFound
from customers.restkit import inputs
from customers.restkit.objects import Constant, Plain, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_ids import located
from customers.restkit.views import json_response

_CURRENCY = inputs.CurrencyField()


class ForexObject(WireObject):
    """A rate of exchange."""

    object = Constant("forex")
    location = Constant("/forex/{}")
    base = Plain()
    quote = Plain()
    rate = Constant(1.0)


class ForexViewSet(OmiseViewSet):
    resource = "account"
    output = ForexObject

    def retrieve(
        self, request: HttpRequest, pk: str = "", *, currency: str = "", **parents: str
    ) -> HttpResponse:
        self.refuse_params()
        asked, own = (
            _CURRENCY.accept(currency, "currency"),
            tenancy.current().site.default_currency,
        )
        if asked != own:
            raise NotFound(
                f"There is no rate from {asked.upper()} to {own.upper()}: charges are paid out in their own currency."
            )
        wire = self.output.plan().spell([asked.upper(), own.upper()])
        return json_response({**wire, "location": located(f"/forex/{asked}")})
