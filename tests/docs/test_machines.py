"""What the guides have done on a server, on a machine of its own: as root, with systemd, users and a network."""

import pytest

from tests.docs import examples, readme
from tests.machine import Machine

BY = "tests/docs/test_machines.py"
PLACE = "/srv/keeptab"
DOCKER = f'#!/bin/sh\nexec {PLACE}/.venv/bin/python {PLACE}/tests/docs/compose.py "$@"\n'
PATIENCE = 240  # seconds
pytestmark = pytest.mark.server


def of(path, words, instead=None):
    return examples.left_to(path, BY, words, instead)


def until(command):
    """Return what waits for a command to succeed, in Bash."""
    return f"""
for _ in $(seq {PATIENCE * 2}); do {command} && break; sleep 0.5; done
{command}
"""


READY = until("""curl -sS http://127.0.0.1:8000/readyz 2>&1 | grep -q '"status": "ok"'""")


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A machine with a clone, and what the guide for one server installs."""
    made = Machine(tmp_path_factory.mktemp("machine"))
    made.lay_out(PLACE)
    download, _, _ = of("deploy", "useradd").partition("useradd")
    installed = made.run(download, is_online=True)
    assert installed.returncode == 0, installed.stdout
    yield made
    made.end()


@pytest.fixture(autouse=True)
def _nothing_is_left_running(machine):
    yield
    stopped = machine.run(f"""
[ ! -e /etc/systemd/system/keeptab.service ] || systemctl stop keeptab
cd {PLACE}
[ ! -d /run/compose ] || docker compose down
""")
    assert stopped.returncode == 0, stopped.stdout


def test_the_service_serves_and_commands_see_what_it_sees(machine):
    _, command, rest = of("deploy", "useradd").partition("useradd")
    unit = f"cp {PLACE}/deploy/keeptab.service /etc/systemd/system/"

    served = machine.run(f"{unit}\n{command}{rest}{READY}")
    doctor = machine.run(of("deploy", "systemd-run"))
    stopped = machine.run("systemctl stop keeptab; systemctl show --property=Result keeptab")

    assert served.returncode == 0, served.stdout + machine.run("systemctl status keeptab").stdout
    assert doctor.returncode == 0, doctor.stdout
    assert "ok    worker" in doctor.stdout
    assert "/var/lib/keeptab" in doctor.stdout
    assert stopped.stdout == "Result=success\n"


def test_the_first_two_commands_and_the_key_that_they_print(machine):
    shown = of("first-hour", "manage.py start")
    install, start = shown.splitlines()
    assert readme.said_alike(shown, readme.example("Start"))
    machine.lay_out("/srv/first")
    installed = machine.run(f"cd /srv/first; {install}", is_online=True)
    begun = f"""
cd /srv/first
env --default-signal=INT {start} >said 2>&1 &
trap 'kill -INT $!; wait $!' EXIT
{until("grep -q '^Stop with' said")}
key=$(grep -o 'sk_test_[A-Za-z0-9]*' said | head -n 1)
"""
    # The key stands where the reader puts it: in a file of its own, so that the example stays as it is shown.
    keys = of("first-hour", "KEEPTAB_KEY", {"sk_test_…": "$key"})
    called = 'curl -fsS "$KEEPTAB_URL/v1/customers?limit=1" -u "$KEEPTAB_KEY:"'

    done = machine.run(f"{begun}{keys}{called}")

    assert installed.returncode == 0, installed.stdout
    assert done.returncode == 0, done.stdout
    assert '"object":"list"' in done.stdout


def ask(server, question):
    """Return what asks a server of the compose file, in Bash."""
    return (
        f'psql -X -q -At "postgres://keeptab:$POSTGRES_PASSWORD@{server}/keeptab" -c "{question}"\n'
    )


def test_compose_starts_everything_and_more_of_it(machine):
    docker = f"cat > /usr/local/sbin/docker <<'EOF'\n{DOCKER}EOF\nchmod +x /usr/local/sbin/docker\nmkdir -p /app"
    workers = "pgrep -f '[m]anage.py worker'"

    shown = of("deploy", "docker")
    to_begin, more_of_it, merchant = readme.example("With Docker").partition("docker compose exec")
    assert readme.said_alike(shown, to_begin)

    first = machine.run(f"{docker}\ncd {PLACE}\n{shown}{READY}{more_of_it}{merchant}")
    assert first.returncode == 0, first.stdout
    assert "ada@example.com" in first.stdout
    three = until(
        f"[ $({workers} | wc -l) = 3 ]"
    )  # one that begins may start a program, which is two of it at first
    more = machine.run(f"cd {PLACE}\n{of('scaling', 'compose up -d --scale')}{three}")
    assert more.returncode == 0, more.stdout
    scaled = machine.run(f"cd {PLACE}\n{of('scaling', '--profile scaled')}{READY}")
    assert scaled.returncode == 0, scaled.stdout

    found = machine.run(f"""
cd {PLACE}
. ./.env
{workers} | while read -r number; do tr '\\0' '\\n' </proc/$number/environ | grep -c '^DATABASE_URL=.*@pooler:'; done
{ask("db", "SELECT state FROM pg_stat_replication")}
keys=$(docker compose exec web python manage.py site create --name Harbour --country GB --currency gbp --json)
key=$(grep -o 'sk_test_[A-Za-z0-9]*' <<<"$keys")
curl -fsS http://127.0.0.1:8000/v1/customers -u "$key:" -d email=ada@example.com -o /dev/null
curl -fsS http://127.0.0.1:8000/v1/customers -u "$key:" | grep -o '"email": *"[^"]*"'
{ask("replica", "SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = 'keeptab' AND pid <> pg_backend_pid()")}
""")
    assert found.stdout.splitlines() == [
        *"111", "streaming", '"email":"ada@example.com"', "t",
    ], found.stdout  # fmt: skip
