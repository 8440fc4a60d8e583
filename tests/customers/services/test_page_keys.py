"""A page's key opens its page's site for a quarter of an hour, and nobody can make one."""

from datetime import timedelta

import pytest

from customers.kit.errors import Unauthenticated
from customers.services import page_keys

PAGE = "invoice in_1"


@pytest.fixture
def key(site, at):
    return page_keys.issue(site, livemode=True, page=PAGE, at=at)


def test_key_says_whose_page_it_is(site, at, key):
    known = page_keys.recognise(key, at=at + page_keys.LIVES - timedelta(seconds=1))

    assert (known.page, known.key.site, known.key.livemode, known.key.kind) == (
        PAGE, site, True, "publishable",
    )  # fmt: skip
    assert str(known.key) == f"{key[:8]}…{key[-4:]}"


def test_each_showing_has_a_key_of_its_own(site, at, key):
    assert page_keys.issue(site, livemode=True, page=PAGE, at=at) != key


def test_key_is_over_after_a_quarter_of_an_hour(at, key):
    with pytest.raises(Unauthenticated) as refusal:
        page_keys.recognise(key, at=at + timedelta(minutes=15))

    assert refusal.value.code == "api_key_expired"


@pytest.mark.parametrize("forged", ["pgk_", "pgk_AAAA", "pgk_%", "pgk_" + "A" * 4000, "pgk_é"])
def test_forged_key_is_none(at, db, forged):
    with pytest.raises(Unauthenticated):
        page_keys.recognise(forged, at=at)


def test_altered_key_is_none(at, key):
    altered = key[:-5] + ("A" if key[-5] != "A" else "B") + key[-4:]

    with pytest.raises(Unauthenticated):
        page_keys.recognise(altered, at=at)


def test_key_of_a_site_that_is_gone_is_none(site, at, key):
    key_of_nobody = page_keys.issue(type(site)(pk="acct_gone"), livemode=True, page=PAGE, at=at)

    with pytest.raises(Unauthenticated):
        page_keys.recognise(key_of_nobody, at=at)
