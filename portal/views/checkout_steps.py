"""The details that a checkout asks for: the customer's own and their addresses, as one form that is sent whole."""

from collections.abc import Mapping
from typing import Any

from customers.services.letters import Reader
from portal.forms.checkouts import BillingForm, CheckoutForm, ShippingForm, place_of
from portal.models import CheckoutSession

_BILLING, _SHIPPING = "billing", "shipping"


class Steps:
    """The forms of a session's details.

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
        self.billing = self.shipping = None
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

    @property
    def forms(self) -> list[Any]:
        """The forms that there are."""
        return [form for form in (self.main, self.billing, self.shipping) if form is not None]

    def is_valid(self) -> bool:
        """Tell whether all that was sent fits."""
        return not self.shows and all(
            [form.is_valid() for form in self.forms]  # noqa: C419 -- each is to show its errors
        )

    def has_errors(self) -> bool:
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
        if self.billing is not None:
            found["address"] = self.billing.address()
        if self.shipping is not None:
            found["shipping"] = self.shipping.shipping()
        return found


def _known(address: Mapping[str, Any] | None) -> dict[str, str]:
    return place_of(address) if address else {}
