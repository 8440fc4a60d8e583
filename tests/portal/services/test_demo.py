"""The demonstration's payment links: made once, and bought by."""

import pytest

from customers.kit import clock
from portal.models import CheckoutSession, PaymentLink
from portal.services import demo
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_links_are_made_and_some_buy_by_them(scope):
    people = {place: CustomerFactory(name=f"Number {place}") for place in (5, 9, 14)}

    for _again in range(2):
        demo.fill(people, at=clock.now())

    links = PaymentLink.objects.order_by("created_at")
    assert [(link.metadata["demonstration"], link.completed_count) for link in links] == [
        ("Spring workshop", 2), ("Teapot", 0), ("Tea club", 0),
    ]  # fmt: skip
    sessions = CheckoutSession.objects.order_by("created_at")
    assert [(one.status, one.collected["name"]) for one in sessions] == [
        ("complete", "Number 5"), ("complete", "Number 9"), ("open", "Number 14"),
    ]  # fmt: skip
