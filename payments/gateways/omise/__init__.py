"""Omise as a gateway, through its official package."""

from payments.gateways.omise.gateway import OmiseGateway

__all__ = ["OmiseGateway"]
