import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import ApiKey
from customers.services import api_keys
from tests.customers.admin import page
from tests.factories.customers import ApiKeyFactory

LIST = "/admin/customers/apikey/"
KEY = re.compile(r"<code>([a-z]+_(?:test|live)_[A-Za-z0-9]{38})</code>")


@pytest.fixture
def no_keys(scope):
    """The site's test mode without the keys that a site comes with."""
    ApiKey.objects.all().delete()
    return scope


def fresh(**changes):
    levels = {f"permissions[{name}]": "none" for name in api_keys.RESOURCES}
    return {"spelling": "stripe", "name": "Till", "allowed_ips": "", **levels, **changes}


def stored():
    return list(ApiKey.objects.order_by("pk").values())


def test_the_list_shows_what_a_key_is_and_when_it_was_used(owner, no_keys):
    now = clock.now()
    ApiKeyFactory(name="Shop", visible_prefix="sk_test_abcd", last4="wxyz")
    ApiKeyFactory(name="Old", last_used_at=now, expires_at=now - timedelta(days=1))

    answer = owner.get(LIST)

    old, shop = page.rows(answer)
    assert shop[:5] == ["Shop", "Secret", "sk_test_abcd…wxyz", "Never", "Working"]
    assert old[3] != "Never"
    assert old[4].startswith("Ended ")


def test_the_list_is_narrowed_by_state(owner, no_keys):
    ApiKeyFactory(name="Shop")
    ApiKeyFactory(name="Old", expires_at=clock.now() - timedelta(days=1))

    names = [
        [row[0] for row in page.rows(owner.get(LIST, {"state": state}))]
        for state in ("working", "ended")
    ]

    assert names == [["Shop"], ["Old"]]


def test_keys_of_the_other_mode_and_of_others_are_not_listed(owner, no_keys, other):
    with scoped_to(no_keys.site, livemode=True):
        live = ApiKeyFactory()

    assert page.rows(owner.get(LIST)) == []
    assert owner.get(f"{LIST}{live.pk}/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_any_length_costs_the_same(owner, no_keys, count, django_assert_num_queries):
    ApiKeyFactory.create_batch(count)
    owner.get(LIST)

    with django_assert_num_queries(4):  # session, operator, sites, keys
        owner.get(LIST)


@pytest.mark.parametrize(
    ("kind", "spelling", "prefix"),
    [
        ("secret", "stripe", "sk_test"),
        ("publishable", "stripe", "pk_test"),
        ("restricted", "stripe", "rk_test"),
        ("secret", "omise", "skey_test"),
    ],
)
def test_a_new_key_is_shown_once(owner, no_keys, kind, spelling, prefix):
    made = owner.post(f"{LIST}add/?kind={kind}", fresh(spelling=spelling))
    first, second = owner.get(made.url), owner.get(made.url)

    (text,) = KEY.findall(first.content.decode())
    key = api_keys.recognise(text, at=clock.now())
    assert made.url == f"{LIST}{key.pk}/"
    assert text.startswith(f"{prefix}_")
    assert (key.name, key.kind, key.spelling, key.livemode) == ("Till", kind, spelling, False)
    assert text not in second.content.decode()


def test_a_new_key_is_written_down_nowhere(owner, no_keys):
    made = owner.post(f"{LIST}add/?kind=secret", fresh())
    waiting = repr([session.get_decoded() for session in Session.objects.all()])

    (text,) = KEY.findall(owner.get(made.url).content.decode())

    assert text not in waiting
    assert text not in repr(stored())


def test_a_new_key_is_of_the_chosen_mode(owner, no_keys):
    owner.post("/admin/choose/", {"site": no_keys.site.pk, "mode": "live"})

    made = owner.post(f"{LIST}add/?kind=secret", fresh())

    (text,) = KEY.findall(owner.get(made.url).content.decode())
    assert text.startswith("sk_live_")
    assert stored() == []


def test_a_restricted_key_gets_its_permissions_and_networks(owner, no_keys):
    sent = fresh(
        allowed_ips="203.0.113.0/24\n2001:db8::1\n",
        **{"permissions[customers]": "write", "permissions[events]": "read"},
    )  # fmt: skip

    owner.post(f"{LIST}add/?kind=restricted", sent)

    (key,) = ApiKey.objects.all()
    assert key.permissions == {"customers": "write", "events": "read"}
    assert key.allowed_ips == ["203.0.113.0/24", "2001:db8::1/128"]
    facts = page.facts(owner.get(f"{LIST}{key.pk}/"))
    assert facts["Permissions"] == "Customers: Write, Events: Read"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"spelling": "klingon"}, "spelling", id="unknown spelling"),
        pytest.param(
            {"kind": "restricted", "permissions[events]": "own"}, "permissions[events]", id="level"
        ),
        pytest.param({"name": "n" * 101}, "name", id="long name"),
        pytest.param({"allowed_ips": "here"}, "allowed_ips", id="no network"),
    ],
)
def test_a_key_that_cannot_be_is_not_made(owner, no_keys, wrong, field):
    said = dict(wrong)
    answer = owner.post(f"{LIST}add/?kind={said.pop('kind', 'secret')}", fresh(**said))

    assert answer.status_code == 200
    assert list(page.errors(answer)) == [field]
    assert stored() == []


