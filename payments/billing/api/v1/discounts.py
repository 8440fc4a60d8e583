"""`/v1/customers/{customer}/discount` and `/v1/subscriptions/{subscription}/discount`.

Source: https://docs.stripe.com/api/discounts
"""

from django.http import HttpRequest, HttpResponse

from customers.api.v1.discounts import DiscountObject
from customers.kit.errors import NotFound
from customers.restkit.objects import Computed, Constant
from customers.restkit.v1 import V1ViewSet
from customers.services import customers, test_clocks
from payments.billing.models import Discount, Subscription
from payments.billing.services import discounts


class EndedDiscountObject(DiscountObject):
    """A discount that was taken away."""

    # Not a constant, by which the schemas would take it for a discount that is there. It is not called "deleted"
    # either: what of other objects is called so is an id and nothing else.
    object = Computed(  # type: ignore[assignment]  # as the comment says
        lambda _pk: "discount", "id", schema={"type": "string", "const": "discount"}
    )
    deleted = Constant(True)


class CustomerDiscountViewSet(V1ViewSet):
    resource = "customers"
    model = Discount
    output = DiscountObject
    answers = {"take_away": EndedDiscountObject}

    def show(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Retrieve a customer's discount."""
        self.refuse_params()
        return self.write(self._of(pk))

    def take_away(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Delete a customer's discount."""
        self.refuse_params()
        return self.write(discounts.remove(self._of(pk), at=self.at))

    def _of(self, pk: str) -> Discount:
        owner = customers.get_living(pk, param="customer")
        self.at = test_clocks.now_for(owner, self.at)
        found = discounts.of_customer(owner)
        if found is None:
            raise NotFound(f"No active discount for customer: {owner.pk}", param="customer")
        return found


class SubscriptionDiscountViewSet(CustomerDiscountViewSet):
    resource = "subscriptions"
    output = EndedDiscountObject

    def take_away(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Delete a subscription's discounts."""
        self.refuse_params()
        found = Subscription.objects.filter(pk=pk).first()
        if found is None:
            raise NotFound(f"No such subscription: '{pk}'", param="subscription")
        self.at = test_clocks.now_for(found, self.at)
        return self.write(discounts.remove_all(found, at=self.at))
