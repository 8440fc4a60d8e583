import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.kit import clock, tenancy
from customers.management.output import refusals_as_sentences, table
from customers.models import ApiKey
from customers.services import api_keys

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """Read a span of time such as `24h`, `30m`, `7d` or `0`.

    Raises:
        ArgumentTypeError: it is none.
    """
    match = re.fullmatch(r"(\d{1,6})([smhd]?)", text)
    if match is None:
        message = f"'{text}' is no span of time: write 30m, 24h or 7d."
        raise ArgumentTypeError(message)
    number, unit = match.groups()
    return timedelta(**{_UNITS[unit or "s"]: int(number)})


class Command(BaseCommand):
    help = "Rolls, revokes and lists API keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        roll = verbs.add_parser("roll", help="make a key like this one and let this one expire")
        roll.add_argument("key", help="its id, the key itself, or the part of it that is shown")
        roll.add_argument(
            "--expires-in", type=duration, default=timedelta(0), help="how long both work (0)"
        )
        revoke = verbs.add_parser("revoke", help="let a key expire now")
        revoke.add_argument("key", help="its id, the key itself, or the part of it that is shown")
        verbs.add_parser("list", help="list the keys")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals_as_sentences():
            getattr(self, f"_{options['verb']}")(options)

    def _roll(self, options: dict[str, Any]) -> None:
        old = self._found(options["key"])
        _new, text = api_keys.roll(old, expires_in=options["expires_in"], at=clock.now())
        self.stdout.write(text)
        old.refresh_from_db()
        self.stderr.write(
            f"{old} works until {old.expires_at:%Y-%m-%d %H:%M:%S} UTC. The new key is shown this once."
        )

    def _revoke(self, options: dict[str, Any]) -> None:
        key = api_keys.revoke(self._found(options["key"]), at=clock.now())
        self.stdout.write(f"{key} is revoked.")

    def _list(self, options: dict[str, Any]) -> None:
        with tenancy.every_site():
            keys = list(
                ApiKey.objects.select_related("site").order_by(
                    "site__slug", "livemode", "created_at", "pk"
                )
            )
        rows = [
            [key.pk, key.site.slug, key.get_kind_display(), str(key), _ends(key)] for key in keys
        ]
        self.stdout.write(table(rows) if rows else "There are no keys yet.")

    def _found(self, text: str) -> ApiKey:
        key = api_keys.find(text)
        if key is None:
            message = "There is no such key, or several begin like this: give its id (manage.py key list)."
            raise CommandError(message)
        return key


def _ends(key: ApiKey) -> str:
    return f"until {key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else "no end"
