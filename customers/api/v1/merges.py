"""`/v1/customers/{customer}/merges`: other customers that go into this one, and come out again.

Stripe has nothing like it; Chargebee's API merges without a way back.

Source: https://apidocs.chargebee.com/docs/api/customers/merge-customers
"""

from typing import cast

from django.http import HttpRequest, HttpResponse

from customers.api.v1.parents import OfCustomer
from customers.models import Customer, Merge
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import ChoiceField, HashField, Input
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Json,
    Plain,
    Text,
    UnixTime,
    WireObject,
)
from customers.services import customers, merge_fields, merges

MergeChoices = cast(
    "type[Input]",
    type(
        "MergeChoices",
        (Input,),
        {
            "__doc__": "Whose value is taken, field by field.",
            **{name: ChoiceField(merge_fields.SIDES) for name in sorted(merge_fields.FIELDS)},
        },
    ),
)


class MergeCreate(Input):
    choices = HashField(MergeChoices)
    customer = IdField(required=True)


class MergeObject(WireObject):
    """One customer that went into another."""

    id = Plain()
    object = Constant("customer_merge")
    actor = Text()
    balance = Plain()
    cash_balance = Json("cash")
    choices = Json()
    created = UnixTime("created_at")
    currency = Text()
    customer = Expandable("kept_id", resource="customer")
    livemode = Plain()
    merged_customer = Plain("merged_id")
    moved = Json()
    not_restored = Computed(
        list, "not_restored", schema={"type": "array", "items": {"type": "string"}}
    )
    undo_until = UnixTime()
    undone_at = UnixTime()


class MergeViewSet(OfCustomer):
    resource = "customers"
    model = Merge
    output = MergeObject
    parent = "kept_id"
    inputs = {"create": MergeCreate, "preview": MergeCreate}

    def create(self, request: HttpRequest, customer: str) -> HttpResponse:
        body = self.read(MergeCreate)
        at = self.at  # the real time, whatever clocks the customers live by
        kept = self.owner(customer)
        return self.write(
            merges.merge(kept, self._merged(body), choices=body.get("choices", {}), at=at)
        )

    def preview(self, request: HttpRequest, customer: str) -> HttpResponse:
        """Answer with the merge as it would be."""
        body = self.read(MergeCreate)
        at = self.at
        kept = customers.get(self.owner(customer).pk)
        shown = merges.preview(kept, self._merged(body), choices=body.get("choices", {}), at=at)
        return self.write(shown.record)

    def undo(self, request: HttpRequest, customer: str, pk: str) -> HttpResponse:
        """Take a merge back."""
        self.refuse_params()
        at = self.at
        return self.write(merges.undo(merges.get(pk, kept=self.owner(customer)), at=at))

    def _merged(self, body: dict[str, str]) -> Customer:
        return customers.get(customers.get_living(body["customer"]).pk)
