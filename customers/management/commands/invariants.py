from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.kit import clock, invariants
from customers.kit.invariants import Invariant
from customers.management import choosing
from customers.management.output import table
from customers.services import invariant_walks
from customers.services.invariant_walks import Broken

_SHOWN = 20  # of each invariant


class Command(BaseCommand):
    help = (
        "Looks at all that is stored for what contradicts itself, and ends with 1 where it finds something. "
        "It changes nothing; the worker does the same every night, and keeps what it finds for the dashboard."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        choosing.add_site(parser)
        parser.add_argument(
            "--only", nargs="+", metavar="NAME", help="invariants, or packages, such as payments"
        )
        parser.add_argument(
            "--list", action="store_true", help="say what is looked for, and look for nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = _chosen(options["only"])
        if options["list"]:
            self.stdout.write(table([(one.name, one.severity, str(one.says)) for one in chosen]))
            return
        site_id = choosing.site(options["site"]).pk if options["site"] else None
        rows, details = [("invariant", "rows", "findings")], []
        for one in chosen:
            seen, broken, count = _looked(one, site_id)
            rows.append((one.name, f"{seen}", f"{count}"))
            details += _said(one, broken, count)
        self.stdout.write("\n".join([table(rows), *details]))
        if details:
            raise SystemExit(1)


def _chosen(only: list[str] | None) -> list[Invariant]:
    known = invariants.every()
    if only is None:
        return known
    found = [one for one in known if one.name in only or one.name.partition(".")[0] in only]
    if not found:
        raise CommandError("There is no such invariant: see manage.py invariants --list.")
    return found


def _looked(invariant: Invariant, site_id: str | None) -> tuple[int, list[Broken], int]:
    """Return how many rows were seen, the first that break the invariant, and how many do."""
    seen, count = 0, 0
    broken: list[Broken] = []
    for part in invariant_walks.whole(invariant, site_id=site_id, now=clock.now):
        seen += part.rows
        count += len(part.broken)
        broken += part.broken[: _SHOWN - len(broken)]
    return seen, broken, count


def _said(invariant: Invariant, broken: list[Broken], count: int) -> list[str]:
    if not broken:
        return []
    lines = ["", f"{invariant.name}: {invariant.says}", f"  To mend it: {invariant.remedy}"]
    lines += [f"  {row.object_id} ({row.site_id}): {row.detail}" for row in broken]
    return [*lines, *([f"  and {count - len(broken)} more"] if count > len(broken) else [])]
