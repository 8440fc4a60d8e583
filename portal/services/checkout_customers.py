"""Who pays: the customer whom the merchant has named, who has shown who they are, or whose email is new (rule R4).

An email that nobody has proved finds its customer, and what is paid is theirs; but nothing of theirs is shown for it,
and nothing of theirs is changed.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from customers.kit.errors import DomainError, InvalidRequest
from customers.models import Customer, Organization, TaxId
from customers.services import consents, customers, organizations, tax_ids
from portal.models import CheckoutMode, CheckoutSession

_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def settle(session: CheckoutSession, *, at: datetime) -> Customer | None:
    """Let a locked session have its customer, unsaved, and return them; None where a guest pays.

    Raises:
        NotFound: the customer was deleted.
        InvalidRequest: nobody has said who they are, or what they said cannot be.
    """
    if session.customer is not None:
        return customers.get_living(session.customer.pk)
    if not session.email:
        raise InvalidRequest("An email address is needed.", param="email", code="parameter_missing")
    if not needs_customer(session):
        return None
    customer, is_new = customers.match_or_create(
        "email", session.email, details=_details(session, at=at), at=at
    )
    session.customer, session.is_customer_known = customer, is_new
    return customer


def needs_customer(session: CheckoutSession) -> bool:
    """Tell whether a session makes a customer; a guest may pay where the merchant has said so."""
    if session.mode != CheckoutMode.PAYMENT or session.invoice_data is not None:
        return True
    keeps = bool(session.intent_data.get("setup_future_usage"))
    return keeps or session.customer_creation != "if_required"


def note(session: CheckoutSession, *, at: datetime) -> None:
    """Write down with the customer what they said, as far as it is to be; in the transaction that completes a session.

    Nothing is changed of somebody who was only found by an email, and nothing of a deleted customer.
    """
    customer = session.customer
    if customer is None or not session.is_customer_known or customer.is_deleted:
        return
    details = _wanted(session)
    if customer.organization is None:
        business = _business(session, at=at)
        details |= {"organization": business} if business is not None else {}
    if details:
        customers.update(customer, details=details, at=at)
    if session.collected.get("consent", {}).get("promotions") == "opt_in":
        wording = session.collected["consent"].get("wording", "")
        consents.record(customer, "mail_marketing", granted=True, wording=wording, at=at)
    known = set(TaxId.objects.filter(customer=customer).values_list("kind", "value"))
    for said in session.collected.get("tax_ids", ()):
        if (said["type"], said["value"]) not in known:
            with suppress(DomainError):  # there are as many as there can be
                tax_ids.create(customer, kind=said["type"], value=said["value"], at=at)


def _wanted(session: CheckoutSession) -> dict[str, Any]:
    """Return what a session changes of a customer whom the merchant has named."""
    said, collected = session.collects.get("customer_update") or {}, session.collected
    details: dict[str, Any] = {}
    if said.get("name") == "auto":
        details |= {
            name: collected[name]
            for name in ("name", "individual_name", "business_name")
            if collected.get(name)
        }
    if said.get("address") == "auto" and collected.get("address"):
        details["address"] = _columns(collected["address"])
    if said.get("shipping") == "auto" and collected.get("shipping"):
        details["shipping"] = _shipping(collected["shipping"])
    return details


def _details(session: CheckoutSession, *, at: datetime) -> dict[str, Any]:
    """Return what a new customer is made of."""
    said = session.collected
    name = said.get("name") or said.get("individual_name") or said.get("business_name")
    address, shipping = said.get("address"), said.get("shipping")
    language = "" if session.locale == "auto" else session.locale
    wanted = {
        "name": name,
        "phone": said.get("phone"),
        "individual_name": said.get("individual_name"),
        "preferred_locales": [language] if language else None,
        "address": _columns(address) if address else None,
        "shipping": _shipping(shipping) if shipping else None,
        "tax_id_data": [(each["type"], each["value"]) for each in said.get("tax_ids") or ()],
        "organization": _business(session, at=at),
    }
    given = {key: value for key, value in wanted.items() if value}
    return {"email": session.email, **given}


def _business(session: CheckoutSession, *, at: datetime) -> Organization | None:
    """Return the business that pays, apart from the person who does (rule R10); None where there is none.

    One that is there already is joined by those who know its tax id only: its name is no secret.
    """
    said = session.collected
    name = said.get("business_name", "")
    if not name:
        return None
    tax_id = next(iter(said.get("tax_ids") or ()), None) or {"type": "", "value": ""}
    existing = Organization.objects.filter(name=name).first()
    if existing is not None:
        is_same = bool(tax_id["value"]) and existing.tax_id_value == tax_id["value"]
        return existing if is_same else None
    address = _columns(said.get("business_address") or said.get("address") or {})
    return organizations.create(
        details={
            "name": name,
            "legal_name": said.get("business_legal_name") or name,
            "tax_id_type": tax_id["type"],
            "tax_id_value": tax_id["value"],
            **address,
        },
        at=at,
    )


def _columns(address: dict[str, Any]) -> dict[str, str]:
    return {name: address.get(name) or "" for name in _ADDRESS}


def _shipping(said: dict[str, Any]) -> dict[str, str]:
    return {
        **_columns(said.get("address") or {}),
        "name": said.get("name") or "",
        "phone": said.get("phone") or "",
    }
