import json
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand

from customers.kit.tenancy import scoped_to
from customers.management import choosing
from customers.management.output import refusals_as_sentences, table
from payments.services import gateway_accounts, sandbox

_SHOWN = ("reference", "kind", "status", "amount", "currency", "customer")


class Command(BaseCommand):
    help = "Shows the sandbox acquirer's own book, and switches its faults for drills."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        ledger = verbs.add_parser(
            "ledger", help="print what the sandbox was asked, and what it did"
        )
        ledger.add_argument("--json", action="store_true", help="print a JSON object on each line")
        fault = verbs.add_parser("fault", help="let the sandbox fail from now on")
        fault.add_argument("fault", help=", ".join(sandbox.FAULTS))
        fault.add_argument("--act", default="", help=f"{', '.join(sandbox.ACTS)} (all)")
        fault.add_argument("--times", type=int, help="how often (until it is cleared)")
        fault.add_argument("--seconds", type=float, default=0, help="how long it waits first (0)")
        fault.add_argument("--chance", type=_chance, help="to what part of the acts, up to 1 (all)")
        clear = verbs.add_parser("clear", help="let the sandbox work again")
        for verb in (ledger, fault, clear):
            choosing.add_site(verb)

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals_as_sentences(), scoped_to(choosing.site(options["site"]), livemode=False):
            getattr(self, f"_{options['verb']}")(options)

    def _ledger(self, options: dict[str, Any]) -> None:
        if options["json"]:
            for line in sandbox.ledger():
                self.stdout.write(json.dumps(line))
        elif lines := list(sandbox.ledger()):  # a table is as wide as its widest line
            self.stdout.write(table([[str(line[name] or "") for name in _SHOWN] for line in lines]))
        else:
            self.stdout.write("The sandbox was not asked for anything yet.")

    def _fault(self, options: dict[str, Any]) -> None:
        account = gateway_accounts.sandbox()
        settings = {name: options[name] for name in ("seconds", "chance") if options[name]}
        sandbox.switch_on(
            account, options["fault"], act=options["act"], times=options["times"], **settings
        )
        self.stdout.write("Switched on. End it with: manage.py sandbox clear")

    def _clear(self, options: dict[str, Any]) -> None:
        sandbox.switch_off(gateway_accounts.sandbox())
        self.stdout.write("The sandbox works again.")


def _chance(text: str) -> float:
    with suppress(ValueError):
        if 0 < float(text) <= 1:
            return float(text)
    raise ArgumentTypeError(f"'{text}' is no chance; it is more than 0, and 1 at most.")
