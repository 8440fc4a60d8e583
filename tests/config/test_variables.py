"""What can be set from outside, and what is shown of it."""

import ast

import orjson
from django.core.management import call_command

from config import variables
from config.env import BASE_DIR

_READS = {
    "text", "texts", "number", "days", "flag", "factor", "one_of", "secret", "database", "email", "address",
}  # fmt: skip
_OF_TESTS = {"TEST_DATABASE_NAME", "TEST_DATABASE_URL", "TEST_DATABASE_DIRECT_URL"}


def _read_in(path):
    """Yield the names of the variables that a module reads from the environment."""
    for node in ast.walk(ast.parse(path.read_text())):
        is_read = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if is_read and node.func.attr in _READS and getattr(node.func.value, "id", "") == "env":
            argument = node.args[0]
            if isinstance(argument, ast.Constant):
                yield argument.value


def test_every_variable_that_is_read_is_known():
    read = {
        name
        for app in ("config", "customers", "payments", "portal")
        for path in (BASE_DIR / app).rglob("*.py")
        for name in _read_in(path)
    }

    unknown = read - {variable.name for variable in variables.VARIABLES} - _OF_TESTS

    assert unknown == set()


def test_the_file_to_fill_in_has_every_variable():
    kept = (BASE_DIR / ".env.example").read_text()

    assert kept == variables.example()


def test_the_readme_has_every_variable():
    readme = (BASE_DIR / "README.md").read_text()

    missing = [
        variable.name for variable in variables.VARIABLES if f"`{variable.name}`" not in readme
    ]

    assert missing == []


def test_secrets_are_shown_by_their_length(monkeypatch, capsys):
    monkeypatch.setenv("SECRET_KEY", "a-secret-that-nobody-may-see")
    monkeypatch.setenv("DATABASE_URL", "postgres://keeptab:hidden@db.example.com/keeptab")

    call_command("config", json=True)

    shown = orjson.loads(capsys.readouterr().out)
    assert {name: shown[name] for name in ("SECRET_KEY", "DATABASE_URL")} == {
        "SECRET_KEY": {"source": "environment", "value": "28 characters"},
        "DATABASE_URL": {
            "source": "environment",
            "value": "postgres://keeptab:[secret]@db.example.com/keeptab",
        },
    }


def test_no_password_of_a_replica_is_shown(monkeypatch, capsys):
    urls = [f"postgres://keeptab:hidden@{name}.example.com/keeptab" for name in ("one", "two")]
    monkeypatch.setenv("DATABASE_REPLICA_URL", ",".join(urls))

    call_command("config", json=True)

    shown = orjson.loads(capsys.readouterr().out)["DATABASE_REPLICA_URL"]["value"]
    assert shown == ",".join(urls).replace("hidden", "[secret]")


def test_a_value_out_of_a_file_says_so(monkeypatch, tmp_path, capsys):
    kept = tmp_path / "token"
    kept.write_text("x" * 40)
    monkeypatch.setenv("METRICS_TOKEN_FILE", str(kept))

    call_command("config")

    lines = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    assert lines["METRICS_TOKEN"].split(None, 1) == ["file", "40 characters"]
