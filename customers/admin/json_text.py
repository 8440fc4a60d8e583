"""JSON for people to read: indented, its kinds of values told apart, and every character of it escaped."""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=:)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d[\d.eE+-]*)|(?P<word>true|false|null)'
)


def written(value: Any) -> str:
    """Return a value as indented JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)


def highlighted(value: Any) -> SafeString:
    """Return a value as indented JSON in HTML, with keys, texts, numbers and words in spans of their own."""
    return format_html_join("", "{}", ((part,) for part in _parts(written(value))))


def _parts(text: str) -> Iterator[str]:
    end = 0
    for token in _TOKEN.finditer(text):
        yield text[end : token.start()]
        yield format_html('<span class="json-{}">{}</span>', token.lastgroup, token[0])
        end = token.end()
    yield text[end:]
