"""Asks a running installation made-up things for a while, with the keys of two sites by turns.

    python -m tests.fuzz --minutes 10

No answer may be an error of the server's, none may differ from the document, and none may tell one site anything of
the other. The installation is a new one in a folder of its own; every pass over all operations has two new sites.
`--seed` has the same requests made again, as far as the answers allow.
"""

import argparse
import os
import secrets
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from random import Random  # seeded, so that a run can be had again


@contextmanager
def installation(folder):
    """Run the web server on a new folder, and have this process use the same database."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(folder / "data"),
        "API_RATE_LIMIT": "0",
    }
    for name in ("DATABASE_URL", "PUBLIC_URL", "ALLOWED_HOSTS"):
        os.environ.pop(name, None)

    import django

    django.setup()

    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    from tests.start import Start, free_port, within

    setup_test_environment()
    call_command("migrate", verbosity=0)
    with (folder / "server.log").open("w") as log:
        web = Start(folder / "data", command="web", port=free_port(), errors=log)
        try:
            if not within(60, web.answers):
                sys.exit(f"The web server did not start; see {log.name}.")
            yield web.url
        finally:
            web.end()


def fuzz(url, options, findings):
    """Go through all operations again and again until the time is up; return how many passes that were."""
    from tests.fuzz import others, v1

    chance = Random(options.seed)
    kinds = {"v1": v1.Fuzz, "omise": others.Omise, "revkeen": others.Revkeen}
    every = [kinds[name](url, findings, chance) for name in options.dialects.split(",")]
    routes = [(one, route) for one in every for route in one.routes if options.only in route.name]
    parties, passes = _parties(), 0
    ends_at = time.monotonic() + options.minutes * 60
    while True:
        chance.shuffle(routes)
        for number, (one, route) in enumerate(routes):
            if time.monotonic() > ends_at:
                return passes
            first = (number + passes) % 2
            one.run(route, parties[first], parties[1 - first])
        passes += 1
        parties = _parties()  # much of what was there is deleted


def _parties():
    from customers.kit import clock
    from customers.services import sites
    from tests.fuzz.parties import Party

    made = [sites.create(name=f"Fuzz {secrets.token_hex(4)}", at=clock.now()) for _ in range(2)]
    return [Party(each) for each in made]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--dialects", default="v1,omise,revkeen")
    parser.add_argument("--only", default="", help="a part of an operation's name: POST customers")
    parser.add_argument("--folder", type=Path, help="where the installation is made and left")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="keeptab-fuzz-"))
    print(f"seed {options.seed}, {folder}", flush=True)
    with installation(folder) as url:
        from tests.fuzz.findings import Findings

        findings = Findings()
        passes = fuzz(url, options, findings)
    print(f"{passes} whole passes; {findings.summary()}")
    sys.exit(bool(findings))


if __name__ == "__main__":
    main()
