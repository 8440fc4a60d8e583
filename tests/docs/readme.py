"""The examples of `README.md`, by the headings they stand below, and which test runs them."""

import re

from tests.start import ROOT

_TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN_BY = {
    "Start": "tests/docs/test_machines.py",
    "With Omise's libraries": "tests/wire/test_readme.py",
    "With RevKeen's library": "tests/wire/test_readme.py",
    "Webhooks": "tests/wire/test_readme_webhooks.py",
    "Options": ".ci/run",
    "With your own PostgreSQL": "tests/scaling/test_guides.py",
    "With Docker": "tests/docs/test_machines.py",
    "Backups": "tests/docs/test_operators.py",
}
"""By heading: what runs its examples."""


def examples():
    """Return the examples, by heading."""
    _, *parts = _HEADING.split(_TEXT)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    found = {
        heading: [text for _, text in _FENCE.findall(body)] for heading, body in sections.items()
    }
    return {heading: texts for heading, texts in found.items() if texts}


def example(heading):
    """Return the one example below a heading."""
    (text,) = examples()[heading]
    return text


def said_alike(one, other):
    """Tell whether two texts for a shell are the same commands, however they are put in lines."""
    return _words(one) == _words(other)


def _words(text):
    return re.sub(r"[;\n]|&&", " ", text).split()
