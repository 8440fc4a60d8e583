import pytest
from django.core.management.base import CommandError

from customers.events.models import Event
from payments.billing.services.triggers import TRIGGERS
from tests.customers.management.conftest import run

__all__ = ["run"]


def test_what_was_published_is_printed(run, scope):
    out, errors = run("trigger", "customer.updated", "--site", "acme")

    events = list(Event.objects.order_by("id").values_list("pk", "type", "object_id", "actor"))
    assert [line.split() for line in out.splitlines()] == [list(event[:3]) for event in events]
    assert [event[1] for event in events] == ["customer.created", "customer.updated"]
    assert ({event[3] for event in events}, errors) == ({"trigger"}, "")


def test_the_types_are_listed(run, db):
    out, _errors = run("trigger", "--list")

    assert out.split() == list(TRIGGERS)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param((), "Name a type of events", id="nothing"),
        pytest.param(("customer.make",), "There is no trigger for 'customer.make'", id="type"),
        pytest.param(("customer.created", "--site", "nowhere"), "no site 'nowhere'", id="site"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(run, site, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("trigger", *arguments)

    assert not Event._base_manager.exists()
