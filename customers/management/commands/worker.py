import asyncio
import signal
from argparse import ArgumentParser
from contextlib import suppress
from threading import Event, Thread
from typing import Any, Self

from asgiref.sync import sync_to_async
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from psycopg import AsyncConnection, OperationalError

from customers.events.sender import Sender
from customers.kit import sessions

_STOPS = (signal.SIGTERM, signal.SIGINT)


class Command(BaseCommand):
    help = (
        "Works off background jobs and delivers webhooks until it is stopped. "
        "Run as many as you like, on any machine."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=4, help="jobs at once (4)")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = Event()
        for number in _STOPS:  # from the first moment on: what is begun below is always put away
            signal.signal(number, lambda *_: asked.set())
        connector = PsycopgConnector(
            kwargs=connector_params(sessions.holder()),
            connection_class=_Connection,
            min_size=1,  # beside the one that listens; more while jobs are many
            max_size=options["concurrency"],
        )
        sender = Sender()
        sending = Thread(target=sender.run, name="sender")
        sending.start()
        try:
            with app.replace_connector(connector) as worker_app:
                asyncio.run(_run(worker_app, sender, options["concurrency"], asked))
        finally:
            sender.stop()
            sending.join()


async def _run(worker_app: Any, sender: Sender, concurrency: int, asked: Event) -> None:
    """Work off jobs until somebody asks to stop, which may have been before."""
    loop = asyncio.get_running_loop()
    jobs = asyncio.create_task(_work(worker_app, concurrency))

    def stop() -> None:
        """Let running jobs and requests end, side by side; asked once more, nobody waits for them."""
        for number in _STOPS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        sender.stop()
        jobs.cancel()

    for number in _STOPS:
        loop.add_signal_handler(number, stop)
    if asked.is_set():
        stop()
    with suppress(asyncio.CancelledError):
        await jobs


async def _work(worker_app: Any, concurrency: int) -> None:
    async with worker_app.open_async():
        # What outlasts 10 seconds is put back for another worker.
        await worker_app.run_worker_async(
            concurrency=concurrency,
            delete_jobs="successful",
            shutdown_graceful_timeout=10,
            install_signal_handlers=False,
        )


class _Connection(AsyncConnection[Any]):
    """A connection of the queue's; where it fails, Django's is tried: that one starts an embedded server that ended."""

    @classmethod
    async def connect(cls, *args: Any, **kwargs: Any) -> Self:
        try:
            return await super().connect(*args, **kwargs)
        except OperationalError:
            await sync_to_async(_wake_server)()
            return await super().connect(*args, **kwargs)


def _wake_server() -> None:
    with suppress(DatabaseError):  # why there is none, the next try tells
        connection.ensure_connection()
    connection.close()
