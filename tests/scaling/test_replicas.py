"""What a standby answers, and when the primary does instead; in this process, against real servers."""

import secrets
from threading import Thread

import pytest
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.test import Client

from config import metrics, server_findings
from config.finding import Level
from customers.kit import clock, replicas
from customers.models import Membership, Operator, Role, Site
from tests import servers
from tests.start import within
from tests.v1_client import V1Client

NAME = "replica1"
_SLEEPS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"


@pytest.fixture(autouse=True)
def _hashed_alike(settings):
    for name in ("SECRET_KEY", "HASHING_KEY"):
        setattr(settings, name, servers.SECRETS[name])
    settings.SEALING_KEYS = [servers.SECRETS["SEALING_KEYS"]]
    settings.DATABASE_REPLICA_WAIT_MS, settings.EMBEDDED = 2000, False


@pytest.fixture
def led_to(monkeypatch, django_db_blocker):
    """Has this thread use other servers than the tests' database."""
    before = connections[DEFAULT_DB_ALIAS]
    opened = []

    def lead(name, server):
        usual = connections.settings[DEFAULT_DB_ALIAS]
        monkeypatch.setitem(connections.settings, name, {**usual, **server.settings})
        opened.append(connections.create_connection(name))
        connections[name] = opened[-1]

    with django_db_blocker.unblock():
        yield lead
        for wrapper in opened:
            wrapper.close()
    connections[DEFAULT_DB_ALIAS] = before
    replicas._health.clear()


@pytest.fixture
def pair(led_to, primary, standby):
    """The primary and the standby, as this process would be configured with them."""
    led_to(DEFAULT_DB_ALIAS, primary)
    led_to(NAME, standby)
    yield standby
    if standby.process is None:
        standby.start()
    standby.ask("SELECT pg_wal_replay_resume()")


@pytest.fixture
def shop(pair, acme):
    """A client with the site's key."""
    return V1Client(acme["sk_test"])


def answered_by(server):
    return replicas.reads.labels(server)._value.get()


def refused(reason):
    return replicas.refusals.labels(NAME, reason)._value.get()


def emails(shop, **filters):
    return [row["email"] for row in shop.get("customers", **filters).body["data"]]


def test_a_list_is_read_from_the_standby_and_shows_what_was_written_just_before(shop):
    before = answered_by("replica")

    shop.post("customers", email="fresh@example.com")

    assert emails(shop, email="fresh@example.com") == ["fresh@example.com"]
    assert answered_by("replica") == before + 1


def test_a_list_is_read_from_the_primary_while_replay_is_paused(shop, pair, settings):
    settings.DATABASE_REPLICA_WAIT_MS = 20
    pair.ask("SELECT pg_wal_replay_pause()")
    by_replica, behind = answered_by("replica"), refused("behind")

    made = shop.post("customers", email="paused@example.com").body

    assert emails(shop, email="paused@example.com") == ["paused@example.com"]
    assert shop.get(f"customers/{made['id']}").body["email"] == "paused@example.com"
    assert pair.ask("SELECT count(*) FROM customers_customer WHERE id = %s", made["id"]) == (0,)
    assert answered_by("replica") == by_replica
    assert refused("behind") == behind + 1


def test_a_walk_has_no_gap_when_the_server_changes_between_its_pages(shop, pair, settings):
    wanted = [f"walk{number}@example.com" for number in range(6)]
    for email in wanted[:3]:
        shop.post("customers", email=email, **{"metadata[walk]": "yes"})
    first = shop.get("customers", limit="2").body["data"]
    settings.DATABASE_REPLICA_WAIT_MS = 20
    pair.ask("SELECT pg_wal_replay_pause()")
    for email in wanted[3:]:
        shop.post("customers", email=email, **{"metadata[walk]": "yes"})

    ahead = shop.get("customers", ending_before=first[0]["id"]).body["data"]
    pair.ask("SELECT pg_wal_replay_resume()")
    behind = shop.get("customers", starting_after=first[-1]["id"], limit="1").body["data"]

    assert [row["email"] for row in [*ahead, *first, *behind]] == wanted[::-1]


def test_the_primary_takes_over_when_the_standby_is_killed(shop, pair, caplog):
    emails(shop)
    by_replica = answered_by("replica")
    pair.stop()

    found = shop.get("customers", limit="1")

    assert found.status == 200
    assert answered_by("replica") == by_replica
    assert [message for message in caplog.messages if "Reads go to the primary" in message]


