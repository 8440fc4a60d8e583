"""Operations on webhook endpoints in both styles of the official Python SDK; see `sdk`."""

import stripe

from tests.wire import sdk

CLIENT = {
    f"webhook_endpoints.{verb}": lambda v1, verb=verb: getattr(v1.webhook_endpoints, verb)
    for verb in ("create", "delete", "list", "retrieve", "update")
}
MODULE = {
    "webhook_endpoints.create": stripe.WebhookEndpoint.create,
    "webhook_endpoints.delete": stripe.WebhookEndpoint.delete,
    "webhook_endpoints.list": stripe.WebhookEndpoint.list,
    "webhook_endpoints.retrieve": stripe.WebhookEndpoint.retrieve,
    "webhook_endpoints.update": stripe.WebhookEndpoint.modify,
}
sdk.CLIENT |= CLIENT
sdk.MODULE |= MODULE
