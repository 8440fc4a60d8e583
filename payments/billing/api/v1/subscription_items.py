"""`/v1/subscription_items`.

Source: https://docs.stripe.com/api/subscription_items
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import deleted
from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.lists import ParamFilter, V1FilterSet
from customers.restkit.v1 import V1ViewSet
from payments.api.v1.payment_intents import OffSessionField
from payments.billing.api.v1 import subscription_inputs as reading
from payments.billing.api.v1 import subscription_members as members
from payments.billing.api.v1.subscription_item_objects import SubscriptionItemObject
from payments.billing.models import SubscriptionItem
from payments.billing.services import subscription_items, subscriptions
from payments.billing.services.subscription_payments import BEHAVIORS


class ChangeInput(Input):
    """How a change is billed."""

    payment_behavior = inputs.ChoiceField(BEHAVIORS)
    proration_behavior = inputs.ChoiceField(reading.PRORATION)
    proration_date = inputs.TimestampField()


class SubscriptionItemUpdate(ChangeInput, reading.ItemTermsHash):
    off_session = OffSessionField()


class SubscriptionItemCreate(ChangeInput, reading.ItemTermsHash):
    subscription = IdField(required=True)


class SubscriptionItemDelete(ChangeInput):
    """How what is unused is given back."""


class SubscriptionItemFilter(V1FilterSet):
    subscription = ParamFilter(IdField(), "subscription_id")


class SubscriptionItemViewSet(V1ViewSet):
    resource = "subscriptions"
    model = SubscriptionItem
    output = SubscriptionItemObject
    filterset_class = SubscriptionItemFilter
    phased = frozenset({"create", "update", "destroy"})
    inputs = {
        "create": SubscriptionItemCreate,
        "update": SubscriptionItemUpdate,
        "destroy": SubscriptionItemDelete,
    }

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return members.living()

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        members.complete_items(wires)

    def list(self, request: HttpRequest, **parents: str) -> HttpResponse:
        if "subscription" not in self.params:
            raise InvalidRequest(
                "Missing required param: subscription.",
                param="subscription",
                code="parameter_missing",
            )
        return super().list(request, **parents)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(SubscriptionItemCreate)
        subscription = subscriptions.get(body.pop("subscription"), param="subscription")
        item = subscription_items.create(
            subscription, reading.wish(body), details=_change(body), at=self.at
        )
        return self.write(item)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(SubscriptionItemUpdate)
        item = subscription_items.get(pk)
        item = subscription_items.update(
            item, reading.wish({**body, "pk": item.pk}), details=_change(body), at=self.at
        )
        return self.write(item)

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Delete an item; its subscription must have another one."""
        body = self.read(SubscriptionItemDelete)
        item = subscription_items.delete(
            subscription_items.get(pk), details=_change(body), at=self.at
        )
        return self.answer(deleted(item.pk, "subscription_item"))

    def missing(self, pk: str) -> NotFound:
        return subscription_items.no_such_item(pk)


def _change(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in _CHANGE if name in body}


_CHANGE = ("payment_behavior", "proration_behavior", "proration_date", "off_session")
