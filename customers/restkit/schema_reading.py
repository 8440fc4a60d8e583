"""The OpenAPI document as people read it: resources with their operations and objects, and what members mean."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Schema = Mapping[str, Any]
_WORDS = {"unix-time": "timestamp"}
_CODE = re.compile(r"`([^`]+)`")
_TOKENS = re.compile(
    r"""(?P<key>"[^"\n]*"(?=:))|(?P<text>"[^"\n]*"|'[^'\n]*')|"""
    r"""(?P<word>\b(?:true|false|null|True|False|None|import|from|const|new|await)\b)|(?P<number>(?<![\w./:])\d+(?![\w./:]))"""
)
_MOST_SHOWN = 10**12  # greater bounds say nothing to a reader


@dataclass(frozen=True)
class Row:
    """A member or parameter: its type in words, what it means, and the members below it."""

    name: str
    type: str
    is_required: bool
    description: SafeString
    choices: list[str]
    limits: str
    children: list["Row"]


@dataclass(frozen=True)
class Sample:
    """Code in one language."""

    language: str
    code: SafeString


@dataclass(frozen=True)
class Part:
    """Parameters of one place: the path, the query, or the body."""

    place: str
    rows: list[Row]


@dataclass(frozen=True)
class Operation:
    """One thing that can be done with a resource."""

    anchor: str
    title: str
    method: str
    path: str
    description: SafeString
    aliases: list[str]
    parts: list[Part]
    samples: list[Sample]
    answer: SafeString
    refusals: list[tuple[str, SafeString]]


@dataclass(frozen=True)
class Thing:
    """An object that operations answer with."""

    name: str
    anchor: str
    description: SafeString
    rows: list[Row]
    example: SafeString


@dataclass
class Resource:
    """A resource: what it is, its objects, its operations."""

    name: str
    anchor: str
    description: SafeString
    things: list[Thing] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)


def resources(document: Schema) -> list[Resource]:
    """Return the document's resources in the order of its tags."""
    return _Reader(document).resources()


def paragraphs(text: str) -> list[SafeString]:
    """Return a text's paragraphs, with what stands in backticks as code."""
    return [_prose(paragraph) for paragraph in text.split("\n\n")]


