"""How a customer's own program comes in: with the token of a portal session instead of a key.

Source: https://docs.revkeen.com/api-reference/openapi
"""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from customers.kit.errors import Unauthenticated
from customers.models import Customer
from customers.restkit import authentication, revkeen_errors
from customers.restkit.revkeen import RevkeenViewSet, credentials
from customers.restkit.views import Caller
from customers.services import test_clocks
from portal.models import PortalSession
from portal.services import session_tokens


class OwnViewSet(RevkeenViewSet):
    """Views of what is the customer's whose token comes with the request."""

    error_members = revkeen_errors.TYPED
    session: PortalSession

    def admitted(self, request: HttpRequest, *, writes: bool, ip: str) -> Caller:
        """Return whose token it is: in `x-api-key` or by Bearer, since the library always sends a key of its own.

        Raises:
            Unauthenticated: there is no token, none that is known, or its session is over.
        """
        brought = (credentials(request), authentication.credentials(request))
        token = next(filter(session_tokens.looks_like_one, brought), "")
        session = session_tokens.session_of(token, at=self.at)
        if session is None:
            raise Unauthenticated("Missing, unknown or expired customer portal session token.")
        self.session = session
        email = session.customer.email
        return Caller(session.site, session.livemode, email, is_publishable=True, door="portal")

    def further_asked(self) -> Sequence[Any]:
        return [self.session.pk]

    def owner(self) -> Customer:
        """Return the customer; from now on the request's time is theirs."""
        self.at = test_clocks.now_for(self.session.customer, self.at)
        return self.session.customer
