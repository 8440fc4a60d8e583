"""Stripe as a gateway, through its official package."""

from payments.gateways.stripe.gateway import StripeGateway

__all__ = ["StripeGateway"]
