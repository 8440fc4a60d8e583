"""`/v1/customers/{customer}/consents`: a customer's consents to marketing, with their history (rule P10)."""

from django.http import HttpRequest, HttpResponse

from customers.api.v1.parents import OfCustomer
from customers.models import Consent
from customers.restkit import inputs
from customers.restkit.inputs import Input
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.objects import Constant, Expandable, Plain, Text, UnixTime, WireObject
from customers.services import consents


class ConsentCreate(Input):
    channel = inputs.ChoiceField(consents.CHANNELS, required=True)
    granted = inputs.BooleanField(required=True)
    wording = inputs.TextField()


class ConsentFilter(V1FilterSet):
    channel = ParamFilter(inputs.ChoiceField(consents.CHANNELS), "channel")


class ConsentObject(WireObject):
    """One yes or no of a customer: who recorded it, when, and by which door."""

    id = Plain()
    object = Constant("consent")
    actor = Text()
    channel = Plain()
    created = UnixTime("created_at")
    customer = Expandable("customer_id", resource="customer")
    door = Plain()
    granted = Plain()
    granted_before = Plain()
    ip_address = Text()
    livemode = Plain()
    wording = Text()


class ConsentViewSet(OfCustomer):
    resource = "customers"
    model = Consent
    output = ConsentObject
    filterset_class = ConsentFilter
    inputs = {"create": ConsentCreate}

    def create(self, request: HttpRequest, customer: str) -> HttpResponse:
        body = self.read(ConsentCreate)
        return self.write(
            consents.record(self.owner(customer), body.pop("channel"), **body, at=self.at)
        )
