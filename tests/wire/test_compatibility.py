"""That the page on compatibility is true; see `compatibility`."""

import ast
import difflib
import os
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.wire import calls, compatibility, surfaces, trying_out

pytestmark = pytest.mark.node
_HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def offered_by():
    """Whether each method of each library is offered; found out once."""
    return {}


@pytest.fixture
def offered(offered_by, live, keys, at_port_80, _node_ready, omise_below):
    if not offered_by:
        address = urlsplit(live)
        stripes = {"KEEPTAB_HOST": address.hostname, "KEEPTAB_PORT": str(address.port)}
        omises = {"KEEPTAB_HOST": at_port_80.host, "KEEPTAB_PUBLIC_KEY": keys["pkey_test"]}
        offered_by |= {
            surfaces.OMISE_PYTHON: trying_out.omise_python(),
            surfaces.OMISE_NODE: trying_out.node(
                "omise/", at_port_80.command, KEEPTAB_KEY=keys["skey_test"], **omises
            ),
            surfaces.STRIPE_PYTHON: trying_out.stripe_python(live, keys["sk_test"]),
            surfaces.STRIPE_NODE: trying_out.node("", (), KEEPTAB_KEY=keys["sk_test"], **stripes),
            surfaces.REVKEEN_NODE: trying_out.node(
                "revkeen/", (), KEEPTAB_KEY=keys["sk_test"], **stripes
            ),
        }
    return offered_by


def test_the_page_is_true(offered):
    page = compatibility.rendered(offered)
    if os.environ.get("WRITE_COMPATIBILITY"):
        compatibility.PAGE.write_text(page, encoding="utf-8")

    written = compatibility.PAGE.read_text(encoding="utf-8")

    changes = difflib.unified_diff(written.splitlines(), page.splitlines(), "page", "truth", n=0)
    assert [*changes] == []


def test_every_note_is_about_a_method(offered):
    names = [f"{library}: {name}" for library, methods in offered.items() for name in methods]
    patterns = [pattern for note in compatibility.NOTES for pattern in note["methods"]]

    assert [p for p in patterns if not any(fnmatchcase(name, p) for name in names)] == []


def test_every_method_that_is_offered_is_called_by_a_test(request, offered):
    if not _all_run(request.session.items):
        pytest.skip("only a run of all of tests/wire can tell")

    uncalled = [
        f"{library}: {name}"
        for library, methods in offered.items()
        for name, is_offered in methods.items()
        if is_offered and not _expected(library, name) & calls.ENDED[library][name]
    ]
    assert "\n".join(uncalled) == ""  # a text is shown whole


def _expected(library, name):
    is_refused = compatibility.is_refused(library, name)
    return {calls.REFUSED, calls.NOT_OFFERED} if is_refused else {calls.WORKS}


def _all_run(items):
    """Tell whether all tests of this folder are run."""
    run = {(item.path, item.originalname) for item in items}
    return all(
        (path, node.name) in run
        for path in _HERE.glob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )
