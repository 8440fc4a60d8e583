"""`/v1/customers/{customer}/messages`: the emails to a customer, with what they said and what became of them."""

from customers.api.v1.parents import OfCustomer
from customers.models import Message
from customers.restkit import inputs
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Constant,
    Expandable,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)

KINDS = {kind: kind.value for kind in Message.Kind}
STATUSES = {
    Message.Status.QUEUED: "queued",
    Message.Status.SENT: "sent",
    Message.Status.FAILED: "failed",
}


class MessageFilter(V1FilterSet):
    status = ParamFilter(inputs.ChoiceField(STATUSES.values()), "status")
    type = ParamFilter(inputs.ChoiceField(KINDS.values()), "kind")


class MessageObject(WireObject):
    """One email to a customer."""

    id = Plain()
    object = Constant("message")
    about = Plain()
    attempts = Plain()
    created = UnixTime("created_at")
    customer = Expandable("customer_id", resource="customer")
    failure_message = Text("error")
    html = Text()
    language = Text()
    livemode = Plain()
    sent_at = UnixTime()
    status = Spelled(STATUSES)
    subject = Text()
    text = Text()
    to = Plain()
    type = Spelled(KINDS, "kind")


class MessageViewSet(OfCustomer):
    resource = "customers"
    model = Message
    output = MessageObject
    filterset_class = MessageFilter
