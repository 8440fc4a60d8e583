"""A stand-in for `docker compose` on a machine of `tests.machine`: services are processes there, and no containers.

What an image would bring lies on the machine: PostgreSQL and PgBouncer are Debian's, and the image `keeptab` is laid
out by the COPY lines of the Dockerfile. Each process gets the volumes, the user, the variables and the health check of
its service, no capabilities, and a read-only file system where the service has one. The name of a service leads to
a loopback address of its own. Docker itself, its networks and how images are made are not tried by this.
"""

import argparse
import json
import os
import pwd
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from hashlib import sha256
from pathlib import Path

import yaml

STATE = Path("/run/compose")
VOLUMES = Path("/var/volumes")
POSTGRES = max(Path("/usr/lib/postgresql").glob("*/bin"))
PATIENCE = 600  # seconds
_OURS = 10001  # the user of our image
_PGDATA = "/var/lib/postgresql/18/docker"
_ended = {}  # of processes that were seen to end: how
# The image's own script: a new cluster is made with the password, and lets in who knows it.
_POSTGRES = r"""
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    initdb --username="$POSTGRES_USER" --pwfile=<(echo "$POSTGRES_PASSWORD") --auth-host=scram-sha-256 --no-sync \
        >/dev/null
    printf 'host all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
    pg_ctl -w start -o '-c listen_addresses=' >/dev/null
    createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl -w stop >/dev/null
fi
exec "$@"
"""
# Two images' PostgreSQL would each have a network of their own; here each has an address.
_LISTENS = '#!/bin/sh\nexec {program} -c listen_addresses="$ADDRESS" "$@"\n'


