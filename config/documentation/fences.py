"""The examples in a page: what stands behind ``` says what each is.

```python stripe                      a language, and a role: who would run it, or what it shows
```bash shell by=tests/…              an option: a test of its own runs it, on what it needs
```nginx include=deploy/nginx.conf    an option: the text is this file's
```python file=hook.py                an option: the text is to be kept under this name
```bash curl status=402               an option: it is refused with this status, or ends with it
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markdown_it.token import Token

from config.documentation.contents import Page
from config.env import BASE_DIR

DIALECTS = {
    "curl": "curl",
    "stripe": "Stripe, Python",
    "node": "Stripe, Node",
    "omise": "Omise, Python",
    "revkeen": "RevKeen, Node",
}
"""What a call can be written in; examples of one call in several become tabs."""
_ROLES = {**DIALECTS, "response": "Response", "output": "Output", "shell": "Shell"}
_LANGUAGES = {
    "bash": "Shell",
    "caddyfile": "Caddyfile",
    "ini": "INI",
    "javascript": "JavaScript",
    "json": "JSON",
    "nginx": "nginx",
    "python": "Python",
    "sql": "SQL",
    "text": "Text",
    "toml": "TOML",
    "yaml": "YAML",
}
OPTIONS = {"by", "file", "include", "status"}


@dataclass(frozen=True, slots=True)
class Fence:
    """An example.

    Args:
        role: a dialect, `response`, `output`, `shell`, or empty.
        options: as above.
        line: where it begins, counted from 1.
    """

    language: str
    role: str
    options: Mapping[str, str]
    text: str
    line: int

    @property
    def caption(self) -> str:
        """What stands above it."""
        named = self.options.get("file") or self.options.get("include")
        return named or _ROLES.get(self.role) or _LANGUAGES[self.language]


def read(token: Token) -> Fence:
    """Read what a token of Markdown shows.

    Raises:
        ValueError: what stands behind ``` is not of the form above.
    """
    language, *words = shlex.split(token.info) or [""]
    roles = [word for word in words if "=" not in word]
    options = dict(word.split("=", 1) for word in words if "=" in word)
    is_known = language in _LANGUAGES and {*roles} <= {*_ROLES} and {*options} <= OPTIONS
    if not is_known or len(roles) > 1:
        message = f"No example begins with ```{token.info}"
        raise ValueError(message)
    text = _included(options["include"]) if "include" in options else token.content
    line = token.map[0] + 1 if token.map else 0
    return Fence(language, "".join(roles), options, text, line)


def of(page: Page) -> Iterator[Fence]:
    """Yield the examples of a page, in order."""
    yield from (read(token) for token in page.tokens if token.type == "fence")


def _included(name: str) -> str:
    return (BASE_DIR / name).read_text(encoding="utf-8")
