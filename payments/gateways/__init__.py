"""The gateways, by their kind."""

from collections.abc import Callable
from functools import cache

from payments.gateways.base import Gateway


def gateway_class(kind: str) -> type[Gateway]:
    """Return the gateway of a kind.

    Raises:
        KeyError: there is none.
    """
    return _LOADERS[kind]()


# Loaded when first used: each brings its company's client along.
@cache
def _sandbox() -> type[Gateway]:
    from payments.gateways.sandbox import Sandbox  # noqa: PLC0415 -- see above

    return Sandbox


@cache
def _stripe() -> type[Gateway]:
    from payments.gateways.stripe import StripeGateway  # noqa: PLC0415 -- see above

    return StripeGateway


@cache
def _omise() -> type[Gateway]:
    from payments.gateways.omise import OmiseGateway  # noqa: PLC0415 -- see above

    return OmiseGateway


_LOADERS: dict[str, Callable[[], type[Gateway]]] = {
    "sandbox": _sandbox,
    "stripe": _stripe,
    "omise": _omise,
}
KINDS = tuple(_LOADERS)
