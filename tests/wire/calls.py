"""Which methods of the official libraries tests call, and how that ended.

The libraries stay as they are: a call is seen from outside, by a wrapper around each public method that is put there
for as long as a test of `tests/wire` runs, and in Node by a proxy around the client (`node/report.mjs`), which writes
to a file. Only what a test itself calls counts, not what a library's method calls in turn.
"""

import contextlib
import functools
import json
import re
import threading
from collections import defaultdict

import omise
import stripe

from tests.wire import surfaces

WORKS, REFUSED, NOT_OFFERED = "works", "refused", "not offered"

ENDED: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
"""By library and method: how calls of it ended, in all tests of this run."""

_ABSENT = re.compile("Keeptab does not (offer|keep) |Unrecognized request URL")
_inside = threading.local()


@contextlib.contextmanager
def observed():
    """Write down each call of a method of the Python libraries."""
    with contextlib.ExitStack() as undo:
        for library, name, owner, attribute in surfaces.python_methods():
            original = vars(owner)[attribute]
            setattr(owner, attribute, _seen(library, name, original))
            undo.callback(setattr, owner, attribute, original)
        yield


@contextlib.contextmanager
def unseen():
    """Let calls pass without writing them down."""
    _inside.name = "unseen"
    yield
    _inside.name = None


def take(file):
    """Add what Node wrote down."""
    lines = file.read_text().splitlines() if file.exists() else []
    for library, name, ended in map(json.loads, lines):
        ENDED[f"{library} (Node)"][name].add(ended)


def ending(error):
    """Tell whether a library's error says that what was asked for is not offered."""
    is_answer = isinstance(error, stripe.StripeError | omise.errors.BaseError)
    return NOT_OFFERED if is_answer and _ABSENT.search(str(error)) else REFUSED


def _seen(library, name, original):
    if isinstance(original, classmethod | staticmethod):
        return type(original)(_noting(library, name, original.__func__))
    return _noting(library, name, original)


def _noting(library, name, function):
    @functools.wraps(function)
    def called(*args, **kwargs):
        if getattr(_inside, "name", None):
            return function(*args, **kwargs)
        _inside.name = name
        try:
            answer = function(*args, **kwargs)
        except Exception as error:
            ENDED[library][name].add(REFUSED if isinstance(error, StopIteration) else ending(error))
            raise
        finally:
            _inside.name = None
        ENDED[library][name].add(WORKS)
        return answer

    return called
