"""The official client, set up for one account, and its errors in the port's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe
from django.views.decorators.debug import sensitive_variables

from payments.gateways import outbound
from payments.gateways.base import Access, Declined, NotSent, Refused, Unknown

OWN = "https://api.stripe.com"
_CONFLICT, _TOO_MANY, _SERVER = 409, 429, 500


@sensitive_variables()
def client_of(access: Access) -> stripe.StripeClient:
    """Return the client of an account; nothing of it is global.

    Raises:
        Refused: its address is one that we may not connect to.
    """
    base = outbound.checked(access.credentials.get("api_base", OWN), own=OWN)
    return stripe.StripeClient(
        access.credentials["secret_key"],
        base_addresses={"api": base},
        http_client=stripe.RequestsClient(timeout=outbound.TIMEOUT),
        max_network_retries=0,  # what is repeated, and when, is ours to decide
    )


@contextmanager
def translated() -> Iterator[None]:
    """Let the package's errors be the port's.

    Raises:
        NotSent: Stripe was not reached, or was too busy to look at the request.
        Unknown: it may have acted.
        Declined: the issuer says no.
        Refused: it understood, and refuses.
    """
    try:
        yield
    except stripe.CardError as error:
        raise _declined(error) from None
    except stripe.APIConnectionError as error:
        if outbound.was_not_sent(error.__cause__):
            raise NotSent("Stripe was not reached.") from error
        raise Unknown("Stripe did not answer.") from error
    except stripe.RateLimitError as error:
        raise NotSent("Stripe is too busy.") from error
    except stripe.StripeError as error:
        status = error.http_status or 0
        if isinstance(error, stripe.IdempotencyError | stripe.APIError) or (
            status == _CONFLICT or status >= _SERVER
        ):
            raise Unknown("Stripe did not give a clear answer.") from error
        raise Refused(error.user_message or "Refused", code=error.code or "") from None


def is_missing(error: Refused) -> bool:
    """Tell whether a refusal means that there is no such object."""
    return error.code == "resource_missing"


def plain(thing: Any) -> dict[str, Any]:
    """Return an object of the package as a dict, empty for None and for a bare id."""
    if isinstance(thing, stripe.StripeObject):
        return dict(thing.to_dict())
    return thing if isinstance(thing, dict) else {}


def _declined(error: stripe.CardError) -> Declined:
    said = plain(error.error)
    return Declined(
        error.user_message or "Your card was declined.",
        code=error.code or "card_declined",
        decline_code=said.get("decline_code") or "",
        param=error.param or "",
    )
