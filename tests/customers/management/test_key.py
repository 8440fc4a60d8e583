import re
from argparse import ArgumentTypeError
from datetime import timedelta

import pytest
from django.core.management.base import CommandError

from customers.kit import clock
from customers.kit.errors import Unauthenticated
from customers.kit.tenancy import every_site
from customers.management.commands.key import duration
from customers.models import ApiKey
from customers.services import api_keys


def _count():
    with every_site():
        return ApiKey.objects.count()


@pytest.mark.parametrize(
    "given",
    [lambda key, text: key.pk, lambda key, text: text, lambda key, text: key.visible_prefix],
)
def test_roll_makes_a_key_and_lets_both_work_for_a_while(run, keys, given):
    old = api_keys.find(keys["sk_test"])
    before = clock.now()

    out, errors = run("key", "roll", given(old, keys["sk_test"]), "--expires-in", "24h")

    new = api_keys.recognise(out.strip(), at=clock.now())
    old.refresh_from_db()
    assert re.fullmatch(r"sk_test_[A-Za-z0-9]{24,}\n", out)
    assert (new.site, new.kind, new.livemode) == (old.site, old.kind, old.livemode)
    assert before <= old.expires_at - timedelta(hours=24) <= clock.now()
    assert api_keys.recognise(keys["sk_test"], at=clock.now()) == old
    assert out.strip() not in errors
    assert f"works until {old.expires_at:%Y-%m-%d %H:%M:%S} UTC" in errors


def test_roll_without_a_span_ends_the_old_key_at_once(run, keys):
    run("key", "roll", keys["skey_live"])

    with pytest.raises(Unauthenticated):
        api_keys.recognise(keys["skey_live"], at=clock.now())


def test_roll_refuses_a_span_that_is_too_long(run, keys):
    with pytest.raises(CommandError, match=r"^A rolled key may live on for 7 days at most\.$"):
        run("key", "roll", keys["sk_test"], "--expires-in", "8d")

    assert _count() == 8


def test_a_key_that_is_not_known_is_refused(run, keys):
    with pytest.raises(CommandError, match=r"^There is no such key"):
        run("key", "roll", "sk_test_unknown")

    assert _count() == 8


def test_revoke_ends_a_key(run, keys):
    out, _ = run("key", "revoke", keys["sk_test"])

    assert out.endswith("is revoked.\n")
    assert keys["sk_test"] not in out
    with pytest.raises(Unauthenticated):
        api_keys.recognise(keys["sk_test"], at=clock.now())


def test_list_shows_no_secret(run, keys):
    out, _ = run("key", "list")

    assert len(out.splitlines()) == 8
    assert [text for text in keys.values() if text in out] == []


@pytest.mark.parametrize(
    ("text", "span"),
    [
        pytest.param("24h", timedelta(hours=24), id="hours"),
        pytest.param("30m", timedelta(minutes=30), id="minutes"),
        pytest.param("7d", timedelta(days=7), id="days"),
        pytest.param("90", timedelta(seconds=90), id="seconds"),
        pytest.param("0", timedelta(0), id="at once"),
    ],
)
def test_a_span_of_time_is_read(text, span):
    assert duration(text) == span


@pytest.mark.parametrize("text", ["", "h", "-1h", "1.5h", "1 week", "²h", "9999999d"])
def test_what_is_no_span_of_time_is_refused(text):
    with pytest.raises(ArgumentTypeError, match="is no span of time"):
        duration(text)
