"""`/v1/custom_fields`: the definitions of a site's own fields (rule R15)."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import deleted
from customers.models import CustomField
from customers.models.custom_fields import KEY
from customers.restkit import inputs
from customers.restkit.inputs import Input
from customers.restkit.objects import Constant, Json, Plain, Spelled, Text, UnixTime, WireObject
from customers.restkit.v1 import V1ViewSet
from customers.services import custom_fields

KINDS = {kind: str(kind.value) for kind in CustomField.Kind}


class ConstraintsHash(Input):
    min_length = inputs.IntegerField(min_value=0)
    max_length = inputs.IntegerField(min_value=1)
    pattern = inputs.TextField(max_length=200)
    minimum = inputs.NumberField()
    maximum = inputs.NumberField()
    integer = inputs.BooleanField()
    earliest = inputs.TextField(max_length=10)
    latest = inputs.TextField(max_length=10)
    options = inputs.ListField(inputs.TextField(max_length=255, emptied=...), max_items=200)


class CustomFieldUpdate(Input):
    label = inputs.TextField(max_length=100, emptied=...)  # type: ignore[assignment]  # a member, not the option
    help_text = inputs.TextField(max_length=255)  # type: ignore[assignment]  # a member, not the option
    required = inputs.BooleanField(source="is_required")  # type: ignore[assignment]  # a member, not the option
    constraints = inputs.HashField(ConstraintsHash, emptied={})
    position = inputs.IntegerField(min_value=0, max_value=10_000)
    archived = inputs.BooleanField()


class CustomFieldCreate(Input):
    key = inputs.TextField(
        required=True,
        emptied=...,
        max_length=40,
        pattern=KEY,
        wording="begin with a lowercase letter; use lowercase letters, digits and underscores",
    )
    label = inputs.TextField(max_length=100, emptied=..., required=True)  # type: ignore[assignment]  # a member, not the option
    type = inputs.ChoiceField(KINDS.values(), required=True, source="kind")
    help_text = inputs.TextField(max_length=255)  # type: ignore[assignment]  # a member, not the option
    required = inputs.BooleanField(source="is_required")  # type: ignore[assignment]  # a member, not the option
    constraints = inputs.HashField(ConstraintsHash, emptied={})
    position = inputs.IntegerField(min_value=0, max_value=10_000)


class CustomFieldObject(WireObject):
    """The definition of a field."""

    id = Plain()
    object = Constant("custom_field")
    archived_at = UnixTime()
    constraints = Json()
    created = UnixTime("created_at")
    help_text = Text()  # type: ignore[assignment]  # a member, not the option
    key = Plain()
    label = Plain()  # type: ignore[assignment]  # a member, not the option
    livemode = Plain()
    position = Plain()
    required = Plain("is_required")  # type: ignore[assignment]  # a member, not the option
    type = Spelled(KINDS, "kind")


class CustomFieldViewSet(V1ViewSet):
    resource = "custom_fields"
    model = CustomField
    output = CustomFieldObject
    inputs = {"create": CustomFieldCreate, "update": CustomFieldUpdate}

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(CustomFieldCreate)
        return self.write(custom_fields.create(details=body, at=self.at))

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(CustomFieldUpdate)
        field = custom_fields.get(pk)
        if "archived" in body:
            body["archived_at"] = (field.archived_at or self.at) if body.pop("archived") else None
        details: dict[str, Any] = body
        return self.write(custom_fields.update(field, details=details, at=self.at))

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        return self.answer(
            deleted(custom_fields.delete(custom_fields.get(pk), at=self.at).pk, "custom_field")
        )
