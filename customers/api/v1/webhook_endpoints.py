"""`/v1/webhook_endpoints`.

Source: https://docs.stripe.com/api/webhook_endpoints
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import deleted
from customers.events.models import WebhookEndpoint
from customers.events.services import webhook_endpoints
from customers.restkit import inputs
from customers.restkit.inputs import Input
from customers.restkit.objects import (
    Computed,
    Constant,
    Metadata,
    Plain,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.services import customers

_MOST_NAMES = 500


class WebhookEndpointUpdate(Input):
    description = inputs.TextField()
    disabled = inputs.BooleanField()
    enabled_events = inputs.ListField(
        inputs.TextField(max_length=80, emptied=...), max_items=_MOST_NAMES
    )
    metadata = inputs.MetadataField()
    url = inputs.TextField(max_length=2048, emptied=...)


class WebhookEndpointCreate(Input):
    api_version = inputs.ChoiceField([settings.API_VERSION])
    description = inputs.TextField()
    enabled_events = inputs.ListField(
        inputs.TextField(max_length=80, emptied=...), max_items=_MOST_NAMES, required=True
    )
    metadata = inputs.MetadataField()
    spelling = inputs.ChoiceField(WebhookEndpoint.Spelling.values)
    url = inputs.TextField(max_length=2048, emptied=..., required=True)


class SecretRotation(Input):
    expires_in = inputs.IntegerField(
        min_value=0, max_value=int(webhook_endpoints.LONGEST_OVERLAP.total_seconds())
    )


class WebhookEndpointObject(WireObject):
    """Where a merchant's systems are told of events."""

    id = Plain()
    object = Constant("webhook_endpoint")
    api_version = Plain()
    application = Constant(None)
    created = UnixTime("created_at")
    description = Text()
    enabled_events = Plain()
    livemode = Plain()
    metadata = Metadata()
    # Shown where it was just made, and never again.
    secret = Computed(lambda _pk: None, "id", optional=True, schema={"type": "string"})
    spelling = Plain()
    status = Plain()
    url = Plain()


class WebhookEndpointViewSet(V1ViewSet):
    resource = "webhook_endpoints"
    model = WebhookEndpoint
    output = WebhookEndpointObject
    inputs = {
        "create": WebhookEndpointCreate,
        "rotate_secret": SecretRotation,
        "update": WebhookEndpointUpdate,
    }

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return webhook_endpoints.rows()

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(WebhookEndpointCreate)
        body.pop("api_version", None)  # there is one, which was just checked
        body["metadata"] = customers.merged_metadata({}, body.get("metadata"))
        return self._with_secret(*webhook_endpoints.create(**body, at=self.at))

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        details = self.read(WebhookEndpointUpdate)
        endpoint = webhook_endpoints.get(pk)
        if "metadata" in details:
            details["metadata"] = customers.merged_metadata(endpoint.metadata, details["metadata"])
        if "disabled" in details:
            details["is_enabled"] = not details.pop("disabled")
        return self.write(webhook_endpoints.update(endpoint, details=details, at=self.at))

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        endpoint = webhook_endpoints.delete(webhook_endpoints.get(pk), at=self.at)
        return self.answer(deleted(endpoint.pk, "webhook_endpoint"))

    def rotate_secret(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Rotate a webhook endpoint's secret."""
        body = self.read(SecretRotation)
        overlap = {"overlap": timedelta(seconds=body["expires_in"])} if "expires_in" in body else {}
        endpoint = webhook_endpoints.get(pk)
        return self._with_secret(*webhook_endpoints.rotate_secret(endpoint, **overlap, at=self.at))

    def _with_secret(self, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
        wire = WebhookEndpointObject.plan().spell_instance(endpoint)
        return self.answer({**wire, "secret": secret})
