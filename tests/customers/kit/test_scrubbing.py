import json
import logging
from types import SimpleNamespace

import pytest

from customers.kit.scrubbing import JsonFormatter, scrub


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("card 4242 4242-42424242.", "card [card number].", id="end of a sentence"),
        pytest.param(
            "/sandbox/visit_4242424242424242", "/sandbox/visit_[card number]", id="in a path"
        ),
        pytest.param("number4242424242424242x", "number[card number]x", id="between letters"),
        pytest.param("4242424242424241", "4242424242424241", id="wrong check digit"),
        pytest.param("0.4242424242424242", "0.4242424242424242", id="a fraction"),
        pytest.param("94242424242424242421", "94242424242424242421", id="too long"),
    ],
)
def test_card_numbers_are_scrubbed(text, expected):
    assert scrub(text) == expected


def _record(message, **more):
    record = logging.LogRecord("keeptab", logging.ERROR, __file__, 1, message, (), None)
    record.__dict__.update(more)
    return record


def test_a_line_of_json_has_what_is_allowed_and_nothing_else():
    record = _record(
        "Charged 4242424242424242 of ada@example.com \ud800",
        request=SimpleNamespace(request_id="req_1"),
        password="hidden",
    )
    record.created = 1_760_000_000.5

    line = JsonFormatter().format(record)

    assert json.loads(line) == {
        "time": "2025-10-09T08:53:20.500+00:00",
        "level": "ERROR",
        "logger": "keeptab",
        "message": "Charged [card number] of [email] \\ud800",
        "request_id": "req_1",
    }


def test_a_traceback_in_json_is_scrubbed():
    record = _record("It broke", exc_info=(ValueError, ValueError("sk_test_" + "a" * 32), None))

    told = json.loads(JsonFormatter().format(record))

    assert "ValueError: sk_test_aaaa[key]" in told["traceback"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rk_sandbox_" + "aB3d" * 9 + "x1", "rk_sandbox_aB3d[key]"),
        ("rk_wh_" + "aB3d" * 11, "rk_wh_[secret]"),
        ("cpt_" + "a1b2" * 6 + "_" + "0f" * 32, "cpt_a1b2[token]"),
    ],
)
def test_revkeens_secrets_are_scrubbed(text, expected):
    assert scrub(f"with {text} came") == f"with {expected} came"
