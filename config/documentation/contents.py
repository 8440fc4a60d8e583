"""Which pages there are, in which order, and what each says of itself."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from config.documentation import reference
from config.env import BASE_DIR

FOLDER = BASE_DIR / "docs"
DEEPEST = 3
"""The lowest level of headings that can be linked to."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the documentation.

    Args:
        path: where it is, below /docs/.
        group: the title of the group it is in.
        summary: a sentence for lists of pages.
        resource: the resources of the API that it is about, as keys' permissions call them; empty for guides.
        tokens: what it says, as markdown-it reads it.
    """

    path: str
    group: str
    title: str
    summary: str
    resource: str
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that stand together in the navigation."""

    title: str
    pages: tuple[Page, ...]


def parser() -> MarkdownIt:
    """Return what reads our Markdown: tables, notes (`> [!NOTE]`), linked headings, parts of the reference; no HTML."""
    markdown = MarkdownIt("commonmark", {"html": False, "alerts": True}).enable("table")
    markdown.use(front_matter_plugin).use(anchors_plugin, min_level=2, max_level=DEEPEST)
    return markdown.use(reference.plugin)


@cache
def groups() -> tuple[Group, ...]:
    """Return the groups that have pages, in order."""
    listed = tomllib.loads((FOLDER / "contents.toml").read_text(encoding="utf-8"))["groups"]
    return tuple(
        Group(group["title"], tuple(_read(path, group["title"]) for path in group["pages"]))
        for group in listed
        if group["pages"]
    )


@cache
def pages() -> Mapping[str, Page]:
    """Return the pages by path, in order."""
    return {page.path: page for group in groups() for page in group.pages}


def neighbours(page: Page) -> tuple[Page | None, Page | None]:
    """Return the pages before and after one."""
    ordered = [None, *pages().values(), None]
    place = ordered.index(page)
    return ordered[place - 1], ordered[place + 1]


def text_of(token: Token) -> str:
    """Return the words of a token with inline content, without their marks."""
    return "".join(
        child.content if child.type in {"text", "code_inline"} else " "
        for child in token.children or []
        if child.content or child.type == "softbreak"
    )


def _read(path: str, group: str) -> Page:
    source = (FOLDER / f"{path}.md").read_text(encoding="utf-8")
    front, *tokens = parser().parse(source)
    about: dict[str, Any] = yaml.safe_load(front.content)
    resource = about.get("resource", "")
    return Page(path, group, about["title"], about["summary"], resource, tuple(tokens))
