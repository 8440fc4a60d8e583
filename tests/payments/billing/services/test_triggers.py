import pytest

from customers.events.models import Event
from payments.billing.services import triggers
from payments.billing.services.triggers import TRIGGERS


@pytest.mark.parametrize("type_", TRIGGERS)
def test_a_trigger_publishes_what_it_is_named_after(scope, at, type_):
    published = triggers.pull(type_, at=at)

    assert type_ in [event.type for event in published]
    assert [event.pk for event in published] == list(
        Event.objects.order_by("id").values_list("pk", flat=True)
    )