def test_the_kind_is_chosen_first_and_decides_what_is_asked(owner, no_keys):
    asked = [
        owner.get(f"{LIST}add/"),
        owner.get(f"{LIST}add/?kind=master"),
        owner.post(f"{LIST}add/", fresh()),
    ]
    forms = [page.fields(owner.get(f"{LIST}add/?kind={kind}")) for kind in ("secret", "restricted")]

    offered = [[link for link in page.links(answer) if "kind=" in link] for answer in asked]
    assert offered == [["?kind=secret", "?kind=restricted", "?kind=publishable"]] * 3
    assert [("spelling" in form, "permissions[events]" in form) for form in forms] == [
        (True, False),
        (False, True),
    ]
    assert stored() == []


def test_a_key_is_changed(owner, no_keys):
    key = ApiKeyFactory(kind="restricted", name="Till", permissions={"events": "read"})
    form = page.fields(
        owner.get(f"{LIST}{key.pk}/change/"), name="Shop", allowed_ips="203.0.113.7",
        **{"permissions[customers]": "write"},
    )  # fmt: skip

    answer = owner.post(f"{LIST}{key.pk}/change/", form)

    assert answer.url == f"{LIST}{key.pk}/"
    key.refresh_from_db()
    assert (key.name, key.allowed_ips) == ("Shop", ["203.0.113.7/32"])
    assert key.permissions == {"customers": "write", "events": "read"}


def test_a_rolled_keys_successor_is_shown_once_and_both_work_for_a_while(owner, no_keys):
    key, old = api_keys.issue(
        no_keys.site, livemode=False, kind="secret", name="Till", at=clock.now()
    )

    rolled = owner.post(f"{LIST}{key.pk}/roll/", {"expires_in": "24"})

    (new,) = KEY.findall(owner.get(rolled.url).content.decode())
    successor = api_keys.recognise(new, at=clock.now())
    assert (rolled.url, successor.name) == (f"{LIST}{successor.pk}/", "Till")
    assert api_keys.recognise(old, at=clock.now()) == key
    key.refresh_from_db()
    assert timedelta(hours=23) < key.expires_at - clock.now() <= timedelta(hours=24)


def test_an_overlap_that_is_not_offered_rolls_nothing(owner, no_keys):
    key = ApiKeyFactory()
    before = stored()

    answer = owner.post(f"{LIST}{key.pk}/roll/", {"expires_in": "9999"})

    assert list(page.errors(answer)) == ["expires_in"]
    assert stored() == before


def test_a_key_is_revoked_once_asked(owner, no_keys):
    key, text = api_keys.issue(no_keys.site, livemode=False, kind="secret", at=clock.now())

    asked = owner.get(f"{LIST}{key.pk}/revoke/")
    still_works = api_keys.recognise(text, at=clock.now()) == key
    done = owner.post(f"{LIST}{key.pk}/revoke/")

    assert (asked.status_code, done.status_code, still_works) == (200, 302, True)
    key.refresh_from_db()
    assert key.expires_at <= clock.now()
    ends = [f"{LIST}{key.pk}/{end}/" for end in ("change", "roll", "revoke")]
    assert set(ends) & set(page.links(owner.get(f"{LIST}{key.pk}/"))) == set()


def test_who_administers_nothing_sees_keys_and_changes_none(reader, no_keys):
    client = reader
    key = ApiKeyFactory()
    before = stored()

    seen = client.get(f"{LIST}{key.pk}/")
    answers = [client.post(f"{LIST}add/?kind=secret", fresh())]
    answers += [
        client.post(f"{LIST}{key.pk}/{end}/", {"expires_in": "0", "name": "Mine"})
        for end in ("change", "roll", "revoke", "delete")
    ]

    assert seen.status_code == 200
    assert not any(
        f"{key.pk}/" in link and link != seen.request["PATH_INFO"] for link in page.links(seen)
    )
    assert [answer.status_code for answer in answers] == [403] * 5
    assert stored() == before


@pytest.mark.parametrize("end", ["", "change/", "roll/", "revoke/", "delete/"])
def test_another_sites_key_is_not_there(owner, other, end):
    with scoped_to(other[0], livemode=False):
        foreign = ApiKeyFactory()
        before = stored()

    answers = [
        owner.get(f"{LIST}{foreign.pk}/{end}"),
        owner.post(f"{LIST}{foreign.pk}/{end}", {"expires_in": "0"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    with scoped_to(other[0], livemode=False):
        assert stored() == before
