"""What the installation says of itself."""

import pytest
from django.utils import translation


@pytest.mark.django_db
def test_a_probe_is_told_what_is_missing_and_leaves_no_line_in_the_log(client, caplog):
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "ok"
    assert answer.json()["checks"]["worker"].startswith("no worker has been heard of")
    assert caplog.records == []


@pytest.mark.django_db
def test_a_program_is_answered_in_english_whoever_was_answered_before(client, api):
    page = client.get("/admin/login/", headers={"Accept-Language": "th"})
    after_page = translation.get_language()

    api.get("customers", limit="1")

    assert 'lang="th"' in page.content.decode()
    assert (after_page, translation.get_language()) == ("th", "en")
