r"""Stripe's search query language: text in, clauses out. It knows no field by name.

    query   =  one to ten clauses, all joined by AND (or merely a space), or all by OR
    clause  =  [-] field operator value           -currency:"usd"
    field   =  name, or name["key"]               metadata["order"]
    value   =  text in quotation marks, a number, or null

`:` is exact, `~` finds a substring of three characters or more, `>` `<` `>=` `<=` compare.
Quotation marks are double or single, and optional around numbers; inside, a backslash stands
before a quotation mark that is meant (and before a backslash, where one would be misread).
Keywords and `null` may be in either case. There are no parentheses.

Source: https://docs.stripe.com/search
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from customers.kit.errors import InvalidRequest

if TYPE_CHECKING:
    from lark import Lark, Token, UnexpectedInput

MAX_LENGTH = 1000  # characters; ours, for Stripe names none
MAX_CLAUSES = 10
MIN_SUBSTRING = 3  # characters; a shorter one has no trigram, so no index could find it

# WORD is what people write when they forget quotation marks; we parse it so that we can say so.
_GRAMMAR = r"""
    start: _WS? clause (join clause)* _WS?
    join: _WS (AND | OR)?
    clause: NEGATION? NAME (_OPEN KEY _CLOSE)? _WS? OPERATOR _WS? (STRING | NUMBER | NULL | WORD)

    AND.2: /and(\s+|\Z)/i
    OR.2: /or(\s+|\Z)/i
    NEGATION: "-"
    NAME: /[A-Za-z_][A-Za-z0-9_.]*/
    _OPEN: "["
    _CLOSE: "]"
    KEY: /"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/s
    OPERATOR: />=|<=|[:~><]/
    STRING: /"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/s
    NUMBER.2: /-?[0-9]+(\.[0-9]+)?(?!\S)/
    NULL.2: /null(?!\S)/i
    WORD: /[^\s"']\S*/
    _WS: /\s+/
"""
# What belongs where the parser stopped, told by a terminal that it would have taken there.
_WANTED = {
    "NUMBER": "a value (text in quotation marks, a number or null)",
    "KEY": "a key in quotation marks",
    "NAME": "a field",
    "OPERATOR": "an operator (: ~ > < >= <=)",
    "_CLOSE": "]",
    "_WS": "a space or the end of the query",
}
_PARENTHESES = " Parentheses are not part of the language."
_UNCLOSED = " Is a quotation mark not closed?"
_UNSTORABLE = re.compile(
    "[\x00\ud800-\udfff]"
)  # PostgreSQL's text holds neither NUL nor halves of surrogate pairs
_ESCAPED = re.compile(r"""\\(["'\\])""")


class Operator(StrEnum):
    EXACT = ":"
    SUBSTRING = "~"
    GREATER = ">"
    LESS = "<"
    AT_LEAST = ">="
    AT_MOST = "<="


class Connective(StrEnum):
    AND = "AND"
    OR = "OR"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a query.

    Args:
        field: its name as written.
        key: what stood in brackets after the name; None without brackets.
        value: the text, unquoted and unescaped, or the number as written; None is `null`.
        position: where the clause begins, counted in characters from 1.
    """

    field: str
    operator: Operator
    value: str | None
    key: str | None = None
    is_negated: bool = False
    position: int = 1

    @property
    def label(self) -> str:
        return self.field if self.key is None else f'{self.field}["{self.key}"]'


@dataclass(frozen=True, slots=True)
class Query:
    clauses: tuple[Clause, ...]
    connective: Connective = Connective.AND


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        InvalidRequest: it breaks a rule of the language; the message says which, and where.
    """
    _check_characters(text)
    parts = _parts(text)
    clauses = tuple(_clause(tokens) for tokens in parts[::2])
    if len(clauses) > MAX_CLAUSES:
        message = f"A query has at most {MAX_CLAUSES} clauses; this one has {len(clauses)}."
        raise refusal(message)
    return Query(clauses, _connective(clauses, parts[1::2]))


def refusal(message: str) -> InvalidRequest:
    """Return the error to raise for a query that is refused."""
    return InvalidRequest(message, param="query")


def _check_characters(text: str) -> None:
    if not text or text.isspace():
        message = "The query is empty."
        raise refusal(message)
    if len(text) > MAX_LENGTH:
        message = f"A query has at most {MAX_LENGTH} characters; this one has {len(text)}."
        raise refusal(message)
    if unstorable := _UNSTORABLE.search(text):
        message = f"Character {unstorable.start() + 1} of the query cannot be part of any text."
        raise refusal(message)


def _parts(text: str) -> list[dict[str, "Token"]]:
    """Return the tokens of a clause, of what joins it to the next, of the next, and so on."""
    from lark import Tree, UnexpectedInput  # noqa: PLC0415 -- see _parser

    try:
        parts = _parser().parse(text).children
    except UnexpectedInput as error:
        raise _syntax_refusal(text, error) from None
    trees = [part for part in parts if isinstance(part, Tree)]
    return [{token.type: token for token in tree.scan_values(lambda _: True)} for tree in trees]


@cache
def _parser() -> "Lark":
    from lark import Lark  # noqa: PLC0415 -- slow to import, and most processes never search

    return Lark(_GRAMMAR, parser="lalr")


def _syntax_refusal(text: str, error: "UnexpectedInput") -> InvalidRequest:
    token: Token | None = getattr(error, "token", None)  # none where no token begins at all
    expected: AbstractSet[str] = getattr(error, "expected" if token is not None else "allowed")
    wanted = next(words for terminal, words in _WANTED.items() if terminal in expected)
    if token == "" or error.pos_in_stream is None:
        return refusal(f"The query ends where {wanted} belongs.")
    found = text[error.pos_in_stream]
    hint = _PARENTHESES if found in "()" else _UNCLOSED if token is None else ""
    return refusal(
        f"At character {error.pos_in_stream + 1} is {found!r}, where {wanted} belongs.{hint}"
    )


def _clause(tokens: dict[str, "Token"]) -> Clause:
    first = next(iter(tokens.values()))
    clause = Clause(
        field=str(tokens["NAME"]),
        operator=Operator(tokens["OPERATOR"]),
        value=_value(tokens),
        key=_unquoted(tokens["KEY"]) if "KEY" in tokens else None,
        is_negated="NEGATION" in tokens,
        position=_position(first),
    )
    _check_operator(clause)
    return clause


def _value(tokens: dict[str, "Token"]) -> str | None:
    if word := tokens.get("WORD"):
        message = f"Put quotation marks around {str(word)!r} at character {_position(word)}."
        raise refusal(message)
    if "STRING" in tokens:
        return _unquoted(tokens["STRING"])
    return str(tokens["NUMBER"]) if "NUMBER" in tokens else None


def _position(token: "Token") -> int:
    return (token.start_pos or 0) + 1


def _unquoted(token: str) -> str:
    return _ESCAPED.sub(r"\1", token[1:-1])


def _check_operator(clause: Clause) -> None:
    if clause.value is None:
        if clause.operator is not Operator.EXACT:
            message = (
                f"Only : goes with null, as in {clause.label}:null (character {clause.position})."
            )
            raise refusal(message)
    elif clause.operator is Operator.SUBSTRING and len(clause.value) < MIN_SUBSTRING:
        message = (
            f"A substring has at least {MIN_SUBSTRING} characters; "
            f"{clause.label}~ at character {clause.position} has {len(clause.value)}."
        )
        raise refusal(message)


def _connective(clauses: tuple[Clause, ...], joins: list[dict[str, "Token"]]) -> Connective:
    kinds = [Connective.OR if "OR" in tokens else Connective.AND for tokens in joins]
    for kind, clause in zip(kinds, clauses[1:], strict=True):
        if kind is not kinds[0]:
            message = (
                f"AND and OR cannot be mixed in one query (before character {clause.position}); "
                "a mere space means AND."
            )
            raise refusal(message)
    return kinds[0] if kinds else Connective.AND
