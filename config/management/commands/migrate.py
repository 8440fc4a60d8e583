"""`manage.py migrate`: Django's, past a pooler where there is one, since it keeps a session while it works."""

from typing import Any

from django.core.management.commands import migrate

from config.migrating import QuickExecutor
from customers.kit import sessions


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the database up to date."""
        with sessions.own():
            super().handle(*args, **options)


# Django's command has no other place for it.
migrate.MigrationExecutor = QuickExecutor  # type: ignore[attr-defined]
