"""`/v1/mandates`.

Source: https://docs.stripe.com/api/mandates
"""

from typing import Any

import orjson

from customers.kit.errors import NotFound
from customers.restkit.expansion import Wire
from customers.restkit.objects import Computed, Constant, Expandable, Plain, Spelled, WireObject
from customers.restkit.v1 import V1ViewSet
from payments.models import Mandate, PaymentMethod

STATUS = {
    Mandate.Status.ACTIVE: "active",
    Mandate.Status.INACTIVE: "inactive",
    Mandate.Status.PENDING: "pending",
}
_HASH = {"type": "object", "additionalProperties": True}


def _acceptance(stored: Any) -> Wire:
    given = orjson.loads(stored) if isinstance(stored, str) else stored
    accepted: Wire = {"accepted_at": given.get("accepted_at"), "type": given["type"]}
    if given["type"] == "offline":
        return {**accepted, "offline": {}}
    online = {name: given.get(name) for name in ("ip_address", "user_agent")}
    return {**accepted, "online": online}


def _details(kind: str, reference: str) -> Wire:
    if kind == PaymentMethod.Kind.SEPA_DEBIT:
        return {"sepa_debit": {"reference": reference, "url": ""}, "type": kind}
    return {kind: {}, "type": kind}


class MandateObject(WireObject):
    """A mandate."""

    id = Plain()
    object = Constant("mandate")
    customer_acceptance = Computed(_acceptance, "acceptance", schema=_HASH)
    livemode = Plain()
    multi_use = Computed(lambda is_multi: {} if is_multi else None, "is_multi_use", schema=_HASH)
    on_behalf_of = Constant(None)
    payment_method = Expandable("payment_method_id", resource="payment_method")
    payment_method_details = Computed(_details, "payment_method__kind", "reference", schema=_HASH)
    status = Spelled(STATUS)
    type = Computed(
        lambda is_multi: "multi_use" if is_multi else "single_use", "is_multi_use",
        schema={"type": "string", "enum": ["multi_use", "single_use"]},
    )  # fmt: skip


class MandateViewSet(V1ViewSet):
    resource = "payment_methods"
    model = Mandate
    output = MandateObject

    def missing(self, pk: str) -> NotFound:
        return NotFound(f"No such mandate: '{pk}'", param="mandate")
