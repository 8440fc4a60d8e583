"""`/omise/account`: the key's own site.

Source: https://docs.omise.co/account-api
"""

from babel.core import get_global
from django.http import HttpRequest, HttpResponse

from customers.kit import tenancy
from customers.models import Site
from customers.restkit import omise_ids
from customers.restkit.objects import Computed, Constant, Plain, Text, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_objects import IsoTime
from customers.restkit.views import Wire, json_response

CURRENCIES = sorted(
    {
        code
        for known in get_global("territory_currencies").values()
        for code, _begun, ended, is_tender in known
        if ended is None and is_tender
    }
)
"""What is money somewhere today, in capitals."""


class AccountObject(WireObject):
    """A site."""

    object = Constant("account")
    id = Plain()
    livemode = Constant(value=False)
    location = Constant("/account")
    api_version = Constant("2019-05-29")
    auto_activate_recipients = Constant(value=False)
    chain_enabled = Constant(value=False)
    chain_return_uri = Constant(None)
    country = Plain()
    created_at = IsoTime()
    currency = Computed(str.upper, "default_currency", schema={"type": "string"})
    email = Text("support_email")
    metadata_export_keys = Constant({"charge": []})
    supported_currencies = Constant(CURRENCIES)
    webhook_uri = Constant(None)
    zero_interest_installments = Constant(value=False)


class AccountViewSet(OmiseViewSet):
    resource = "account"
    output = AccountObject

    def retrieve(self, request: HttpRequest, pk: str = "", **parents: str) -> HttpResponse:
        self.refuse_params()
        return json_response(self._shown())

    def update(self, request: HttpRequest) -> HttpResponse:
        """Refuse every setting by name: sites are set up in the dashboard."""
        return self.retrieve(request)

    def _shown(self) -> Wire:
        scope = tenancy.current()
        wire = self.output.plan().spell_instance(Site.objects.get(pk=scope.site_id))
        wire["id"] = omise_ids.spelled(scope.site_id, scope.livemode)
        wire["livemode"] = scope.livemode
        wire["location"] = omise_ids.located("/account")
        return wire
