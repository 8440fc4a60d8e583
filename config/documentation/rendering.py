"""From what markdown-it has read to HTML: examples with colours and tabs, links that lead to pages, the contents."""

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from config.documentation import contents, fences
from config.documentation.contents import Page

_COLOURS = HtmlFormatter(nowrap=True)  # classes, which our policy lets pass, rather than styles
_WITHOUT_LEXER = {"caddyfile": "text"}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that can be linked to.

    Args:
        level: 2 or 3.
    """

    anchor: str
    text: str
    level: int


@dataclass(frozen=True, slots=True)
class _Block:
    """An example as the template shows it.

    Args:
        role: as `Fence` has it.
    """

    role: str
    caption: str
    html: SafeString


def html(page: Page) -> SafeString:
    """Return what a page says, as HTML."""
    markdown = contents.parser()
    tokens = list(_with_examples(_linked(token, page) for token in page.tokens))
    rendered: str = markdown.renderer.render(tokens, markdown.options, {})
    return SafeString(rendered)  # Markdown of ours, read without HTML


def headings(page: Page) -> list[Heading]:
    """Return the headings of a page that can be linked to."""
    return [
        Heading(str(token.attrs["id"]), contents.text_of(page.tokens[place + 1]), int(token.tag[1]))
        for place, token in enumerate(page.tokens)
        if token.type == "heading_open" and "id" in token.attrs
    ]


def address(page: Page) -> str:
    """Return where a page is."""
    return reverse("docs-page", args=[page.path])


def target(link: str, *, source: Page) -> str:
    """Return where a link leads: one to another file of the documentation leads to its page."""
    name, hash_, anchor = link.partition("#")
    if not name.endswith(".md") or "://" in name:
        return link
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), name))
    return reverse("docs-page", args=[path.removesuffix(".md")]) + hash_ + anchor


def _linked(token: Token, page: Page) -> Token:
    """Return a token whose links lead to pages; what a page keeps stays as it was read."""
    if not token.children:
        return token
    children = [
        child.copy(attrs={**child.attrs, "href": target(str(child.attrs["href"]), source=page)})
        if child.type == "link_open"
        else child
        for child in token.children
    ]
    return token.copy(children=children)


def _with_examples(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the tokens; examples as HTML, those of one call in several dialects together, and tables in a frame."""
    number, together = count(1), list[fences.Fence]()
    for token in tokens:
        if token.type == "fence":
            fence = fences.read(token)
            if together and not _belongs(fence, together):
                yield _example(together, next(number))
                together = []
            together.append(fence)
            continue
        if together:
            yield _example(together, next(number))
            together = []
        yield from _framed(token)
    if together:
        yield _example(together, next(number))


def _belongs(fence: fences.Fence, others: Sequence[fences.Fence]) -> bool:
    """Tell whether an example shows the call of those before it in another dialect."""
    roles = {other.role for other in others}
    return {fence.role, *roles} <= set(fences.DIALECTS) and fence.role not in roles


def _example(together: Sequence[fences.Fence], number: int) -> Token:
    blocks = [_Block(fence.role, fence.caption, _coloured(fence)) for fence in together]
    context = {"blocks": blocks, "number": number}
    return Token(
        "html_block", "", 0, content=render_to_string("docs/elements/example.html", context)
    )


def _coloured(fence: fences.Fence) -> SafeString:
    lexer = get_lexer_by_name(_WITHOUT_LEXER.get(fence.language, fence.language))
    coloured: str = highlight(fence.text, lexer, _COLOURS)
    return SafeString(coloured)  # Pygments escapes what it colours


def _framed(token: Token) -> Iterator[Token]:
    """Yield a token; a table within a frame that scrolls on narrow screens, also by keyboard.

    How a column is aligned comes as a style, which our policy does not let pass: it becomes a class.
    """
    if token.attrs.get("style") == "text-align:right":
        token = token.copy(attrs={"class": "number"})
    if token.type == "table_open":
        yield Token("html_block", "", 0, content='<div class="table" tabindex="0">')
    yield token
    if token.type == "table_close":
        yield Token("html_block", "", 0, content="</div>")
