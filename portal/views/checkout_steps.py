"""The details that a checkout asks for: the customer's own and their addresses, as one form that is sent whole."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from django.forms.boundfield import BoundField

from customers.services.letters import Reader
from portal.forms.checkouts import (
    BillingForm,
    BusinessForm,
    CheckoutForm,
    ShippingForm,
    place_of,
)
from portal.models import CheckoutSession

_BILLING, _SHIPPING, _BUSINESS = "billing", "shipping", "business"
_AGREEMENTS = ("terms", "promotions")


class Steps:
    """The forms of a session's details; a page shows their errors and fields as if they were one form's.

    Args:
        sent: what was posted; None where nothing was.
    """

    def __init__(
        self, reader: Reader, session: CheckoutSession, sent: Mapping[str, Any] | None
    ) -> None:
        collects, said = session.collects, session.collected
        data = {name: sent[name] for name in sent} if sent is not None else None
        self.is_sent = data is not None
        self.shows = data is not None and "show" in data
        self.main = CheckoutForm(reader, session, data)
        self.session = session
        self.billing = self.shipping = self.business = None
        if "business_name" in self.main.fields:
            start = _known(said.get("business_address"))
            start["legal_name"] = said.get("business_legal_name", "")
            self.business = BusinessForm(reader, data, initial=start, prefix=_BUSINESS)
        if collects.get("billing_address_collection") == "required":
            start = {"country": reader.site.country, **_known(said.get("address"))}
            self.billing = BillingForm(reader, data, initial=start, prefix=_BILLING)
        allowed = (collects.get("shipping_address_collection") or {}).get("allowed_countries")
        if allowed:
            given = said.get("shipping") or {}
            start = {**_known(given.get("address")), "name": given.get("name", "")}
            start.setdefault("country", allowed[0])
            self.shipping = ShippingForm(
                reader, data, initial=start, prefix=_SHIPPING, countries=allowed
            )

    def __iter__(self) -> Iterator[BoundField]:
        """Yield the fields of all forms, as they stand on the page."""
        _main, *places = self.forms
        return chain(self.first, chain.from_iterable(places), self.agreements)

    @property
    def first(self) -> list[BoundField]:
        """The fields above the addresses."""
        return [field for field in self.main if field.name not in _AGREEMENTS]

    @property
    def agreements(self) -> list[BoundField]:
        """What the customer agrees to, last of all."""
        return [field for field in self.main if field.name in _AGREEMENTS]

    @property
    def forms(self) -> list[Any]:
        """The forms that there are."""
        found = (self.main, self.business, self.billing, self.shipping)
        return [form for form in found if form is not None]

    def is_valid(self) -> bool:
        """Tell whether all that was sent fits."""
        return not self.shows and all(
            [form.is_valid() for form in self.forms]  # noqa: C419 -- each is to show its errors
        )

    def non_field_errors(self) -> list[str]:
        """Return what was refused of no one field."""
        return [error for form in self.forms for error in form.non_field_errors()]

    @property
    def errors(self) -> bool:
        """Tell whether something that was sent does not fit."""
        return self.is_sent and not self.shows and any(form.errors for form in self.forms)

    def is_missing(self) -> bool:
        """Tell whether the session still lacks something that its customer must say."""
        said = self.session.collected
        lacks_place = (self.billing is not None and not said.get("address")) or (
            self.shipping is not None and not said.get("shipping")
        )
        lacks_text = any(
            field.required and not self.main.initial.get(name)
            for name, field in self.main.fields.items()
        )
        return bool(lacks_place or lacks_text)

    def email(self) -> str | None:
        """Return the address that was typed; None where it was known."""
        return self.main.cleaned_data.get("email")

    def said(self) -> dict[str, Any]:
        """Return what was said, as `checkout_visits.describe` takes it."""
        found = self.main.said()
        if self.business is not None:
            found |= self.business.said()
        if self.billing is not None:
            found["address"] = self.billing.address()
        if self.shipping is not None:
            found["shipping"] = self.shipping.shipping()
        return found


def _known(address: Mapping[str, Any] | None) -> dict[str, str]:
    return place_of(address) if address else {}
