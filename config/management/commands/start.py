"""`manage.py start`: everything that Keeptab needs, in one process to start and to stop."""

import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from config import pid_files, server_options, startup, welcome
from config.database.base import DatabaseWrapper
from config.database.order import PID_FILE
from config.env import BASE_DIR
from config.supervisor import Program, Refused, Supervisor, python
from customers.kit import clock, jobs
from customers.models import Site
from customers.services import demo, operators

_RUN: Path = settings.DATA_DIR / "run"  # web.pid, worker.pid, postgres.pid
_PATIENCE = 60  # seconds for the web server to answer


class Command(BaseCommand):
    help = "Starts Keeptab: database, web server and background worker. Stop it with Ctrl+C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        server_options.add(parser)
        parser.add_argument("--data-dir", type=Path, help="where data are kept (default: var)")
        parser.add_argument("--no-demo", action="store_true", help="leave a new database empty")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, serve and stop.

        Raises:
            SystemExit: with 1 and one line on standard error when something is in the way.
        """
        if options["data_dir"]:
            _use(options["data_dir"].expanduser().resolve())
        # Until the supervisor takes them over, the other signals interrupt as Ctrl+C does.
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
                signal.signal(number, signal.default_int_handler)
        try:
            self._start(options)
        except Refused as refusal:
            self.stderr.write(str(refusal))
            raise SystemExit(1) from refusal
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        except Exception as error:
            self.stderr.write(startup.kept(f"Something unexpected happened ({error!r})"))
            raise SystemExit(1) from error

    def _start(self, options: dict[str, Any]) -> None:
        address, port = options["bind"], options["port"]
        url = startup.url_of(address, port)
        with startup.sole_use_of(settings.DATA_DIR, url):
            startup.check_port(address, port)
            with _database(), _pid_files():
                startup.prepare()
                self._serve(url, options)

    def _serve(self, url: str, options: dict[str, Any]) -> None:
        with Supervisor(
            _programs(options["bind"], options["port"], options["workers"]),
            folder=BASE_DIR,
            environment={**_environment(url, options["bind"]), **os.environ},
            say=self.stderr.write,
        ) as supervisor:
            if not options["no_demo"] and not Site.objects.exists():
                _fill_demonstration()  # while the programs load
            with _staff() as sign_in:
                shown = demo.site()
                greeting = welcome.text(
                    url,
                    sign_in=sign_in,
                    keys=demo.welcome_keys(),
                    portal=shown.slug if shown else "",
                    data_dir=settings.DATA_DIR,
                )
                connections.close_all()  # for as long as we only watch
                if supervisor.wait_until(
                    lambda: startup.answers(url),
                    within=_PATIENCE,
                    otherwise=f"The web server did not answer within {_PATIENCE} seconds.",
                ):
                    self.stdout.write(greeting)
                    self.stdout.flush()
                    supervisor.run()


def _use(data_dir: Path) -> None:
    """Begin again with this data folder, if the settings were read with another."""
    if data_dir != settings.DATA_DIR:
        os.environ["DATA_DIR"] = str(data_dir)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 -- ourselves


def _fill_demonstration() -> None:
    """Make the demonstration merchant; the worker lets its customers pay, so that nobody waits for that."""
    with transaction.atomic():
        demo.fill(at=clock.now())
        jobs.defer("payments.fill_demonstration")


def _environment(url: str, address: str) -> dict[str, str]:
    """Return what the programs are told unless the environment says otherwise."""
    hosts = dict.fromkeys([*startup.hosts(address), *settings.ALLOWED_HOSTS])
    return {"PUBLIC_URL": url, "ALLOWED_HOSTS": ",".join(hosts)}


def _programs(address: str, port: int, workers: int) -> list[Program]:
    web = python("config.web", address, str(port), str(workers))
    worker = python("django", "worker")
    return [
        Program("web server", web, is_essential=True, pid_file=_RUN / "web.pid"),
        Program("worker", worker, pid_file=_RUN / "worker.pid"),
    ]


@contextmanager
def _database() -> Iterator[None]:
    """Stop our own database when everything else has stopped, unless others use it."""
    try:
        yield
    finally:
        connections.close_all()
        wrapper = connections[DEFAULT_DB_ALIAS]
        if isinstance(wrapper, DatabaseWrapper):
            wrapper.cluster.leave()


@contextmanager
def _pid_files() -> Iterator[None]:
    """Have a folder for process ids, with that of our own database for as long as we run."""
    _RUN.mkdir(mode=0o700, exist_ok=True)
    wrapper = connections[DEFAULT_DB_ALIAS]
    if not isinstance(wrapper, DatabaseWrapper):
        yield
        return
    pid_file = _RUN / "postgres.pid"
    pid_files.link(pid_file, wrapper.cluster.folder / PID_FILE)
    try:
        yield
    finally:
        pid_file.unlink(missing_ok=True)


@contextmanager
def _staff() -> Iterator[tuple[str, str] | None]:
    """Give whoever sits at this machine a sign-in that ends with the run."""
    if not settings.EMBEDDED:
        yield None
        return
    try:
        yield operators.for_this_run(at=clock.now())
    finally:
        operators.end_run(at=clock.now())
