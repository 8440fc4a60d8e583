"""How our commands are told which site they are about."""

from argparse import ArgumentParser

from django.core.management.base import CommandError

from customers.models import Site


def add_site(parser: ArgumentParser) -> None:
    """Give a command the option that names a site."""
    parser.add_argument("--site", help="its short name; may be left out while there is one site")


def site(slug: str | None) -> Site:
    """Return the site with a short name; the only one where none is named.

    Raises:
        CommandError: there is none with it, or several to choose from.
    """
    found = list(Site.objects.filter(slug=slug) if slug else Site.objects.all()[:2])
    if len(found) == 1:
        return found[0]
    if slug:
        raise CommandError(f"There is no site '{slug}': see manage.py site list.")
    raise CommandError("Name the site with --site." if found else "There are no sites yet.")
