import hashlib  # noqa: N999 -- a command is called by the name of its module
import sys
from argparse import ArgumentParser, ArgumentTypeError
from io import BufferedReader
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.kit import clock
from customers.kit.provenance import acting
from customers.kit.tenancy import scoped_to
from customers.management import choosing
from customers.management.output import refusals_as_sentences
from customers.models import Import
from customers.services import import_fields, imports

REFUSED = 3
"""The exit code where rows were refused, and the others imported."""
INTERRUPTED = 130
_SHOWN = 10
_STATUS = Import.Status


def pair(text: str) -> tuple[str, str]:
    """Read `column=field`; an empty field leaves the column out.

    Raises:
        ArgumentTypeError: it is none.
    """
    column, equals, field = text.rpartition("=")
    if not (column and equals):
        raise ArgumentTypeError(f"'{text}' is no pair: write column=field.")
    return column, field


class Command(BaseCommand):
    help = (
        "Imports customers from a file of CSV, or of JSON with one object on a line. Interrupted or killed, it goes on "
        "where it was when it is called again with the same file. Ends with 0 when every row was imported, with 3 "
        "when some were refused, with 1 when nothing could be done, with 130 when it was interrupted."
    )

    requires_system_checks: list[str] = []  # they would load every page there is

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        choosing.add_site(parser)
        parser.add_argument("--mode", choices=["test", "live"], default="test", help="(test)")
        parser.add_argument(
            "--map", dest="pairs", metavar="COLUMN=FIELD", type=pair, action="append", default=[],
            help="what a column fills, in the API's names, such as City=address[city]; nothing leaves it out. "
            "Columns that say what they are need not be named.",
        )  # fmt: skip
        parser.add_argument(
            "--match", choices=Import.Match.values,
            help="by what known customers are found (external_id if there is a column for it, else email)",
        )  # fmt: skip
        parser.add_argument(
            "--on-match", choices=Import.OnMatch.values, default=Import.OnMatch.SKIP.value,
            help="what becomes of a known customer (skip)",
        )  # fmt: skip
        parser.add_argument(
            "--encoding", choices=Import.Encoding.values, default=Import.Encoding.UTF_8.value,
            help="(utf-8)",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument(
            "--errors", type=Path, metavar="FILE", help="where refused rows go, to be mended"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        site = choosing.site(options["site"])
        with (
            scoped_to(site, livemode=options["mode"] == "live"),
            refusals_as_sentences(),
            _opened(options["file"]) as file,
        ):
            of = self._begun(file, options)
            with acting(imports.acting_for(of)):
                try:
                    imports.work(of, now=clock.now, stops=self._show)
                except KeyboardInterrupt:
                    self.stderr.write("\nInterrupted. The same command goes on from here.")
                    sys.exit(INTERRUPTED)
            self._tell(imports.get(of.pk), options)

    def _begun(self, file: BufferedReader, options: dict[str, Any]) -> Import:
        """Return the import that this command is to go on with: one that was interrupted, or a new one."""
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        of = imports.unfinished(digest)
        if of is None or of.encoding != options["encoding"]:
            of = imports.create(
                file,
                file_name=options["file"].name,
                encoding=options["encoding"],
                at=clock.now(),
            )
        chosen = _chosen(of, options)
        target = _STATUS.CHECKING if options["dry_run"] else _STATUS.RUNNING
        if not of.is_working:
            of = imports.update(of, details=chosen, at=clock.now())
            return imports.begin(of, target, at=clock.now())
        if of.status != target or any(getattr(of, name) != value for name, value in chosen.items()):
            raise CommandError(
                f"This file is being {'checked' if of.status == _STATUS.CHECKING else 'imported'} with other choices: "
                "make the same ones, or cancel that import first."
            )
        self.stderr.write(f"Going on behind row {of.read:,}.")
        return of

    def _show(self, of: Import) -> bool:
        if self.stderr.isatty():
            self.stderr.write(
                f"\r{of.percent:3} %  {of.read:,} rows, {of.failed:,} refused", ending=""
            )
            self.stderr.flush()
        return False

    def _tell(self, of: Import, options: dict[str, Any]) -> None:
        if self.stderr.isatty():
            self.stderr.write("")
        if of.status == _STATUS.FAILED:
            raise CommandError(of.error)
        left_out = [column for column in of.columns if column not in of.mapping]
        if left_out:
            self.stderr.write(f"Left out: {', '.join(left_out)}.")
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(
            f"{of.read:,} rows: {of.created:,} {would}created, {of.updated:,} {would}changed, "
            f"{of.skipped:,} {would}left as they were, {of.failed:,} refused."
        )
        if of.failed:
            self._tell_faults(of, options["errors"])
            sys.exit(REFUSED)

    def _tell_faults(self, of: Import, path: Path | None) -> None:
        for fault in imports.faults(of, most=_SHOWN):
            where = f", {fault.column}" if fault.column else ""
            self.stderr.write(f"Row {fault.number}{where}: {fault.message}")
        if path is None:
            self.stderr.write("Name a file with --errors to have all of them, to be mended.")
            return
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(imports.error_file(of))
        self.stderr.write(
            f"They are in {path}, each with what is wrong ({import_fields.ERROR_COLUMN})."
        )


def _opened(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise CommandError(f"Cannot read {path}: {error.strerror}.") from error


def _chosen(of: Import, options: dict[str, Any]) -> dict[str, Any]:
    guessed = import_fields.guess_mapping(of.columns)
    named = dict(options["pairs"])
    rest = {
        column: field
        for column, field in guessed.items()
        if column not in named and field not in named.values()
    }
    mapping = import_fields.checked_mapping({**rest, **named}, of.columns)
    match = options["match"] or imports.guessed_match(mapping)
    return {"mapping": mapping, "match": match, "on_match": options["on_match"]}
