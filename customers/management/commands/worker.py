import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector


class Command(BaseCommand):
    help = "Works off background jobs until it is stopped. Run as many as you like, on any machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=4, help="jobs at once (4)")

    def handle(self, *args: Any, **options: Any) -> None:
        connector = app.connector
        assert isinstance(connector, DjangoConnector)  # noqa: S101 -- what the app is made with
        with app.replace_connector(connector.get_worker_connector()) as worker_app:
            asyncio.run(self._run(worker_app, options["concurrency"]))

    async def _run(self, worker_app: Any, concurrency: int) -> None:
        async with worker_app.open_async():
            # SIGTERM and Ctrl+C let running jobs end; what outlasts 10 seconds is put back for another worker.
            await worker_app.run_worker_async(
                concurrency=concurrency, delete_jobs="successful", shutdown_graceful_timeout=10
            )
