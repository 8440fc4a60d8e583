"""`manage.py payment_page_scripts`: which scripts run on the pages that take cards, and what those pages may load.

PCI DSS 4.0.1 asks for this list (6.4.3), with a reason for each script, and that changes to it are noticed (11.6.1):
keep what this prints, and compare.
"""

import base64
import hashlib
from typing import Any

from django.contrib.staticfiles import finders
from django.core.management.base import BaseCommand

from payments.forms.card_entry import POLICIES, SCRIPTS, scripts_of
from payments.services.card_pages import Adapter

_WHY = {
    "numbers": "tells brands and mistakes apart",
    "fields": "helps with typing and shows mistakes",
    "builtin": "gives a published test number to the built-in vault",
    "omise": "gives the card to Omise.js",
    "stripe": "shows the fields of Stripe.js",
    "entry": "posts the token that the vault returned",
}


class Command(BaseCommand):
    help = "List the scripts that run on the pages that take cards, by the gateway of the site."

    def handle(self, *args: Any, **options: Any) -> None:
        for adapter in Adapter:
            self.stdout.write(f"{adapter}:")
            for name in scripts_of(adapter):
                self.stdout.write(f"  js/card/{name}.js {_digest(name)} {_WHY[name]}")
            if SCRIPTS[adapter]:
                self.stdout.write(f"  {SCRIPTS[adapter]} the gateway's own, which it may change")
            for directive, places in POLICIES[adapter].items():
                self.stdout.write(f"  lets in by {directive}: {' '.join(places)}")


def _digest(name: str) -> str:
    """Return the digest of a script of ours, spelled as for `integrity`."""
    path = finders.find(f"js/card/{name}.js")
    with open(str(path), "rb") as file:  # noqa: PTH123 -- a path as the finder gives it
        digest = hashlib.sha384(file.read()).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"
