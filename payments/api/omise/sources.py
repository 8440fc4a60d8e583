"""`/omise/sources`: customers' bank accounts, which charges can name; other ways to pay are refused by their names.

Omise's source types are ways to pay of South-East Asia and Japan, and none of them is a US bank account or a SEPA
debit, so that nothing is made here: accounts are saved through `/v1/`.

Source: https://docs.omise.co/sources-api
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import omise_ids
from customers.restkit.id_inputs import IdField
from customers.restkit.objects import Computed, Constant, Plain, Text, WireObject
from customers.restkit.omise import OmiseViewSet
from customers.restkit.omise_objects import IsoTime
from customers.restkit.views import json_response
from payments.api.omise.cards import parsed
from payments.models import PaymentMethod
from payments.services import payment_methods

_TEXT, _NULLABLE = {"type": "string"}, {"type": ["string", "null"]}
BANK_ACCOUNTS = [PaymentMethod.Kind.US_BANK_ACCOUNT, PaymentMethod.Kind.SEPA_DEBIT]


class SourceField(IdField):
    """The id of a bank account; a hash would make a source, and is refused by its type."""

    def read(self, value: Any, path: str) -> str:
        if isinstance(value, Mapping):
            raise not_offered(value.get("type"), f"{path}[type]")
        return super().read(value, path)


def not_offered(kind: Any, path: str) -> InvalidRequest:
    """Return the error for a source of any type."""
    named = f"Sources of type '{str(kind)[:60]}' are" if kind else "Sources are"
    return InvalidRequest(
        f"{named} not offered ({path}): there are cards, by token, and the bank accounts that a customer has saved.",
        param=path,
    )


def _location(pk: str, livemode: bool) -> str:  # noqa: FBT001 -- a column's value
    return omise_ids.located(f"/sources/{omise_ids.spelled_as_source(pk, livemode)}")


def _billing(member: str) -> Computed:
    return Computed(
        lambda stored: parsed(stored).get(member) or None, "billing_details", schema=_NULLABLE
    )


class SourceObject(WireObject):
    """A bank account that can be debited."""

    object = Constant("source")
    id = Computed(omise_ids.spelled_as_source, "id", "livemode", schema=_TEXT)
    livemode = Plain()
    location = Computed(_location, "id", "livemode", schema=_TEXT)
    amount = Constant(None)
    bank = Text("bank_name")
    charge_status = Constant("unknown")
    created_at = IsoTime()
    currency = Computed(str.upper, "currency", schema=_TEXT)
    email = _billing("email")
    flow = Constant("offline")
    last_digits = Text("last4")
    name = _billing("name")
    phone_number = _billing("phone")
    type = Plain("kind")


class SourceViewSet(OmiseViewSet):
    resource = "payment_methods"
    model = PaymentMethod
    output = SourceObject
    path = "/sources"
    public = frozenset({"create"})

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return PaymentMethod.objects.filter(kind__in=BANK_ACCOUNTS)

    def retrieve(self, request: HttpRequest, pk: str, **parents: str) -> HttpResponse:
        self.refuse_params()
        account = payment_methods.get(pk)
        return json_response(self.fetch(account.pk))

    def create(self, request: HttpRequest) -> HttpResponse:
        """Refuse a source, whatever its type."""
        raise not_offered(self.params.get("type"), "type")

    def missing(self, pk: str) -> NotFound:
        return NotFound(f"source {pk[:80]} was not found")
