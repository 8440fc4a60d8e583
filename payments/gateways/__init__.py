"""The gateways, by their kind."""

from collections.abc import Callable, Sequence
from functools import cache

from payments.gateways.base import Access, Gateway
from payments.gateways.holdings import Holdings


def gateway_class(kind: str) -> type[Gateway]:
    """Return the gateway of a kind.

    Raises:
        KeyError: there is none.
    """
    return _LOADERS[kind]()


def holdings(kind: str, access: Access, *, waits: Sequence[int] = ()) -> Holdings:
    """Return what an account holds; the sandbox has nothing that could be brought over.

    Args:
        waits: as Holdings takes them.

    Raises:
        KeyError: there is no such gateway.
        Refused: its address is one that we may not connect to.
    """
    return _HOLDERS[kind]()(access, waits=waits)


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


@cache
def _stripe_holdings() -> type[Holdings]:
    from payments.gateways.stripe.holdings import StripeHoldings  # noqa: PLC0415 -- see above

    return StripeHoldings


@cache
def _omise_holdings() -> type[Holdings]:
    from payments.gateways.omise.holdings import OmiseHoldings  # noqa: PLC0415 -- see above

    return OmiseHoldings


_LOADERS: dict[str, Callable[[], type[Gateway]]] = {
    "sandbox": _sandbox,
    "stripe": _stripe,
    "omise": _omise,
}
KINDS = tuple(_LOADERS)
_HOLDERS: dict[str, Callable[[], type[Holdings]]] = {
    "stripe": _stripe_holdings,
    "omise": _omise_holdings,
}
WITH_HOLDINGS = tuple(_HOLDERS)
"""Whose accounts can be brought over."""
