"""Payment links: opened by anybody, as often as the merchant wants."""

import pytest

from customers.events.models import Event
from customers.kit.errors import InvalidState, NotFound
from portal.models import PaymentLink
from portal.services import checkout_visits as visits
from portal.services import checkouts, payment_links
from tests.portal.checking_out import CLUB, LAMP, till, told

__all__ = ["till"]


def _link(till, *items, **more):
    made = till.post("payment_links", {"line_items": list(items or (LAMP,)), **more})
    return PaymentLink.objects.get(pk=made["id"])


def _begun(till, link, **said):
    opened = payment_links.found(link.key)
    return payment_links.begin(opened, said=said, at=till.at)


def test_opening_a_link_begins_a_session_like_it(till):
    link = _link(till, metadata={"tier": "gold"}, phone_number_collection={"enabled": True})

    session = _begun(
        till, link, client_reference_id="cart 7", customer_email="jenny@example.com", locale="th",
        amount="1",
    )  # fmt: skip

    wire = till.wire(session)
    assert (wire["payment_link"], wire["amount_total"], wire["metadata"]) == (
        link.pk, 3000, {"tier": "gold"},
    )  # fmt: skip
    assert (wire["client_reference_id"], wire["customer_email"], wire["locale"]) == (
        "cart 7", "jenny@example.com", "th",
    )  # fmt: skip
    assert wire["phone_number_collection"] == {"enabled": True}


def test_a_link_with_something_that_recurs_makes_subscriptions(till):
    session = till.named(_begun(till, _link(till, CLUB)))

    done = till.pay(session)

    assert (done.mode, done.status, done.subscription.status) == (
        "subscription", "complete", "active",
    )  # fmt: skip


def test_a_link_takes_as_many_as_it_may(till):
    link = _link(till, restrictions={"completed_sessions": {"limit": 1}}, inactive_message="Sold.")
    first, second = (till.named(_begun(till, link), email=f"{n}@example.com") for n in "ab")

    till.pay(first)
    with pytest.raises(InvalidState):
        till.pay(second)
    with pytest.raises(InvalidState) as refused:
        _begun(till, link)

    shown = till.get(f"payment_links/{link.pk}")["restrictions"]["completed_sessions"]
    assert (shown, refused.value.message) == ({"count": 1, "limit": 1}, "Sold.")
    assert (checkouts.get(second.pk).begun_at, told(second)) == (None, [])


def test_a_link_that_was_switched_off_begins_nothing(till):
    link = _link(till)
    till.post(f"payment_links/{link.pk}", active=False)

    with pytest.raises(InvalidState) as refused:
        _begun(till, link)

    assert refused.value.code == "payment_link_inactive"


def test_a_session_lands_where_its_link_says(till):
    after = {"type": "redirect", "redirect": {"url": "https://shop.example.com/done"}}
    session = _begun(till, _link(till, after_completion=after))

    assert visits.landing(session) == "https://shop.example.com/done"


def test_an_address_that_nobody_made_leads_nowhere(till):
    with pytest.raises(NotFound):
        payment_links.found("x" * 24)


def test_changes_are_told_with_what_was_before(till):
    link = _link(till)
    item = till.get(f"payment_links/{link.pk}/line_items")["data"][0]["id"]

    till.post(
        f"payment_links/{link.pk}",
        {"line_items": [{"id": item, "quantity": 5}], "billing_address_collection": "required"},
    )

    event = Event.objects.filter(object_id=link.pk).order_by("id").last()
    assert (event.type, event.previous_attributes) == (
        "payment_link.updated", {"billing_address_collection": "auto"},
    )  # fmt: skip
    assert till.get(f"payment_links/{link.pk}/line_items")["data"][0]["quantity"] == 5
