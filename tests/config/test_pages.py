"""What the installation says of itself."""

import pytest


@pytest.mark.django_db
def test_a_probe_is_told_what_is_missing_and_leaves_no_line_in_the_log(client, caplog):
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "ok"
    assert answer.json()["checks"]["worker"].startswith("no worker has been heard of")
    assert caplog.records == []
