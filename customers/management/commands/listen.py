import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.events.models import Event, WebhookEndpoint
from customers.events.services import bodies, event_names, signing
from customers.events.services.listening import Follower
from customers.kit import clock, sessions
from customers.kit.safe_http import Client, Failed
from customers.kit.tenancy import scoped_to
from customers.kit.web_places import Refused, place_of
from customers.management import choosing
from customers.management.output import refusals_as_sentences


class Command(BaseCommand):
    help = "Prints the events of a test site as they happen, and forwards them to a program that you write."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--forward-to", metavar="URL", help="such as http://localhost:3000/hook; only printed when absent"
        )  # fmt: skip
        parser.add_argument(
            "--events", metavar="TYPES", help="which ones, separated by commas, in Stripe's words (all)"
        )  # fmt: skip
        choosing.add_site(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        site = choosing.site(options["site"])
        url = _checked(options["forward_to"])
        with refusals_as_sentences():
            types = _types(options["events"])
        with sessions.own(), scoped_to(site, livemode=False):
            follower = Follower(self.stderr.write)
            with refusals_as_sentences():
                follower.begin()
            sender = _Sender(url, types)
            self.stderr.write(f"Listening to the test events of {site.name}. End with Ctrl+C.")
            if url:
                self.stderr.write(f"They are signed with this secret:\n{sender.secret}")
            try:
                for event in follower:
                    if event_names.ALL in types or event.type in types:
                        self._tell(sender, event)
            except KeyboardInterrupt:
                self.stderr.write("")

    def _tell(self, sender: "_Sender", event: Event) -> None:
        at = clock.now()
        self.stdout.write(f"{at:%H:%M:%S}  --> {event.type}  {event.pk}")
        self.stdout.flush()
        if sender.endpoint.url:
            self.stdout.write(f"{clock.now():%H:%M:%S}  <-- {sender.send(event)}  {event.pk}")
            self.stdout.flush()


class _Sender:
    """An endpoint that is in no database, so that nobody else is led to send to it."""

    def __init__(self, url: str, types: list[str]) -> None:
        self.secret = f"whsec_{secrets.token_hex(24)}"
        self.endpoint = WebhookEndpoint(
            url=url, spelling=WebhookEndpoint.Spelling.STRIPE, enabled_events=types
        )
        self._signer = signing.Signer(self.endpoint, [self.secret])
        self._client = Client()

    def send(self, event: Event) -> str:
        """Return what became of forwarding an event, in a few words."""
        body = bodies.body(event, self.endpoint, pending=1)
        headers = self._signer.headers(event, body, at=clock.now())
        url = self.endpoint.url
        try:
            answer = self._client.post(url, body, headers, livemode=False)
        except (Failed, Refused) as error:
            return f"[failed] POST {url}: {error}"
        return f"[{answer.status}] POST {url}"


def _checked(url: str | None) -> str:
    """Return where to forward to; empty for nowhere."""
    try:
        if url:
            place_of(url, livemode=False)
    except Refused as error:
        raise CommandError(f"Cannot forward to {url}: {error}") from error
    return url or ""


def _types(text: str | None) -> list[str]:
    names = [name.strip() for name in (text or event_names.ALL).split(",") if name.strip()]
    return event_names.matches(names, WebhookEndpoint.Spelling.STRIPE)
