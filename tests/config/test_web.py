"""`manage.py web`: the web server alone, as machines run it beside a database that is there."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.start import Start, free_port, within

pytestmark = pytest.mark.server
_TOKEN = "a-token-of-the-monitoring-system"


def _requests_counted(web):
    text = web.get("/metrics", Authorization=f"Bearer {_TOKEN}")
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "keeptab_http_requests_total" and sample.labels["route"] == "healthz"
    )


def test_requests_of_all_its_processes_are_counted_together(migrated):
    web = Start(
        migrated,
        port=free_port(),
        command="web",
        arguments=["--workers", "2"],
        METRICS_TOKEN=_TOKEN,
    )
    assert within(30, web.answers)
    before = _requests_counted(web)

    for _ in range(20):
        web.get("/healthz")

    assert _requests_counted(web) == before + 20
    assert web.end()[0] == 0


def test_without_tables_nothing_is_served(tmp_path):
    web = Start(tmp_path / "empty", port=free_port(), command="web")

    code, errors = web.finish()

    assert code == 1
    assert "migrations are missing: run manage.py migrate" in errors