class _Reader:
    def __init__(self, document: Schema) -> None:
        self._document = document
        self._schemas: Schema = document["components"]["schemas"]
        self._roots = {name for name, schema in self._schemas.items() if "examples" in schema}

    def resources(self) -> list[Resource]:
        found = {
            tag["name"]: Resource(tag["name"], _anchor(tag["name"]), _prose(tag["description"]))
            for tag in self._document["tags"]
        }
        for method, path, operation in self._operations():
            resource = found[operation["tags"][0]]
            if "x-alias-of" in operation:
                original = resource.operations[-1]
                original.aliases.append(method)
                continue
            resource.operations.append(self._operation(method, path, operation))
            self._note_thing(resource, operation)
        return list(found.values())

    def _operations(self) -> Iterator[tuple[str, str, Schema]]:
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation

    def _operation(self, method: str, path: str, operation: Schema) -> Operation:
        answer = operation["responses"]["200"]["content"]["application/json"]
        return Operation(
            anchor=operation["operationId"],
            title=operation["summary"],
            method=method,
            path=path,
            description=_prose(operation.get("description", "")),
            aliases=[],
            parts=[part for part in self._parts(operation) if part.rows],
            samples=[
                Sample(sample["label"], _coloured(sample["source"]))
                for sample in operation["x-codeSamples"]
            ],
            answer=_coloured(_json(answer["example"])),
            refusals=[
                (status, _prose(self._resolved(response)["description"]))
                for status, response in operation["responses"].items()
                if status != "200"
            ],
        )

    def _parts(self, operation: Schema) -> Iterator[Part]:
        parameters = [self._resolved(each) for each in operation.get("parameters", ())]
        for place in ("path", "query", "header"):
            yield Part(
                place,
                [
                    self._row(
                        each["name"],
                        {**each["schema"], "description": each["description"]},
                        is_required=each.get("required", False),
                    )
                    for each in parameters
                    if each["in"] == place
                ],
            )
        content = operation.get("requestBody", {}).get("content", {})
        if content:
            yield Part("body", self._rows(next(iter(content.values()))["schema"]))

    def _note_thing(self, resource: Resource, operation: Schema) -> None:
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        name = _reference((schema.get("anyOf") or [schema])[0])
        if name not in self._roots or any(thing.name == name for thing in resource.things):
            return
        described = self._schemas[name]
        resource.things.append(
            Thing(
                name,
                f"object-{name}",
                _prose(described["description"].partition("\n")[0]),
                self._rows(described),
                _coloured(_json(described["examples"][0])),
            )
        )

    def _rows(self, schema: Schema) -> list[Row]:
        schema = self._resolved(schema)
        required = schema.get("required", ())
        return [
            self._row(name, member, is_required=name in required)
            for name, member in schema.get("properties", {}).items()
        ]

    def _row(self, name: str, schema: Schema, *, is_required: bool) -> Row:
        options = [self._resolved(option) for option in schema.get("anyOf", [schema])]
        choices = [
            str(choice)
            for option in options
            for choice in option.get("enum", ())
            if choice not in ("", None)
        ]
        return Row(
            name=name,
            type=" or ".join(dict.fromkeys(self._words(schema))) or "text",
            is_required=is_required,
            description=_prose(schema.get("description", "")),
            choices=choices,
            limits=next((text for option in options if (text := _limits(option))), ""),
            children=self._children(schema),
        )

    def _children(self, schema: Schema) -> list[Row]:
        """Return the rows of what is inside a member, unless it is an object that has a place of its own."""
        for option in schema.get("anyOf", [schema]):
            inner = option.get("items", option) if "items" in option else option
            if _reference(inner) in self._roots:
                continue
            rows = self._rows(inner)
            if rows and not _is_list(self._resolved(inner)):
                return rows
        return []

    def _words(self, schema: Schema) -> list[str]:
        if "anyOf" in schema:
            return [word for option in schema["anyOf"] for word in self._words(option)]
        name = _reference(schema)
        if name in self._roots:
            return [name]
        resolved = self._resolved(schema)
        if _is_list(resolved):
            return ["list"]
        if "items" in resolved:
            inner = " or ".join(self._words(resolved["items"]))
            return [f"array of {inner}", *(["null"] if "null" in resolved["type"] else [])]
        types = resolved.get("type", [])
        if resolved.get("format") in _WORDS:
            return [_WORDS[resolved["format"]], *(["null"] if "null" in types else [])]
        return [types] if isinstance(types, str) else list(types)

    def _resolved(self, schema: Schema) -> Schema:
        if "$ref" not in schema:
            return schema
        found: Any = self._document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return {**found, **{key: value for key, value in schema.items() if key != "$ref"}}


def _reference(schema: Schema) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _is_list(schema: Schema) -> bool:
    kind = schema.get("properties", {}).get("object", {})
    return bool(kind.get("const") == "list")


def _limits(schema: Schema) -> str:
    if "maxLength" in schema and "string" in schema.get("type", ()):
        return f"{schema['maxLength']} characters at most"
    if schema.get("maxItems"):
        return f"{schema['maxItems']} at most"
    if abs(schema.get("maximum", _MOST_SHOWN)) < _MOST_SHOWN and "format" not in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    return f"{schema['default']} by default" if "default" in schema else ""


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _prose(text: str) -> SafeString:
    return mark_safe(_CODE.sub(r"<code>\1</code>", escape(text)))  # noqa: S308 -- escaped just now


def _coloured(code: str) -> SafeString:
    """Return code as HTML whose texts, numbers and words can be told apart by colour."""
    pieces, end = [], 0
    for match in _TOKENS.finditer(code):
        kind = match.lastgroup
        pieces += [
            escape(code[end : match.start()]),
            f'<span class="{kind}">{escape(match[0])}</span>',
        ]
        end = match.end()
    return mark_safe("".join([*pieces, escape(code[end:])]))  # noqa: S308 -- every piece is escaped
