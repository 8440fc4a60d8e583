"""Payment links: made, changed, and opened, which begins a checkout session.

Source: https://docs.stripe.com/payment-links
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from customers.events.services import events
from customers.kit import statements, tenancy
from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.kit.tenancy import every_site, scoped_to
from customers.services import customers
from portal.models import CheckoutItem, CheckoutSession, PaymentLink
from portal.services import checkout_items, checkout_terms, checkouts

PATH = "/checkout/link/"
_FROM_ADDRESS = ("client_reference_id", "customer_email", "locale")
"""What the address of a link may say of the session that it begins."""


def get(pk: str, *, param: str = "payment_link") -> PaymentLink:
    """Return a payment link of the chosen site.

    Raises:
        NotFound: there is none.
    """
    found = PaymentLink.objects.filter(pk=pk).first()
    if found is None:
        raise missing(pk, param=param)
    return found


def missing(pk: str, *, param: str = "payment_link") -> NotFound:
    """Return the error for a link that is not there."""
    return NotFound(f"No such payment link: '{pk}'", param=param)


def create(
    *, details: Mapping[str, Any], line_items: Sequence[Mapping[str, Any]], at: datetime
) -> PaymentLink:
    """Make a payment link.

    Args:
        details: columns by name; `mode` at least.
        line_items: as `checkout_items.prepared` takes them.

    Raises:
        NotFound: something that is named is not there.
        InvalidRequest: it does not fit together.
    """
    _check_landing(details)
    scope = tenancy.current()
    link = statements.new_instance(
        PaymentLink,
        id=PaymentLink.new_id(),
        livemode=scope.livemode,
        created_at=at,
        **{**details, "metadata": customers.merged_metadata({}, details.get("metadata"))},
    )
    link.site = scope.site
    with transaction.atomic(savepoint=False):
        items = checkout_items.prepared(link, line_items, at=at)
        checkout_terms.check_shipping(link)
        statements.insert(link, *items)
        events.publish("payment_link.created", link, at=at)
    return link


def update(
    link: PaymentLink,
    *,
    details: Mapping[str, Any],
    collects: Mapping[str, Any],
    quantities: Mapping[str, Mapping[str, Any]],
    at: datetime,
) -> PaymentLink:
    """Change a payment link; sessions that have begun by it stay as they are.

    Args:
        details: columns by name; `metadata`, `intent_data` and `subscription_data` are merged.
        collects: what its page asks for, merged.
        quantities: by item, `quantity` and `adjustable_quantity`.

    Raises:
        InvalidRequest: it does not fit together.
    """
    _check_landing(details)
    with transaction.atomic(savepoint=False):
        row = PaymentLink.objects.select_for_update(no_key=True).get(pk=link.pk)
        before = events.spell(row)
        for name, value in details.items():
            setattr(row, name, _merged(row, name, value))
        row.collects = {**row.collects, **collects}
        checkout_terms.check_shipping(row)
        items = checkout_items.of(row)
        for place, (pk, said) in enumerate(quantities.items()):
            _change(items, pk, said, where=f"line_items[{place}]")
        row.save()
        previous = events.difference(before, events.spell(row))
        if previous or quantities:
            events.publish("payment_link.updated", row, previous=previous, at=at)
    return row


def url_of(link: PaymentLink) -> str:
    """Return the address that begins a checkout."""
    return address_of(link.pk)


def address_of(pk: str) -> str:
    """Return the address of the link with this id."""
    return f"{settings.PUBLIC_URL}{PATH}{pk.partition('_')[2]}"


def found(key: str) -> PaymentLink:
    """Return the link whose address has this key, with its site; of any site, since its customers have no account.

    Raises:
        NotFound: there is none.
    """
    with every_site():
        rows = PaymentLink.objects.select_related("site")
        link = rows.filter(pk=f"{PaymentLink.PREFIX}_{key}").first()
    if link is None:
        raise NotFound("There is no such page.")
    return link


def begin(link: PaymentLink, *, said: Mapping[str, str], at: datetime) -> CheckoutSession:
    """Make the session of somebody who has opened a link.

    Args:
        said: what the address says: `client_reference_id`, `customer_email`, `locale`; the rest is left out.

    Raises:
        InvalidState: the link takes no more.
        InvalidRequest: what it offers cannot be had any more.
    """
    if not link.takes_more:
        raise InvalidState(
            link.inactive_message or "This payment link takes no more payments.",
            code="payment_link_inactive",
        )
    details = {name: said[name] for name in _FROM_ADDRESS if said.get(name)}
    with scoped_to(link.site, livemode=link.livemode):
        return checkouts.from_link(link, details, at=at)


def _check_landing(details: Mapping[str, Any]) -> None:
    url = ((details.get("after_completion") or {}).get("redirect") or {}).get("url")
    if url:
        checkout_terms.check_url(url, param="after_completion[redirect][url]")


def _merged(row: PaymentLink, name: str, value: Any) -> Any:
    if name == "metadata":
        return customers.merged_metadata(row.metadata, value)
    if name in ("intent_data", "subscription_data"):
        return {**getattr(row, name), **value}
    return value


def _change(items: list[CheckoutItem], pk: str, said: Mapping[str, Any], *, where: str) -> None:
    """Change how many of an item there are, and within what a customer may choose."""
    item = next((item for item in items if item.pk == pk), None)
    if item is None:
        raise InvalidRequest(f"No such line item: '{pk}'", param=f"{where}[id]")
    item.quantity = said.get("quantity", item.quantity)
    if "adjustable_quantity" in said:
        item.least_quantity, item.most_quantity = checkout_items.bounds(
            {"quantity": item.quantity, **said}, where
        )
    elif item.least_quantity is not None:
        checkout_items.choose(item, item.quantity, param=f"{where}[quantity]")
    item.save(update_fields=["quantity", "least_quantity", "most_quantity"])
