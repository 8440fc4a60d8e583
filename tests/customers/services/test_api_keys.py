import re
from datetime import timedelta

import pytest

from customers.kit.errors import Forbidden, InvalidRequest, Unauthenticated
from customers.kit.tenancy import every_site
from customers.models import ApiKey
from customers.services import api_keys
from tests.factories.customers import ApiKeyFactory

Kind, Spelling = ApiKey.Kind, ApiKey.Spelling


def texts():
    """Every stored key without what cannot be read."""
    with every_site():
        return list(ApiKey.objects.order_by("created_at", "pk").values_list("pk", "expires_at"))


@pytest.mark.parametrize(
    ("kind", "spelling", "livemode", "prefix"),
    [
        ("secret", "stripe", False, "sk_test_"),
        ("secret", "stripe", True, "sk_live_"),
        ("publishable", "stripe", False, "pk_test_"),
        ("publishable", "stripe", True, "pk_live_"),
        ("restricted", "stripe", False, "rk_test_"),
        ("restricted", "stripe", True, "rk_live_"),
        ("secret", "omise", False, "skey_test_"),
        ("secret", "omise", True, "skey_"),
        ("publishable", "omise", False, "pkey_test_"),
        ("publishable", "omise", True, "pkey_"),
    ],
)
def test_a_key_is_spelled_as_its_kind_is(scope, at, kind, spelling, livemode, prefix):
    key, text = api_keys.issue(
        scope.site, livemode=livemode, kind=kind, spelling=spelling, name="Shop", at=at
    )

    assert re.fullmatch(f"{prefix}[A-Za-z0-9]{{38}}", text)
    assert str(key) == f"{text[: len(prefix) + 4]}…{text[-4:]}"
    assert (key.name, key.kind, key.livemode, key.created_at) == ("Shop", kind, livemode, at)
    assert api_keys.recognise(text, at=at) == key


def test_a_key_is_stored_nowhere(scope, at):
    key, text = api_keys.issue(scope.site, livemode=False, kind=Kind.SECRET, at=at)

    stored = ApiKey.objects.filter(pk=key.pk).values().get()
    assert text not in repr(stored)
    assert text.rpartition("_")[2][:12] not in repr(stored)


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        pytest.param({"kind": "master"}, "kind", id="unknown kind"),
        pytest.param({"kind": "restricted", "spelling": "omise"}, "kind", id="no such spelling"),
        pytest.param(
            {"kind": "restricted", "permissions": {"planets": "read"}}, "permissions", id="resource"
        ),
        pytest.param(
            {"kind": "restricted", "permissions": {"customers": "own"}}, "permissions", id="level"
        ),
        pytest.param({"permissions": {"customers": "read"}}, "permissions", id="unrestricted"),
        pytest.param({"allowed_ips": ["10.0.0.0/99"]}, "allowed_ips", id="misspelt network"),
    ],
)
def test_a_key_that_cannot_be_is_not_made(scope, at, wrong, param):
    before = texts()

    with pytest.raises(InvalidRequest) as refusal:
        api_keys.issue(scope.site, **{"livemode": False, "kind": Kind.SECRET, **wrong}, at=at)

    assert refusal.value.param == param
    assert texts() == before


def test_a_derived_key_is_the_same_each_time():
    said = {"kind": Kind.SECRET, "spelling": Spelling.STRIPE, "livemode": False}

    text = api_keys.derived("a secret", **said)

    assert text == api_keys.derived("a secret", **said)
    assert re.fullmatch("sk_test_[A-Za-z0-9]{38}", text)
    assert text != api_keys.derived("another secret", **said)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("", "", id="none"),
        pytest.param("sk_test_unknown", "", id="unknown"),
    ],
)
def test_an_unknown_key_is_not_recognised(scope, at, text, code):
    with pytest.raises(Unauthenticated) as refusal:
        api_keys.recognise(text, at=at)

    assert refusal.value.code == code
    assert "sk_test_unknown" not in refusal.value.message


def test_an_expired_key_is_not_recognised(scope, at):
    key, text = api_keys.issue(scope.site, livemode=False, kind=Kind.SECRET, at=at)
    api_keys.revoke(key, at=at)

    with pytest.raises(Unauthenticated) as refusal:
        api_keys.recognise(text, at=at)

    assert refusal.value.code == "api_key_expired"


def test_a_use_is_noted_once_a_minute(scope, at):
    key = ApiKeyFactory()
    seconds = [0, 59, 61, 30]

    noted = []
    for second in seconds:
        api_keys.note_use(key, at=at + timedelta(seconds=second))
        noted.append(ApiKey.objects.get(pk=key.pk).last_used_at - at)

    assert [since.total_seconds() for since in noted] == [0, 0, 61, 61]


RESTRICTED = {"customers": "write", "events": "read", "organizations": "none"}


