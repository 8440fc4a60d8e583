"""Lines of a page that stand for a part of the API's reference, which is made from the views.

::: endpoints Prices, /v1/coupons*      the operations of a resource, or at a path (`*`: at all that begin so)
::: parameters PostCustomers            what an operation takes
::: members customer                    what an object has
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from customers.restkit import schema_document, schema_reading
from customers.restkit.schema_reading import Operation, Resource, Thing

_SIGN = "::: "
TYPE = "reference"
"""The type of the tokens that these lines become; `info` is what is asked for, `content` of which."""


def plugin(markdown: MarkdownIt) -> None:
    """Let Markdown have such lines."""
    markdown.block.ruler.before("paragraph", TYPE, _read, {"alt": ["paragraph"]})
    markdown.add_render_rule(TYPE, _render)


@cache
def html(kind: str, names: str) -> str:
    """Return what a line stands for.

    Raises:
        KeyError: there is no such kind of line, or nothing of that name.
    """
    template, context = _KINDS[kind](names)
    with translation.override("en"):
        return render_to_string(template, context)


def operations(names: str) -> list[Operation]:
    """Return the operations of resources and paths, which stand between commas.

    Raises:
        KeyError: there is no resource, or no operation, of a name.
    """
    return [operation for name in names.split(", ") for operation in _operations_of(name)]


@cache
def resources() -> Mapping[str, Resource]:
    """Return the API's resources by name."""
    return {each.name: each for each in schema_reading.resources(schema_document.document())}


def _operations_of(name: str) -> list[Operation]:
    if not name.startswith("/"):
        return resources()[name].operations
    begins = name.removesuffix("*")
    found = [
        each
        for each in _all_operations()
        if each.path == name or (begins != name and each.path.startswith(begins))
    ]
    if not found:
        raise KeyError(name)
    return found


def _all_operations() -> Iterator[Operation]:
    return (each for resource in resources().values() for each in resource.operations)


# -- what lines stand for ----------------------------------------------------------------------------------------------

_Shown = tuple[str, dict[str, Any]]


def _endpoints(names: str) -> _Shown:
    return "docs/elements/endpoints.html", {"operations": operations(names)}


def _parameters(name: str) -> _Shown:
    (operation,) = (each for each in _all_operations() if each.anchor == name)
    parts = [part for part in operation.parts if part.place in {"query", "body"}]
    return "docs/elements/parameters.html", {"operation": operation, "parts": parts}


def _members(name: str) -> _Shown:
    return "docs/elements/members.html", {"thing": _things()[name]}


_KINDS: Mapping[str, Callable[[str], _Shown]] = {
    "endpoints": _endpoints,
    "parameters": _parameters,
    "members": _members,
}


@cache
def _things() -> Mapping[str, Thing]:
    return {thing.name: thing for resource in resources().values() for thing in resource.things}


# -- for markdown-it ---------------------------------------------------------------------------------------------------


def _read(state: StateBlock, start: int, _end: int, silent: bool) -> bool:  # noqa: FBT001 -- its signature
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    kind, _, names = line.removeprefix(_SIGN).partition(" ")
    if not line.startswith(_SIGN) or kind not in _KINDS:
        return False
    if not silent:
        token = state.push(TYPE, "", 0)
        token.info, token.content, token.map = kind, names.strip(), [start, start + 1]
        state.line = start + 1
    return True


def _render(
    _self: RendererProtocol, tokens: Sequence[Token], place: int, _options: OptionsDict, _env: Any
) -> str:
    return html(tokens[place].info, tokens[place].content)
