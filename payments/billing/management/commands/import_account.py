import getpass
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.views.decorators.debug import sensitive_variables

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.management import choosing
from customers.management.output import refusals_as_sentences, table
from payments.billing.services import account_imports
from payments.billing.services.account_imports import Run
from payments.services import account_sources
from payments.services.account_ledger import Kind, Refusal, Result

_KEY = "IMPORT_KEY"
_NOUNS = {
    Kind.CUSTOMER: "customers", Kind.PAYMENT_METHOD: "payment methods", Kind.PRODUCT: "products", Kind.PRICE: "prices",
    Kind.SUBSCRIPTION: "subscriptions", Kind.INVOICE: "invoices", Kind.CHARGE: "charges",
}  # fmt: skip


class Command(BaseCommand):
    help = (
        "Brings over what an account at Stripe or Omise holds, under its own ids. The secret key is read from "
        f"{_KEY}, or asked for, and kept nowhere. It is safe to run again: what is here stays, what has changed there "
        "follows, and an import that was cut off goes on. Subscriptions stay billed where they are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", choices=account_sources.SOURCES)
        parser.add_argument("--mode", choices=("test", "live"), required=True)
        parser.add_argument(
            "--precheck", action="store_true", help="say what would come of it, and write nothing"
        )
        parser.add_argument(
            "--import-payment-methods",
            action="store_true",
            help="keep what is saved there as references to be charged; it has to be the site's gateway",
        )
        parser.add_argument(
            "--api-base", default="", help="where the account is, if not at the company itself"
        )
        choosing.add_site(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        livemode = options["mode"] == "live"
        site = choosing.site(options["site"])
        with refusals_as_sentences(), scoped_to(site, livemode=livemode):
            run = self._begun(options)
            self.stdout.write(f"From {run.account.name} to {site.slug}, {options['mode']} mode.")
            act = account_imports.rehearse if options["precheck"] else account_imports.carry_out
            self._report(act(run), is_rehearsal=options["precheck"])

    @sensitive_variables()
    def _begun(self, options: dict[str, Any]) -> Run:
        account = account_sources.opened(options["source"], _key(), address=options["api_base"])
        return account_imports.begun(
            account,
            with_methods=options["import_payment_methods"],
            is_rehearsal=options["precheck"],
            tell=self._tell,
            seen=self._seen(),
            now=clock.now,
        )

    def _tell(self, refusal: Refusal) -> None:
        self.stdout.write(
            f"{_NOUNS[Kind(refusal.kind)][:-1]} {refusal.source_id}: {refusal.reason}"
        )

    def _seen(self) -> Callable[[Kind], object]:
        """Return what shows how far it is, on a terminal alone."""
        return partial(_show, self.stderr) if sys.stderr.isatty() else lambda _kind: None

    def _report(self, run: Run, *, is_rehearsal: bool) -> None:
        counts = run.ledger.counts
        rows = [
            [noun, *(str(counts[kind, result]) for result in Result)]
            for kind, noun in _NOUNS.items()
            if any(counts[kind, result] for result in Result)
        ]
        head = [["", *(result.value for result in Result)]]
        self.stdout.write(table([*head, *rows]) if rows else "There is nothing in this account.")
        for kind, reason in run.unreadable.items():
            self.stdout.write(f"{_NOUNS[kind]} could not be read with this key: {reason}")
        if counts[Kind.SUBSCRIPTION, Result.CREATED] + counts[Kind.SUBSCRIPTION, Result.SAME]:
            self.stdout.write(
                "Subscriptions are records: they go on being billed where they are, and nothing here bills them."
            )
        if is_rehearsal:
            self.stdout.write("This was a rehearsal: nothing was written.")


def _show(out: Any, kind: Kind) -> None:
    out.write(f"\r{_NOUNS[kind]} … ", ending="")
    out.flush()


@sensitive_variables()
def _key() -> str:
    key = os.environ.get(_KEY, "")
    if not key and sys.stdin.isatty():
        key = getpass.getpass("Secret key of the account: ")
    if not key.strip():
        raise CommandError(f"Put the account's secret key into {_KEY}.")
    return key.strip()
