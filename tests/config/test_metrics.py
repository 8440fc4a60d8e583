"""What a monitoring system is told."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from prometheus_client.parser import text_string_to_metric_families

from customers.events.services import partitions
from customers.kit import clock
from customers.models import Finding
from customers.services import invariant_rounds
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db
_TOKEN = "a-token-of-the-monitoring-system"


@pytest.fixture
def figures(client, settings):
    """Return a function that asks for all samples, by name and labels."""
    settings.METRICS_TOKEN = _TOKEN

    def ask():
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {_TOKEN}"})
        assert answer.status_code == 200
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(answer.content.decode())
            for sample in family.samples
        }

    return ask


def test_there_is_no_such_page_without_a_token(client, settings):
    settings.METRICS_TOKEN = ""

    answer = client.get("/metrics", headers={"Authorization": "Bearer "})

    assert answer.status_code == 404


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer wrong", "Bearer ä", f"Bearer {_TOKEN} "])
def test_another_token_is_refused(client, settings, sent):
    settings.METRICS_TOKEN = _TOKEN

    answer = client.get("/metrics", headers={"Authorization": sent})

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="metrics"')


def test_requests_are_counted_by_route(client, figures):
    labels = (("method", "GET"), ("route", "healthz"), ("status", "200"))
    before = figures().get(("keeptab_http_requests_total", *labels), 0)

    client.get("/healthz")

    assert figures()[("keeptab_http_requests_total", *labels)] == before + 1


def test_what_has_no_route_is_one_figure(client, figures):
    client.get("/nowhere/cus_0123456789")

    named = {label for name, *labels in figures() for label in labels if label[0] == "route"}
    assert ("route", "unknown") in named
    assert not any("cus_0123456789" in value for _, value in named)


def test_the_installation_tells_of_its_background_work(figures):
    with connection.cursor() as cursor:  # what tests that commit have left in the queue
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
    partitions.make(at=clock.now())

    told = {name: value for (name, *labels), value in figures().items() if not labels}

    ours = {name: told[name] for name in told if name.startswith("keeptab_")}
    assert ours == {
        "keeptab_worker_heartbeat_age_seconds": -1,
        "keeptab_jobs_waiting": 0,
        "keeptab_jobs_failed": 0,
        "keeptab_outbox_lag_seconds": 0,
        "keeptab_mail_lag_seconds": 0,
        "keeptab_unknown_operations": 0,
        "keeptab_integrity_last_round_timestamp_seconds": 0,
        "keeptab_event_months_ahead": 2,
        "keeptab_events_outside_months": 0,
    }


def test_findings_are_told_by_invariant(figures, scope):
    customer = CustomerFactory(balance=100, currency="usd")
    at = datetime(2030, 3, 1, 2, 30, tzinfo=UTC)

    invariant_rounds.work(until=at + timedelta(hours=1), now=lambda: at)

    told = figures()
    found = {
        labels[0][1]: value
        for (name, *labels), value in told.items()
        if name == "keeptab_integrity_findings" and value
    }
    assert found == {"customers.balance": 1, "customers.told": 1}
    assert (
        told[
            "keeptab_integrity_findings", ("invariant", "customers.balance"), ("severity", "error")
        ]
        == 1
    )
    assert told["keeptab_integrity_last_round_timestamp_seconds",] == at.timestamp()
    assert Finding.objects.filter(object_id=customer.pk).count() == 2
