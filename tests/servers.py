"""PostgreSQL servers of a test's own: a primary, a standby that follows it, and a pooler in front."""

import configparser
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from config.database import binaries
from config.database.account import server_account
from tests.start import OURS, ROOT, within

ROLE = NAME = "keeptab"
POOLER_PORT = 6432
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_standby_streaming_delay": "0",
    "wal_receiver_status_interval": "1s",
    "log_min_messages": "fatal",
}


def programs():
    """The folder of PostgreSQL's programs: Debian's, where there are some, which every user may run; else our own."""
    of_debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_basebackup"))
    return of_debian[-1].parent if of_debian else binaries.installed()


def pgbouncer():
    """The pooler's program; None where it is not installed."""
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def folder():
    """A folder with a short name, as sockets need it, of the user whom PostgreSQL may run as."""
    path = Path(tempfile.mkdtemp(prefix="keeptab-"))
    try:
        server_account(path).own(path)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _run(path, *command):
    switch = server_account(path).switch
    subprocess.run([*map(str, command)], cwd=path, check=True, capture_output=True, **switch)


class Postgres:
    """A server in a folder; its socket is there, too."""

    def __init__(self, path, port):
        self.path, self.port, self.data = path, port, path / f"data{port}"
        self.process = None

    @classmethod
    def primary(cls, path):
        server = cls(path, 5432)
        _run(path, programs() / "initdb", "-D", server.data, "-U", "postgres", "--auth=trust",
             "--encoding=UTF8", "--locale=C", "--no-sync")  # fmt: skip
        server.start()
        with server.link("postgres", user="postgres") as link:
            link.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
            link.execute(f"ALTER ROLE {ROLE} SET lock_timeout = '5s'")
            link.execute(f"CREATE DATABASE {NAME} OWNER {ROLE}")
        return server

    def standby(self):
        """Return a server that follows this one."""
        other = type(self)(self.path, self.port + 1)
        _run(self.path, programs() / "pg_basebackup", "-h", self.path, "-p", self.port, "-U", "postgres",
             "-D", other.data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")  # fmt: skip
        other.start()
        return other

    def start(self):
        chosen = {**_SETTINGS, "port": self.port, "unix_socket_directories": self.path}
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            [programs() / "postgres", "-D", self.data, *options], cwd=self.path,
            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            **server_account(self.path).switch,
        )  # fmt: skip
        assert within(60, self.answers)

    def answers(self):
        try:
            self.link("postgres", user="postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def link(self, dbname=NAME, user=ROLE):
        there = {"host": str(self.path), "port": self.port, "dbname": dbname, "user": user}
        return psycopg.connect(**there, autocommit=True)

    def ask(self, text, *params, user="postgres"):
        with self.link(user=user) as link:
            cursor = link.execute(text, params)
            return cursor.fetchone() if cursor.description else None

    @contextmanager
    def database(self, name):
        """Another database of the same owner, empty, for as long as the block lasts; the block gets its URL."""
        with self.link("postgres", user="postgres") as link:
            link.execute(f"CREATE DATABASE {name} OWNER {ROLE}")
            try:
                yield f"{self.url.removesuffix(NAME)}{name}"
            finally:
                link.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self, number=signal.SIGINT):
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=60)
            self.process = None

    @property
    def url(self):
        return f"postgres://{ROLE}@{quote(str(self.path), safe='')}:{self.port}/{NAME}"

    @property
    def settings(self):
        """The server as Django knows one."""
        return {
            "ENGINE": "django.db.backends.postgresql", "NAME": NAME, "USER": ROLE, "PASSWORD": "",
            "HOST": str(self.path), "PORT": str(self.port), "CONN_MAX_AGE": None, "OPTIONS": {},
        }  # fmt: skip


@contextmanager
def pooler(server):
    """PgBouncer in front of a server, as `deploy/pgbouncer.ini` has it; the block gets its URL."""
    path = server.path
    shipped = configparser.ConfigParser(interpolation=None)
    shipped.read(ROOT / "deploy" / "pgbouncer.ini")
    shipped["databases"] = {"*": f"host={path} port={server.port}"}
    users = path / "users.txt"
    users.write_text(f'"{ROLE}" ""\n')
    more = {
        "listen_addr": "", "unix_socket_dir": str(path), "auth_type": "trust", "auth_file": str(users),
        "admin_users": ROLE,
    }  # fmt: skip
    shipped["pgbouncer"].update(more)
    settings = path / "pgbouncer.ini"
    with settings.open("w") as file:
        shipped.write(file)
    for made in (users, settings):
        server_account(path).own(made)
    process = subprocess.Popen(
        [pgbouncer(), "-q", settings], cwd=path, stderr=subprocess.DEVNULL, **server_account(path).switch
    )  # fmt: skip
    front = Postgres(path, POOLER_PORT)
    try:
        assert within(30, lambda: _lends(front))
        yield front
    finally:
        process.terminate()
        process.wait(timeout=30)


def _lends(front):
    try:
        front.link("pgbouncer").close()
    except psycopg.OperationalError:
        return False
    return True


SECRETS = {
    "SECRET_KEY": "s" * 40,
    "HASHING_KEY": "h" * 40,
    "SEALING_KEYS": "k" * 40,
    "DJANGO_SETTINGS_MODULE": "config.settings",
}


def environment(data_dir, **urls):
    """What programs of ours are told that use these servers."""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**clean, **SECRETS, "DATA_DIR": str(data_dir), **urls}


def python(arguments, environment, **options):
    """Start a program of ours."""
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, **options)


def end(*processes):
    """End programs of ours in good order."""
    for process in processes:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    for process in processes:
        process.wait(timeout=60)
