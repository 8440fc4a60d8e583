"""What the resources below `/v1/customers/{customer}/` share."""

from customers.models import Customer
from customers.restkit.v1 import V1ViewSet
from customers.services import customers, test_clocks


class OfCustomer(V1ViewSet):
    """Views of what belongs to one customer, which must be there and not deleted."""

    parent = "customer_id"

    def checked_parent(self, **parents: str) -> str:
        return self.owner(parents["customer"]).pk

    def owner(self, pk: str) -> Customer:
        """Return the customer of the URL; from now on the request's time is the customer's.

        Raises:
            NotFound: there is none, or it was deleted.
        """
        customer = customers.get_living(pk, param="customer")
        self.at = test_clocks.now_for(customer, self.at)
        return customer
