"""`/revkeen/v2/customer-portal/sessions`, which the documentation calls `/billing-portal/sessions` (R17, C20).

Source: https://docs.revkeen.com/api-reference/openapi
"""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from customers.restkit import inputs, revkeen_errors
from customers.restkit.id_inputs import IdField
from customers.restkit.objects import Computed, Plain, WireObject
from customers.restkit.omise_objects import IsoTime
from customers.restkit.revkeen import RevkeenViewSet
from customers.restkit.revkeen_inputs import CasedInput
from customers.services import customers
from portal.models import PortalSession
from portal.services import session_links, session_tokens

SHORTEST, USUAL, LONGEST = 5, 60, 240  # minutes


class SessionCreate(CasedInput):
    customer_id = IdField(required=True)
    return_url = inputs.TextField(max_length=2048)
    ttl_minutes = inputs.IntegerField(min_value=SHORTEST, max_value=LONGEST)


class SessionObject(WireObject):
    """A way into the portal for one customer: `url` for the browser, `token` for a program of the customer's."""

    id = Plain()
    customer_id = Plain()
    merchant_id = Plain("site_id")
    url = Plain()
    token = Computed(lambda token: token, "token", schema={"type": "string"})
    expires_at = IsoTime("closes_at")
    created_at = IsoTime()


class SessionViewSet(RevkeenViewSet):
    resource = "billing_portal"
    output = SessionObject
    error_members = revkeen_errors.TYPED

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(SessionCreate)
        customer = customers.get_living(body["customer_id"], param="customer_id")
        session: PortalSession = session_links.create(
            customer,
            details={name: body[name] for name in body.keys() & {"return_url"}},
            lives=timedelta(minutes=body.get("ttl_minutes", USUAL)),
            at=self.at,
        )
        session.token = session_tokens.of(session)
        return self.write(session, status=201)
