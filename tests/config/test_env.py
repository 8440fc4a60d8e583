"""What the environment may say, and the sentence when it says something else."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


@pytest.fixture
def says(monkeypatch):
    """A function that puts a value into the environment, as NAME."""
    return lambda value: monkeypatch.setenv("NAME", value)


def test_what_is_not_set_is_the_default():
    assert env.text("NAME", "default") == "default"
    assert env.texts("NAME", ["a", "b"]) == ["a", "b"]
    assert env.number("NAME", 7) == 7
    assert env.days("NAME", 90, least=30) == 90
    assert env.flag("NAME", default=True) is True
    assert env.one_of("NAME", ["LOW", "HIGH"], "LOW") == "LOW"


def test_a_value_may_lie_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "value").write_text("from the file\n")
    monkeypatch.setenv("NAME_FILE", str(tmp_path / "value"))

    assert env.text("NAME", "") == "from the file"


def test_texts_are_separated_by_commas(says):
    says("a.example.com, b.example.com,")

    assert env.texts("NAME", []) == ["a.example.com", "b.example.com"]


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("ON", True), ("1", True), ("no", False), ("", False)]
)
def test_a_flag_is_read(says, text, value):
    says(text)

    assert env.flag("NAME", default=not value) is value


def test_one_of_several_words_is_read_in_any_letter_case(says):
    says("high")

    assert env.one_of("NAME", ["LOW", "HIGH"], "LOW") == "HIGH"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        pytest.param(
            "postgres://ada:p%40ss@db.example.com:5433/shop",
            ("ada", "p@ss", "db.example.com", 5433, "shop"),
            id="over the network",
        ),
        pytest.param(
            "postgresql://ada@%2Frun%2Fpostgresql/shop",
            ("ada", "", "/run/postgresql", "", "shop"),
            id="over a Unix socket",
        ),
    ],
)
def test_the_address_of_a_database_is_read(says, url, found):
    says(url)

    read = env.database("NAME")

    assert read["ENGINE"] == "django.db.backends.postgresql"
    assert tuple(read[part] for part in ("USER", "PASSWORD", "HOST", "PORT", "NAME")) == found


def test_a_database_is_not_waited_for_for_ever(says):
    says("postgres://ada@db.example.com/shop?connect_timeout=2")

    read = env.database("NAME")

    assert read["OPTIONS"] == {"connect_timeout": 2, "tcp_user_timeout": 20_000}


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        pytest.param(
            lambda: env.number("NAME", 1),
            "-1",
            "NAME has to be a whole number, and is '-1'.",
            id="number",
        ),
        pytest.param(
            lambda: env.days("NAME", 0, least=30),
            "29",
            "NAME has to be 0 or at least 30 days, and is 29.",
            id="days",
        ),
        pytest.param(
            lambda: env.flag("NAME", default=True),
            "maybe",
            "NAME has to be true or false, and is 'maybe'.",
            id="flag",
        ),
        pytest.param(
            lambda: env.one_of("NAME", ["LOW", "HIGH"], "LOW"),
            "loud",
            "NAME has to be one of LOW, HIGH, and is 'LOUD'.",
            id="word",
        ),
        *(
            pytest.param(
                lambda: env.database("NAME"),
                url,
                "NAME has to look like postgres://user:password@host:port/name.",
                id=f"database {url}",
            )
            for url in ("nonsense", "mysql://ada@db.example.com/shop", "postgres://db.example.com")
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(says, read, text, sentence):
    says(text)

    with pytest.raises(ImproperlyConfigured) as refusal:
        read()

    assert str(refusal.value) == sentence


def test_a_file_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("NAME_FILE", str(tmp_path / "none"))

    with pytest.raises(ImproperlyConfigured) as refusal:
        env.text("NAME", "")

    assert str(refusal.value) == (
        f"NAME_FILE names {tmp_path}/none, which cannot be read: no such file or directory."
    )


def test_a_secret_is_made_once_and_kept_for_its_owner_alone(tmp_path):
    first = env.secret("NAME", keep_in=tmp_path / "secrets")

    assert env.secret("NAME", keep_in=tmp_path / "secrets") == first
    assert len(first) >= 32
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["name"]
    assert (tmp_path / "secrets" / "name").stat().st_mode & 0o777 == 0o600


def test_a_secret_of_the_environment_is_not_kept(says, tmp_path):
    says("given")

    assert env.secret("NAME", keep_in=tmp_path / "secrets") == "given"
    assert list(tmp_path.iterdir()) == []


def test_a_secret_that_has_to_be_given_is_asked_for():
    with pytest.raises(ImproperlyConfigured, match=r"^Set NAME, or NAME_FILE to a file"):
        env.secret("NAME", keep_in=None)


@pytest.mark.parametrize(("said", "expected"), [("0.01", 0.01), ("1", 1.0), (" 2.5 ", 2.5)])
def test_factor_is_a_number_above_zero(monkeypatch, said, expected):
    monkeypatch.setenv("DRILL_TIME_FACTOR", said)

    assert env.factor("DRILL_TIME_FACTOR", 1) == expected


@pytest.mark.parametrize("said", ["0", "0.0", "-1", "1e9", "nan", "fast", "1,5", "1.", ""])
def test_other_factors_are_refused(monkeypatch, said):
    monkeypatch.setenv("DRILL_TIME_FACTOR", said)

    with pytest.raises(ImproperlyConfigured, match="DRILL_TIME_FACTOR has to be a number above 0"):
        env.factor("DRILL_TIME_FACTOR", 1)


URL = "postgres://keeptab@{}.example.com/keeptab"


def test_ways_to_the_database_beside_the_first_one_are_named():
    replicas = [URL.format("one"), URL.format("two")]

    found = env.more_databases(direct=URL.format("db"), replicas=replicas, is_embedded=False)

    assert {name: each["HOST"] for name, each in found.items()} == {
        "direct": "db.example.com",
        "replica1": "one.example.com",
        "replica2": "two.example.com",
    }
    assert found["replica1"]["OPTIONS"] == {"connect_timeout": 2, "tcp_user_timeout": 20_000}


def test_a_replica_that_is_no_address_is_refused_without_repeating_it():
    wrong = "mysql://keeptab:hidden@db.example.com/keeptab"

    with pytest.raises(ImproperlyConfigured) as refused:
        env.more_databases(direct="", replicas=[wrong], is_embedded=False)

    assert str(refused.value) == (
        "DATABASE_REPLICA_URL has to look like postgres://user:password@host:port/name."
    )


def test_the_embedded_database_has_no_replicas():
    with pytest.raises(ImproperlyConfigured, match="the embedded database is one server"):
        env.more_databases(direct="", replicas=[URL.format("db")], is_embedded=True)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://billing.example.com", "billing.example.com"),
        ("https://Billing.example.com:8443/path", "billing.example.com"),
        ("http://[::1]:8000", "[::1]"),
        ("http://[::1", ""),
        ("", ""),
    ],
)
def test_the_host_of_an_address_is_as_browsers_name_it(url, host):
    assert env.host_of(url) == host
