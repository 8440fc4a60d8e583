"""What the server answers while examples run, and whether what a page shows is in it.

A page shows an excerpt. Members that it shows are there and equal, but:

- `…` in a text stands for any characters, and as the last element of a list for any further elements;
- a number that can be a time of this century stands for any such number, and so does such a text.
"""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from django.http import HttpResponse

MARK = "/docs-mark/"
"""The path below which a program says which example begins."""
_TIMES = range(1_500_000_000, 4_102_444_800)
_ISO_TIME = re.compile(r"20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d+)?Z")


@dataclass
class Record:
    """What was answered, by example.

    Args:
        file: where the ids are kept for a shell, as variables, once there is one.
    """

    at: int = 0
    answers: dict[int, list] = field(default_factory=dict)
    file: Path | None = None

    def begin(self):
        """Forget what was answered before."""
        self.at = 0
        self.answers.clear()
        self.file = None

    def add(self, status, body):
        """Note an answer, and the id of what it shows."""
        self.answers.setdefault(self.at, []).append((status, body))
        if self.file and isinstance(body, dict) and "id" in body and "object" in body:
            name = body["object"].replace(".", "_").upper()
            with self.file.open("a") as variables:
                variables.write(f"{name}={shlex.quote(body['id'])}\n")


RECORD = Record()


class Recording:
    """Middleware that notes what is answered."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith(MARK):
            RECORD.at = int(request.path.removeprefix(MARK))
            return HttpResponse()
        response = self.get_response(request)
        content = b"" if response.streaming else response.content
        RECORD.add(response.status_code, _read(content))
        return response


def _read(content):
    try:
        return json.loads(content)
    except ValueError:
        return None


def differences(shown, real, path="answer"):
    """Return what a page shows that is not so, in words."""
    if isinstance(shown, dict) and isinstance(real, dict):
        return [
            line
            for name, value in shown.items()
            for line in (
                differences(value, real[name], f"{path}.{name}")
                if name in real
                else [f"{path}.{name} is not there"]
            )
        ]
    if isinstance(shown, list) and isinstance(real, list):
        return _of_lists(shown, real, path)
    return [] if _is_like(shown, real) else [f"{path} is {real!r}, not {shown!r}"]


def _of_lists(shown, real, path):
    is_open = shown[-1:] == ["…"]
    shown = shown[:-1] if is_open else shown
    if len(real) < len(shown) or (not is_open and len(real) != len(shown)):
        return [f"{path} has {len(real)} elements, not {len(shown)}"]
    pairs = enumerate(zip(shown, real, strict=False))
    return [
        line
        for place, (value, found) in pairs
        for line in differences(value, found, f"{path}[{place}]")
    ]


def _is_like(shown, real):
    if isinstance(shown, str) and isinstance(real, str):
        return text_is_like(shown, real)
    if type(shown) is int and type(real) is int and shown in _TIMES:
        return real in _TIMES
    return type(shown) is type(real) and shown == real


def text_is_like(shown, real):
    """Tell whether a text is what a page shows, with `…` for any characters."""
    if _ISO_TIME.fullmatch(shown):
        return bool(_ISO_TIME.fullmatch(real))
    pattern = ".*".join(re.escape(part) for part in shown.split("…"))
    return bool(re.fullmatch(pattern, real, re.DOTALL))