@dataclass(frozen=True)
class Service:
    """A service, with its variables put in."""

    name: str
    address: str
    spec: Mapping

    @property
    def is_postgres(self):
        return str(self.spec.get("image", "")).startswith("postgres:")

    @property
    def is_ours(self):
        return self.spec.get("image") == "keeptab"

    @property
    def user(self):
        return _OURS if self.is_ours else pwd.getpwnam(self.spec.get("user", "postgres")).pw_uid

    @property
    def environment(self):
        """What its processes find: what the image has, the file of variables, and the service's own."""
        found = {"PATH": f"{STATE}/bin:{POSTGRES}:/usr/sbin:/usr/bin:/bin", "ADDRESS": self.address}
        if self.is_postgres:
            found["PGDATA"] = _PGDATA
        if self.is_ours:
            found |= _of_image()
        if "env_file" in self.spec:
            found |= _variables(self.spec["env_file"])
        return found | {name: str(value) for name, value in self.spec["environment"].items()}

    @property
    def command(self):
        words = [*self.spec.get("entrypoint", []), *self.spec.get("command", [])]
        if self.is_ours:
            return [sys.executable, "manage.py", *words]
        if self.is_postgres and "entrypoint" not in self.spec:
            return ["bash", "-euc", _POSTGRES, "entrypoint", *words]
        return words

    @property
    def digest(self):
        """What tells whether it has to be made anew."""
        return sha256(json.dumps([self.command, self.environment]).encode()).hexdigest()

    def start(self, number):
        """Start a process of it."""
        with (STATE / f"{self.name}-{number}.log").open("ab") as log:
            return subprocess.Popen(
                ["unshare", "--mount", "bash", "-euc", self._contained(number), self.name, *self.command],
                cwd="/app" if self.is_ours else "/", env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def _contained(self, number):
        lines = [
            line
            for volume in self.spec.get("volumes", [])
            for line in self._mounted(volume, number)
        ]
        folders = {
            *self.spec.get("tmpfs", []),
            *([] if self.is_ours else ["/tmp", "/run/postgresql"]),
        }
        lines += [
            f"mkdir -p {each}; mount -t tmpfs -o mode=1777 container {each}"
            for each in sorted(folders)
        ]
        if self.spec.get("read_only"):
            lines.append("mount -o remount,bind,ro /")
        # Where Docker drops capabilities the process keeps none, as it does when it is no longer root.
        switch = f"setpriv --reuid={self.user} --regid={self.user} --clear-groups"
        lines.append(f'exec {switch} --no-new-privs --bounding-set=-all -- "$@"')
        return "\n".join(lines)

    def _mounted(self, volume, number):
        source, target, *_ = volume.split(":")
        if source.startswith("."):
            there = Path(source).resolve()
            yield f"mkdir -p {Path(target).parent}; touch {target}; chmod 755 {Path(target).parent}"
        else:
            there = VOLUMES / f"{source}-{number}"
            there.mkdir(parents=True, exist_ok=True)
            os.chown(there, self.user, self.user)
            yield f"mkdir -p {target}"
        yield f"mount --bind {shlex.quote(str(there))} {target}"

    def is_healthy(self, process):
        """Tell whether its check succeeds, which runs beside the process."""
        _, *words = self.spec["healthcheck"]["test"]
        beside = ["nsenter", f"--target={process}", "--mount", *words]
        return not subprocess.run(
            beside, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        ).returncode  # fmt: skip

    def run(self, words):
        """Run a command beside its process, as its user; return with what it ended."""
        process = _noted(self.name)["process"]
        switch = [f"--setuid={self.user}", f"--setgid={self.user}", "--wd=/app"]
        beside = ["nsenter", f"--target={process}", "--mount", *switch, *words]
        return subprocess.run(beside, env=self.environment, check=False).returncode


def main():
    parser = argparse.ArgumentParser(prog="docker")
    parser.add_argument("plugin", choices=["compose"])
    parser.add_argument("--profile", action="append", default=[])
    verbs = parser.add_subparsers(dest="verb", required=True)
    starting = verbs.add_parser("up")
    starting.add_argument("-d", action="store_true", required=True)
    starting.add_argument("--scale", action="append", default=[])
    verbs.add_parser("down")
    beside = verbs.add_parser("exec")
    beside.add_argument("service")
    beside.add_argument("words", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    if asked.verb == "exec":
        sys.exit(_services(set(asked.profile))[asked.service].run(asked.words))
    if asked.verb == "down":
        down()
        return
    scale = {name: int(count) for name, _, count in (each.partition("=") for each in asked.scale)}
    up(set(asked.profile), scale)


def up(profiles, scale):
    """Start what is not there yet, and anew what has changed."""
    (STATE / "bin").mkdir(parents=True, exist_ok=True)
    postgres = STATE / "bin" / "postgres"
    postgres.write_text(_LISTENS.format(program=POSTGRES / "postgres"))
    postgres.chmod(0o755)
    _build()
    services = _services(profiles)
    graph = {name: each.spec.get("depends_on", {}) for name, each in services.items()}
    for name in TopologicalSorter(graph).static_order():
        service = services[name]
        for condition in service.spec.get("depends_on", {}).items():
            _wait(services, *condition)
        for number in range(scale.get(name, 1)):
            _ensure(service, number)


def down():
    """Stop all, what was started last first."""
    notes = sorted(STATE.glob("*.json"), key=lambda note: note.stat().st_mtime_ns, reverse=True)
    for note in notes:
        _stop(json.loads(note.read_text())["process"])
        note.unlink()


def _ensure(service, number):
    note = STATE / f"{service.name}-{number}.json"
    if note.exists():
        was = json.loads(note.read_text())
        if was["digest"] == service.digest and _lives(was["process"]):
            return
        _stop(was["process"])
    process = service.start(number)
    note.write_text(json.dumps({"digest": service.digest, "process": process.pid}))


def _wait(services, name, condition):
    """Wait until another service is as far as this one needs it."""
    process = _noted(name)["process"]
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if condition["condition"] == "service_healthy" and services[name].is_healthy(process):
            return
        if condition["condition"] == "service_completed_successfully" and not _lives(process):
            if os.waitstatus_to_exitcode(_ended[process]) == 0:
                return
            break
        time.sleep(0.2)
    sys.exit(f"{name} is not {condition['condition']}:\n{(STATE / f'{name}-0.log').read_text()}")


def _lives(process):
    try:
        ended, status = os.waitpid(process, os.WNOHANG)
    except ChildProcessError:  # an earlier call's
        return Path(f"/proc/{process}").exists()
    if ended:
        _ended[process] = status
    return not ended


def _noted(name, number=0):
    return json.loads((STATE / f"{name}-{number}.json").read_text())


def _stop(process):
    if not _lives(process):
        return
    os.killpg(process, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    while _lives(process) and time.monotonic() < until:
        time.sleep(0.1)


def _services(profiles):
    listed = yaml.safe_load(Path("compose.yaml").read_text())["services"]
    variables = _variables(".env")
    names = {name: f"127.0.0.{number}" for number, name in enumerate(listed, start=2)}
    hosts = [f"{address} {name}\n" for name, address in names.items()]
    Path("/etc/hosts").write_text("127.0.0.1 localhost\n" + "".join(hosts))
    return {
        name: Service(name, names[name], _expanded(spec, variables))
        for name, spec in listed.items()
        if profiles.issuperset(spec.get("profiles", []))
    }


def _build():
    """Lay out the image of ours."""
    dockerfile = Path("Dockerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE):
        subprocess.run(["cp", "-rt", "/app", *line.split()[:-1]], check=True)


def _of_image():
    (line,) = re.findall(r"^ENV (PATH=.+)$", Path("Dockerfile").read_text(), re.MULTILINE)
    found = dict(each.split("=", 1) for each in line.split())
    return {**found, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}


def _variables(path):
    script = f"set -a; . ./{path}; exec env -0"
    done = subprocess.run(
        ["env", "-i", "bash", "-euc", script], capture_output=True, text=True, check=True
    )
    pairs = (each.split("=", 1) for each in done.stdout.split("\0") if each)
    return {name: value for name, value in pairs if name not in {"PWD", "SHLVL", "_"}}


def _expanded(value, variables):
    """Put in variables, which are spelled as in Bash; two dollar signs are one."""
    if isinstance(value, dict):
        return {name: _expanded(each, variables) for name, each in value.items()}
    if isinstance(value, list):
        return [_expanded(each, variables) for each in value]
    if not isinstance(value, str) or "$" not in value.replace("$$", ""):
        return value.replace("$$", "$") if isinstance(value, str) else value
    printed = subprocess.run(
        ["bash", "-euc", f'printf %s "{value}"'], env=variables, stdout=subprocess.PIPE, text=True, check=True
    )  # fmt: skip
    return printed.stdout


if __name__ == "__main__":
    main()
