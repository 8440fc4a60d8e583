from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.management import choosing
from customers.management.output import refusals_as_sentences
from payments.billing.services import figure_rolling


class Command(BaseCommand):
    help = "Makes the figures of the home page anew, from the ledger and the events."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        rebuild = verbs.add_parser(
            "rebuild",
            help="throw the figures away and add everything up again; the worker may go on meanwhile",
        )
        choosing.add_site(rebuild)

    def handle(self, *args: Any, **options: Any) -> None:
        site = choosing.site(options["site"])
        for livemode in (False, True):
            with refusals_as_sentences(), scoped_to(site, livemode=livemode):
                added = figure_rolling.rebuild(at=clock.now())
            mode = "live" if livemode else "test"
            self.stdout.write(f"{site.slug}, {mode} mode: {added} entries and events added up.")