def test_a_standby_that_is_back_answers_again(shop, pair, monkeypatch):
    monkeypatch.setattr(replicas, "_DOWN_SECONDS", 0)
    pair.stop()
    emails(shop)
    pair.start()
    before = answered_by("replica")

    emails(shop)

    assert answered_by("replica") == before + 1


def test_a_read_that_the_standby_cancels_is_done_again_by_the_primary(pair, primary):
    asked = []

    def run():
        asked.append(replicas.alias())
        with connections[replicas.alias()].cursor() as cursor:
            if (
                replicas.alias() == NAME
            ):  # long enough for what is replayed meanwhile to be in its way
                cursor.execute("SELECT count(*) FROM customers_tombstone, pg_sleep(60)")
            cursor.execute("SELECT 'read'")
            return cursor.fetchone()[0]

    def get_in_the_way():
        within(30, lambda: pair.ask(_SLEEPS) == (1,))
        primary.ask("TRUNCATE customers_tombstone")

    other = Thread(target=get_in_the_way)
    other.start()
    found = replicas.read(run)
    other.join()

    assert found == "read"
    assert asked == [NAME, DEFAULT_DB_ALIAS]


@pytest.fixture
def browser(pair, acme):
    """The browser of an owner who is signed in at the primary."""
    operator = Operator.objects.create(
        email=f"{secrets.token_hex(4)}@example.com", name="Robin Ashdown", created_at=clock.now()
    )
    Membership.objects.create(
        operator=operator, site=Site.objects.get(), role=Role.OWNER, created_at=clock.now()
    )
    client = Client()
    client.force_login(operator)
    return client


@pytest.mark.parametrize("page", ["", "customers/customer/", "search/?q=ada"])
def test_home_lists_and_search_of_the_dashboard_are_read_from_the_standby(browser, page):
    before = answered_by("replica")

    answer = browser.get(f"/admin/{page}")

    assert answer.status_code == 200
    assert answered_by("replica") == before + 1


def test_a_list_as_a_file_is_read_from_the_standby(browser, shop):
    shop.post("customers", email="file@example.com")
    before = answered_by("replica")

    answer = browser.post("/admin/customers/customer/export/", {"format": "csv"})

    assert b"file@example.com" in answer.getvalue()
    assert answered_by("replica") > before


def test_a_server_that_is_no_standby_is_not_read_from(led_to, primary, acme):
    led_to(DEFAULT_DB_ALIAS, primary)
    led_to(NAME, primary)

    name = replicas.caught_up()

    assert name == DEFAULT_DB_ALIAS


def test_a_transaction_reads_from_the_primary(pair):
    with replicas.reading() as name:
        outside = replicas.alias()
        with transaction.atomic():
            inside = replicas.alias()

    assert (name, outside, inside) == (NAME, NAME, DEFAULT_DB_ALIAS)


def test_metrics_tell_how_far_a_standby_is_behind(shop, pair, settings):
    settings.DATABASE_REPLICA_WAIT_MS = 0
    pair.ask("SELECT pg_wal_replay_pause()")
    shop.post("customers", email="late@example.com")

    said = metrics.text(at=clock.now()).decode()

    (lag,) = [line for line in said.splitlines() if line.startswith("keeptab_replica_lag_bytes{")]
    assert float(lag.rpartition(" ")[2]) > 0


def test_the_doctor_finds_a_standby_in_order_but_for_its_feedback(pair):
    with replicas.reading():
        found = list(server_findings.look_at_replicas())

    assert [(finding.name, finding.level) for finding in found] == [
        (NAME, Level.WELL),
        (NAME, Level.WARNING),
    ]
    assert "hot_standby_feedback" in found[1].remedy


def test_the_doctor_tells_of_a_standby_that_is_none(led_to, primary, acme):
    led_to(DEFAULT_DB_ALIAS, primary)
    led_to(NAME, primary)

    (finding,) = server_findings.look_at_replicas()

    assert (finding.name, finding.level) == (NAME, Level.BAD)
    assert "takes writes of its own" in finding.said


def test_the_doctor_notices_a_pooler_without_a_way_past_it(led_to, pooled, acme):
    led_to(DEFAULT_DB_ALIAS, pooled)

    (finding,) = server_findings.look_at_pooler()

    assert (finding.name, finding.level) == ("pooler", Level.BAD)


def test_the_doctor_accepts_a_pooler_with_a_way_past_it(led_to, pooled, primary, acme):
    led_to(DEFAULT_DB_ALIAS, pooled)
    led_to("direct", primary)

    (finding,) = server_findings.look_at_pooler()

    assert (finding.name, finding.level) == ("direct", Level.WELL)
