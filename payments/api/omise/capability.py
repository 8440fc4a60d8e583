"""`/omise/capability`: how the site can be paid; asked with a public key, too.

Source: https://docs.omise.co/capability-api
"""

from django.http import HttpRequest, HttpResponse

from customers.api.omise.account import CURRENCIES
from customers.kit import tenancy
from customers.restkit.objects import Constant, Plain, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_ids import located
from customers.restkit.views import json_response
from payments.api.omise.cards import BRANDS
from payments.money import MOST

CARD = {
    "object": "payment_method",
    "name": "card",
    "currencies": CURRENCIES,
    "card_brands": sorted(BRANDS.values()),
    "installment_terms": None,
    "banks": [],
    "provider": None,
}


class CapabilityObject(WireObject):
    """What a site's customers can pay with."""

    object = Constant("capability")
    location = Constant("/capability")
    banks = Constant([])
    country = Plain()
    limits = Constant({"charge_amount": {"max": MOST, "min": 1}})
    payment_methods = Constant([CARD])
    tokenization_methods = Constant([])
    zero_interest_installments = Constant(value=False)


class CapabilityViewSet(OmiseViewSet):
    resource = "account"
    output = CapabilityObject
    public = frozenset({"retrieve"})

    def retrieve(self, request: HttpRequest, pk: str = "", **parents: str) -> HttpResponse:
        self.refuse_params()
        wire = self.output.plan().spell([tenancy.current().site.country])
        return json_response({**wire, "location": located("/capability")})