@pytest.mark.parametrize(
    ("kind", "resource", "writes", "code"),
    [
        pytest.param("secret", "customers", True, None, id="secret"),
        pytest.param("publishable", "customers", False, "secret_key_required", id="publishable"),
        pytest.param("restricted", "customers", True, None, id="write may write"),
        pytest.param("restricted", "customers", False, None, id="write may read"),
        pytest.param("restricted", "events", False, None, id="read may read"),
        pytest.param(
            "restricted", "events", True,
            "more_permissions_required_for_application", id="read may not write",
        ),
        pytest.param(
            "restricted", "organizations", False,
            "more_permissions_required_for_application", id="none may nothing",
        ),
        pytest.param(
            "restricted", "account", False,
            "more_permissions_required_for_application", id="unnamed is none",
        ),
    ],
)  # fmt: skip
def test_a_key_opens_what_its_kind_and_permissions_say(scope, kind, resource, writes, code):
    key = ApiKeyFactory(kind=kind, permissions=RESTRICTED if kind == "restricted" else {})

    if code is None:
        assert api_keys.authorize(key, resource=resource, writes=writes) is None
    else:
        with pytest.raises(Forbidden) as refusal:
            api_keys.authorize(key, resource=resource, writes=writes)
        assert refusal.value.code == code


@pytest.mark.parametrize(
    ("ip", "is_let_in"),
    [("192.0.2.7", True), ("192.0.3.7", False), ("2001:db8::1", True), ("", False), ("x", False)],
)
def test_a_key_opens_from_its_networks_only(scope, ip, is_let_in):
    key = ApiKeyFactory(allowed_ips=["192.0.2.0/24", "2001:db8::/32"])

    if is_let_in:
        assert api_keys.authorize(key, resource="customers", writes=True, ip=ip) is None
    else:
        with pytest.raises(Forbidden) as refusal:
            api_keys.authorize(key, resource="customers", writes=True, ip=ip)
        assert refusal.value.code == "ip_not_allowed"


def test_a_rolled_key_lives_on_beside_its_successor(scope, at):
    key, old = api_keys.issue(
        scope.site,
        livemode=False,
        kind=Kind.RESTRICTED,
        name="Warehouse",
        permissions={"customers": "read"},
        allowed_ips=["192.0.2.0/24"],
        at=at,
    )

    successor, new = api_keys.roll(key, expires_in=timedelta(hours=24), at=at)

    kept = ("kind", "spelling", "name", "permissions", "allowed_ips", "livemode", "site_id")
    assert [getattr(successor, name) for name in kept] == [getattr(key, name) for name in kept]
    assert (successor.expires_at, new != old) == (None, True)
    assert api_keys.recognise(old, at=at + timedelta(hours=23)) == key
    assert api_keys.recognise(new, at=at + timedelta(hours=25)) == successor
    with pytest.raises(Unauthenticated):
        api_keys.recognise(old, at=at + timedelta(hours=24))


@pytest.mark.parametrize(
    ("expires_in", "is_expired", "param"),
    [
        pytest.param(timedelta(days=8), False, "expires_in", id="too long"),
        pytest.param(timedelta(seconds=-1), False, "expires_in", id="negative"),
        pytest.param(timedelta(0), True, "key", id="expired"),
    ],
)
def test_a_key_that_cannot_be_rolled_stays_as_it_is(scope, at, expires_in, is_expired, param):
    key = ApiKeyFactory(expires_at=at if is_expired else None)
    before = texts()

    with pytest.raises(InvalidRequest) as refusal:
        api_keys.roll(key, expires_in=expires_in, at=at)

    assert refusal.value.param == param
    assert texts() == before


def test_revoking_brings_an_end_forward_and_never_back(scope, at):
    key = ApiKeyFactory(expires_at=at + timedelta(days=1))

    ends = [
        api_keys.revoke(key, at=at + timedelta(hours=hours)).expires_at - at for hours in (30, 2, 5)
    ]

    assert ends == [timedelta(days=1), timedelta(hours=2), timedelta(hours=2)]
    assert ApiKey.objects.get(pk=key.pk).expires_at == at + timedelta(hours=2)


def test_a_keys_name_permissions_and_networks_change(scope):
    key = ApiKeyFactory(kind=Kind.RESTRICTED, permissions={"events": "read"})

    api_keys.update(key, name="Till", permissions={"customers": "write"}, allowed_ips=["192.0.2.7"])

    stored = ApiKey.objects.get(pk=key.pk)
    assert (stored.name, stored.permissions, stored.allowed_ips) == (
        "Till", {"customers": "write"}, ["192.0.2.7/32"],
    )  # fmt: skip


def test_an_unrestricted_key_gets_no_permissions(scope):
    key = ApiKeyFactory(name="Till")

    with pytest.raises(InvalidRequest) as refusal:
        api_keys.update(key, name="Shop", permissions={"customers": "read"}, allowed_ips=[])

    assert refusal.value.param == "permissions"
    assert ApiKey.objects.get(pk=key.pk).name == "Till"


def test_a_key_is_found_by_what_people_have_of_it(scope, at):
    key, text = api_keys.issue(scope.site, livemode=False, kind=Kind.SECRET, at=at)
    ApiKeyFactory(visible_prefix="sk_test_twin")
    ApiKeyFactory(visible_prefix="sk_test_twin")

    assert [
        api_keys.find(words)
        for words in (key.pk, text, text[:12], "sk_test_twin", "sk_test", "sk_test_none")
    ] == [key, key, key, None, None, None]


def test_a_masked_key_is_known_to_its_owner_only():
    text = "sk_test_" + "a" * 34 + "1234"

    assert api_keys.masked(text) == "sk_test_" + "*" * 24 + "1234"
    assert api_keys.masked("sk_test_ab") == "**********"
    assert api_keys.visible_prefix(text) == "sk_test_aaaa"
