"""The words, examples and samples of the API reference, added to the document that is made from the views."""

import re
from collections.abc import Iterator
from typing import Any

from customers.api.v1.reference import examples, merges, texts
from customers.api.v1.reference.samples import METHODS, samples

__all__ = ["METHODS", "describe", "examples", "operations", "texts"]
Wire = dict[str, Any]
texts.MEMBERS.update(merges.MEMBERS)
texts.MEMBERS_OF.update(merges.MEMBERS_OF)
texts.OPERATIONS.update(merges.OPERATIONS)
examples.OBJECTS.update(merges.OBJECTS)
examples.BODIES.update(merges.BODIES)
_GAP = re.compile(r"\{(\w+)\}")


def describe(result: Wire, **_context: Any) -> Wire:
    """Return the document with descriptions, examples and code samples in it."""
    used = {tag for _, _, operation in operations(result) for tag in operation["tags"]}
    result["info"]["description"] = texts.INTRODUCTION
    result["tags"] = [
        {"name": name, "description": text} for name, text in texts.TAGS.items() if name in used
    ]
    for name, schema in result["components"]["schemas"].items():
        _describe_members(name, schema)
        if name in examples.OBJECTS:
            schema["examples"] = [examples.OBJECTS[name]]
    for method, path, operation in operations(result):
        _describe_operation(method, path, operation)
    return result


def operations(document: Wire) -> Iterator[tuple[str, str, Wire]]:
    """Yield each operation of a document with its method and its path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _describe_members(component: str, schema: Wire) -> None:
    """Describe a schema's members, and those of hashes that stand in it without a schema of their own."""
    for name, member in schema.get("properties", {}).items():
        own = texts.MEMBERS_OF.get((component, name)) or member.get("description")
        described = {**member, "description": own or texts.MEMBERS[name]}
        schema["properties"][name] = described
        for inner in (described, described.get("items", {})):
            _describe_members(f"{component}.{name}", inner)


def _describe_operation(method: str, path: str, operation: Wire) -> None:
    original: str = operation.get("x-alias-of") or operation["operationId"]
    title, description = texts.OPERATIONS.get(original, ("", ""))
    operation["summary"] = title or operation["summary"]
    if description and "x-alias-of" not in operation:
        operation["description"] = description
    for parameter in operation.get("parameters", ()):
        if "description" not in parameter and "$ref" not in parameter:
            parameter["description"] = _of_parameter(original, parameter["name"])
    answer = operation["responses"]["200"]["content"]["application/json"]
    answer["example"] = shown = _answer(answer["schema"], path)
    body = examples.BODIES.get(original, {})
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["example"] = body
    if "x-alias-of" in operation:
        return
    few = {"limit": 3} if shown["object"] == "list" else {}
    params = body or examples.QUERIES.get(original, few)
    gaps = {name: examples.PATHS.get(name) or shown["id"] for name in _GAP.findall(path)}
    operation["x-codeSamples"] = samples(original, method, path, gaps, params)


def _of_parameter(operation_id: str, name: str) -> str:
    if name == "created":
        return texts.CREATED
    return texts.PARAMETERS.get((operation_id, name)) or texts.MEMBERS[name]


def _answer(schema: Wire, path: str) -> Wire:
    """Return an example of what an operation answers."""
    name = (schema.get("anyOf") or [schema])[0]["$ref"].rpartition("/")[2]
    if name.startswith("deleted_"):
        kind = name.removeprefix("deleted_")
        return {"id": examples.OBJECTS[kind]["id"], "object": kind, "deleted": True}
    if name.endswith("_search_result"):
        data = [examples.OBJECTS[name.removesuffix("_search_result")]]
        return {
            "object": "search_result",
            "data": data,
            "has_more": False,
            "next_page": None,
            "url": path,
        }
    if name.endswith("_list"):
        data = [examples.OBJECTS[name.removesuffix("_list")]]
        url = path.replace("{customer}", examples.CUSTOMER)
        return {"object": "list", "data": data, "has_more": False, "url": url}
    return examples.OBJECTS[name]
