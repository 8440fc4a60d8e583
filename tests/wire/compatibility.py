"""The page on what the official libraries can do here: what it says, and where that comes from.

Which methods there are is asked of the installed libraries (`surfaces`), and which of them are offered of the server,
by calling each with made-up ids (`trying_out`). What a person has to know beside that stands in `compatibility.toml`.
The page is made of these three alone, so that a test can tell at any time whether it is true: it renders the page and
compares (`test_compatibility`). With WRITE_COMPATIBILITY=1 in its environment, that test writes the page.

That what is offered also works is for the other tests to show. `calls` sees every method that they call, and after a
run of all of `tests/wire` a last test knows whether each offered method was called and did what it should at least
once. A run of a part cannot tell, and that last test is skipped.
"""

import json
import tomllib
from collections import defaultdict
from fnmatch import fnmatchcase
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from tests.wire import surfaces
from tests.wire.node_flows import FLOWS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"
NOTES = tomllib.loads(Path(__file__).with_name("compatibility.toml").read_text())["note"]
_OPENING = """\
---
title: Compatibility
summary: What each method of the official libraries of Stripe, Omise and RevKeen does here; checked by the tests.
---

What the official libraries of Omise, of Stripe and of RevKeen can do with a Keeptab server, method by method. This page
is made by the tests: they call every method of the unmodified libraries, and fail when the page says anything else.

- **works**: does what the library's documentation says, with what is shown here where that differs.
- **refused**: answers with an error, for the reason that is shown.
- **not offered**: answers with an error that says so (Omise: `service_not_found` or `not_found`; Stripe and RevKeen:
  status 404, *Unrecognized request URL*). Nothing is accepted and ignored.
"""
_TITLES = {
    surfaces.OMISE_PYTHON: ("Omise, Python", "omise"),
    surfaces.OMISE_NODE: ("Omise, Node", "omise"),
    surfaces.STRIPE_PYTHON: ("Stripe, Python", "stripe"),
    surfaces.STRIPE_NODE: ("Stripe, Node", "stripe"),
    surfaces.REVKEEN_NODE: ("RevKeen, Node", "@revkeen/sdk"),
}
_INTRODUCTIONS = {
    surfaces.OMISE_PYTHON: (
        "`omise.api_main` and `omise.api_vault` lead to the server's address followed by `/omise/`, with the slash at "
        "its end, or to the address alone. `LazyCollection` is what the `list` methods return."
    ),
    surfaces.OMISE_NODE: (
        "`host` and `vaultHost` are the server's host name. The library knows neither paths nor ports: it asks for "
        "`https://` at port 443, or with `scheme: 'http'` at port 80, and at the root."
    ),
    surfaces.STRIPE_PYTHON: (
        'Methods of `StripeClient(key, base_addresses={"api": …}).v1`. The older style, `stripe.Customer.create(…)`, '
        "sends the same requests, and the tests run in both. What the library calls `v2` is not offered."
    ),
    surfaces.STRIPE_NODE: (
        "`host`, `port` and `protocol` lead to the server. What the library calls `v2` is not offered."
    ),
    surfaces.REVKEEN_NODE: (
        "`baseUrl` is the server's address followed by `/revkeen/v2`, `apiKey` any secret or restricted key. Beside "
        "the library's calls there are those that RevKeen's documentation shows and the library lacks: `DELETE "
        "/customers/{id}` and `POST /billing-portal/sessions`."
    ),
}


def rendered(offered):
    """Return the page's text.

    Args:
        offered: by library and method, whether the server offers it.
    """
    parts = [_OPENING]
    for library, (title, package) in _TITLES.items():
        told = f"`{package}` {_version(library, package)}. {_INTRODUCTIONS[library]}"
        table = _by_method if package == "omise" else _by_resource
        parts += [f"## {title}\n", f"{told}\n", *table(library, offered[library]), ""]
    return "\n".join(parts)


def notes_on(library, name):
    """Return what is to be known about a method."""
    return [
        note
        for note in NOTES
        if any(fnmatchcase(f"{library}: {name}", pattern) for pattern in note["methods"])
    ]


def is_refused(library, name):
    """Tell whether a method is always answered with an error, though its URL is known."""
    return any(note.get("refused") for note in notes_on(library, name))


def _by_method(library, offered):
    yield "| Method | Here |\n|---|---|"
    for name, is_offered in sorted(offered.items()):
        word = "works" if is_offered else "not offered"
        word = "refused" if is_refused(library, name) else word
        yield f"| `{name}` | {': '.join([word, *_said(library, name)])} |"


def _by_resource(library, offered):
    yield "| Resource | Works | Refused or not offered |\n|---|---|---|"
    absent = []
    for resource, names in groupby(sorted(offered, key=_split), key=lambda name: _split(name)[0]):
        found = defaultdict(list)
        for name in names:
            works = offered[name] and not is_refused(library, name)
            found[works].append(f"`{_split(name)[1]}`")
        if True not in found:
            absent.append(f"`{resource}`")
            continue
        yield f"| `{resource}` | {', '.join(found[True])} | {', '.join(found[False])} |"
    yield f"\nNot offered with any of their methods: {', '.join(absent)}."
    told = [(name, said) for name in sorted(offered) for said in _said(library, name)]
    if told:
        yield "\nTo be known:\n"
    yield from (f"- `{name}`: {said}." for name, said in told)


def _said(library, name):
    return [note["says"] for note in notes_on(library, name)]


def _split(name):
    resource, _, method = name.rpartition(".")
    return resource, method


def _version(library, package):
    if library in {surfaces.OMISE_PYTHON, surfaces.STRIPE_PYTHON}:
        return version(package)
    return json.loads((FLOWS / "node_modules" / package / "package.json").read_text())["version"]
