"""Intents in the hands of a customer's browser: a publishable key, with the intent's own secret, sees a part of it.

Source: https://docs.stripe.com/api/payment_intents/retrieve
"""

import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from customers.kit.errors import DomainError, InvalidRequest
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.inputs import Input
from customers.restkit.v1 import V1ViewSet
from payments.models import PaymentIntent, SetupIntent

_EXPANDED = frozenset({"payment_method"})


class ClientSecretQuery(Input):
    client_secret = inputs.TextField(max_length=128)


class WithClientSecret(V1ViewSet):
    """The views of an intent, which its customer's browser may look at and confirm."""

    shown_in_public: ClassVar[frozenset[str]] = frozenset()  # members
    refused_in_public: ClassVar[frozenset[str]] = frozenset()  # parameters
    public = frozenset({"retrieve", "confirm", "verify_microdeposits"})

    def retrieve(self, request: HttpRequest, pk: str, **parents: str) -> HttpResponse:
        body = self.read(ClientSecretQuery)
        wire = self.fetch(pk, **parents)
        self._check(wire["client_secret"], body)
        return self.answer(wire)

    @contextmanager
    def in_public(
        self, intent: PaymentIntent | SetupIntent, body: dict[str, Any]
    ) -> Iterator[None]:
        """Check the secret that a body has, take it out, and let no refusal of the block tell more than an answer does.

        Raises:
            InvalidRequest: a publishable key has not the right secret, or a parameter is not for it.
        """
        self._check(intent.client_secret, body)
        body.pop("client_secret", None)
        if not self.is_publishable:
            yield
            return
        for name in sorted(self.refused_in_public & body.keys()):
            raise InvalidRequest(
                f"The parameter {name} cannot be passed with a publishable API key. Please use a secret API key.",
                param=name,
                code="secret_key_required",
            )
        try:
            yield
        except DomainError as error:
            error.extra = {
                name: self._public_part(value) if name in _INTENTS else value
                for name, value in error.extra.items()
            }
            raise

    def answer(self, wire: Wire) -> HttpResponse:
        if self.is_publishable:
            self._check_expanded()
            wire = self._public_part(wire)
        return super().answer(wire)

    def _check(self, secret: str, body: Mapping[str, Any]) -> None:
        self._check_expanded()
        given = body.get("client_secret")
        noun = str(self.model._meta.verbose_name)
        if given is None and self.is_publishable:
            raise InvalidRequest(
                f"A publishable API key needs the client_secret of the {noun}.",
                param="client_secret",
                code="parameter_missing",
            )
        if given is not None and not hmac.compare_digest(given.encode(), secret.encode()):
            raise InvalidRequest(
                f"The client_secret provided does not match any associated {noun} on this account.",
                param="client_secret",
                code="resource_missing",
            )

    def _check_expanded(self) -> None:
        if not self.is_publishable:
            return
        for path in self.expands:
            if path not in _EXPANDED:
                raise InvalidRequest(
                    f"This property cannot be expanded with a publishable API key: {path}.",
                    param="expand",
                )

    def _public_part(self, wire: Wire) -> Wire:
        return {name: value for name, value in wire.items() if name in self.shown_in_public}


_INTENTS = frozenset({"payment_intent", "setup_intent"})
