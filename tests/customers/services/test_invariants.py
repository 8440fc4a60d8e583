"""Which rows an invariant of the ground floor leaves alone, and whose event tells of them."""

from customers.events.services import partitions
from tests import breaches
from tests.breaches import DAY, ago
from tests.factories.customers import CustomerFactory, EventFactory


def test_a_site_that_lets_go_of_events_is_not_asked_for_those_of_before(scope):
    scope.site.retention = {"events": 30}
    scope.site.save()
    CustomerFactory(created_at=ago(31 * DAY))
    recent = CustomerFactory(created_at=ago(29 * DAY))

    found = breaches.of("customers.told")

    assert found == [recent.pk]


def test_what_was_made_before_the_first_month_of_events_needs_none(scope, monkeypatch):
    CustomerFactory(created_at=ago(31 * DAY))
    recent = CustomerFactory(created_at=ago(29 * DAY))
    monkeypatch.setattr(partitions, "kept_since", lambda: ago(30 * DAY))

    found = breaches.of("customers.told")

    assert found == [recent.pk]


def test_another_sites_event_tells_of_nothing(scope, other):
    customer = CustomerFactory()
    EventFactory(object_id=customer.pk, site=other[0])

    found = breaches.of("customers.told")

    assert found == [customer.pk]
