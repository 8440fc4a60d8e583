"""`/omise/customers`.

Source: https://docs.omise.co/customers-api
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.kit import clock, tenancy
from customers.kit.registry import Lookup
from customers.models import Customer
from customers.restkit import inputs, omise_ids
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.matches import MatchHash, matched, not_with_method
from customers.restkit.objects import Constant, Json, Plain, Text, WireObject
from customers.restkit.omise import OmiseViewSet, deleted
from customers.restkit.omise_inputs import OmiseMetadataField
from customers.restkit.omise_objects import IsoTime, Location, OmiseId, envelope
from customers.restkit.views import Wire, json_response
from customers.services import customers, email_addresses, paying, test_clocks


class CustomerDetails(Input):
    card = IdField()
    description = inputs.TextField()
    email = inputs.EmailField(max_length=512)
    metadata = OmiseMetadataField()


class CustomerUpdate(CustomerDetails):
    default_card = IdField()


class CustomerCreate(CustomerDetails):
    match = inputs.HashField(MatchHash)


class CustomerObject(WireObject):
    """A customer with its cards."""

    object = Constant("customer")
    id = OmiseId()
    livemode = Plain()
    location = Location("/customers/{}")
    deleted = Constant(value=False)
    default_card = OmiseId("default_payment_method_id")
    email = Text()
    description = Text()
    created_at = IsoTime()
    cards = Constant(None)
    linked_accounts = Constant([])
    metadata = Json()


class Cards(Protocol):
    def __call__(self, defaults: Mapping[str, str | None]) -> Mapping[str, tuple[list[Wire], int]]:
        """Return each customer's newest cards and how many there are.

        Args:
            defaults: each one's default method by the customer's id; a default that is a card is among the cards
                that are returned, if need be behind the newest ones.
        """


SHOWN_CARDS = 20
cards: Lookup[Cards] = Lookup("customers.api.omise.cards")
"""The one entry `of_customers`; payments registers it."""


class CustomerViewSet(OmiseViewSet):
    resource = "customers"
    model = Customer
    output = CustomerObject
    path = "/customers"
    only_inserting = frozenset({"create"})

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Customer.objects.living()

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Put the cards on the customers, the newest first (rule C8)."""
        defaults = {omise_ids.canonical(wire["id"]): wire["default_card"] for wire in wires}
        found, at = cards["of_customers"](defaults), clock.now()
        for wire in wires:
            shown, total = found.get(omise_ids.canonical(wire["id"]), ([], 0))
            if wire["default_card"] not in {card["id"] for card in shown}:
                wire["default_card"] = None  # it is no card
            location = f"/customers/{wire['id']}/cards"
            wire["cards"] = envelope(shown[:SHOWN_CARDS], location=location, total=total, at=at)

    def is_phased(self) -> bool:
        return self.action in {"create", "update"} and "card" in self.params

    def prepare(self, body: Mapping[str, Any]) -> None:
        email = body.get("email")
        if isinstance(email, str) and email:
            email_addresses.check_deliverable(tenancy.current().site, email)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(CustomerCreate)
        customer = self._made(body.pop("card", None), body.pop("match", None), body)
        return self.warned(self.write(customer), email_addresses.warnings_of(customer))

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(CustomerUpdate)
        customer = self.living(pk)
        card, default = body.pop("card", None), body.pop("default_card", None)
        if card is not None:
            told = {"id": customer.pk, "email": customer.email, "name": customer.shown_name}
            body["attachment"] = paying.prepare(
                "card", card, customer=told, request_key=self.request_key, at=self.at
            )
        if default is not None:
            body["default_payment_method"] = default
        customer = customers.update(customer, details=body, at=self.at)
        return self.warned(self.write(customer), email_addresses.warnings_of(customer))

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        customer = customers.delete(self.living(pk), at=self.at)
        return json_response(deleted("customer", customer.pk, livemode=customer.livemode))

    def _made(
        self, card: str | None, match: Mapping[str, str] | None, details: Mapping[str, Any]
    ) -> Customer:
        """Make a customer, or find the one who matches where that is asked for (rule O34)."""
        if card is None and match is None:
            return customers.create(details=details, at=self.at)
        if match is None:
            return customers.create_paying(
                "card", card or "", details=details, request_key=self.request_key, at=self.at
            )
        if card is not None:
            raise not_with_method()
        found, _ = customers.match_or_create(
            match["on"], matched(match["on"], details), details=details, at=self.at
        )
        return found

    def living(self, pk: str) -> Customer:
        """Return a customer that was not deleted.

        Raises:
            NotFound: there is none with this id.
        """
        customer = customers.get_living(omise_ids.canonical(pk), param="id")
        self.at = test_clocks.now_for(customer, self.at)
        return customer
