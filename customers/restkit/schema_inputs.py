"""Parameters as JSON Schema: what a request may send, and how a list is narrowed and walked."""

from functools import singledispatch
from typing import Any

from customers.restkit import inputs
from customers.restkit.id_inputs import IdField, IdOrHashField
from customers.restkit.inputs import Input
from customers.restkit.keyed_inputs import HashesField
from customers.restkit.lists import DEFAULT_LIMIT, MAX_LIMIT, ParamFilter, V1FilterSet, WithinSecond
from customers.restkit.params import MAX_DIGITS
from customers.restkit.schema_objects import UNIX_TIME, Components, Schema, snake
from customers.restkit.worded_inputs import (
    InstantOrHashField,
    InstantOrWordField,
    WordOrHashField,
)

Parameter = dict[str, Any]
_MOST = 10**MAX_DIGITS - 1
_LAST_SECOND = 253_402_300_799  # of the year 9999
_SCALARS = ["string", "number", "boolean", "null"]
_EMPTY: Schema = {"enum": ["", None]}
EXPAND: Schema = {
    "type": "array",
    "items": {"type": "string", "minLength": 1},
    "maxItems": 20,
}


def hash_reference(of: type[Input], components: Components) -> Schema:
    """Return the reference to the schema of a hash of parameters."""
    return components.add(snake(of.__name__), lambda: _hash(of, components))


def body_reference(of: type[Input], components: Components, *, expands: bool) -> Schema:
    """Return the reference to the schema of a request's body.

    Args:
        expands: whether the answer has members that the request may ask to be expanded.
    """

    def make() -> Schema:
        schema = _hash(of, components)
        if expands:
            schema["properties"]["expand"] = {"anyOf": [dict(EXPAND), dict(_EMPTY)]}
        return schema

    return components.add(f"{snake(of.__name__)}_params", make)


def query_parameters(of: type[Input], components: Components) -> list[Parameter]:
    """Return an action's parameters as those of a query string; hashes are spelled in brackets."""
    found = []
    for name, field in of._declared_fields.items():
        schema = parameter_schema(field, components)
        parameter = _query(name, schema, required=field.required)
        if isinstance(field, inputs.HashField):
            parameter |= {"style": "deepObject", "explode": True}
        found.append(parameter)
    return found


def list_parameters(filterset: type[V1FilterSet], components: Components) -> list[Parameter]:
    """Return the parameters of a list: filters, the range of creation, and where to begin."""
    found: list[Parameter] = []
    hashes: dict[str, Schema] = {}
    spans = {
        name for name, each in filterset.base_filters.items() if isinstance(each, WithinSecond)
    }
    for name, narrowing in filterset.base_filters.items():
        head, _, member = name.partition("[")
        if name in spans:
            found.append(_span(name))
        elif not member:
            found += _filter(name, narrowing, components)
        elif head not in spans:  # whose members stand in it
            schema = parameter_schema(narrowing.reads, components)
            hashes.setdefault(head, {})[member.removesuffix("]")] = schema
    found += [_hash_query(name, members) for name, members in hashes.items()]
    text: Schema = {"type": "string", "minLength": 1, "maxLength": 255}
    return [
        *found,
        _query("ending_before", text),
        limit_parameter(),
        _query("page", {"type": "integer", "minimum": 1, "maximum": _MOST}),
        _query("starting_after", text),
    ]


def limit_parameter() -> Parameter:
    """Return the parameter that says how many objects are wanted."""
    schema = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    return _query("limit", schema)


def expand_parameter(paths: list[str]) -> Parameter:
    """Return the parameter that asks for members to be expanded."""
    named = ", ".join(f"`{path}`" for path in paths)
    description = f"Members to expand: {named}, and further members of what they show."
    return {**_array("expand", dict(EXPAND)), "description": description}


def _hash_query(name: str, members: Schema) -> Parameter:
    schema = {"type": "object", "properties": members, "additionalProperties": False}
    return {"name": name, "in": "query", "style": "deepObject", "explode": True, "schema": schema}


def _span(name: str) -> Parameter:
    instant = {**UNIX_TIME, "minimum": 0, "maximum": _LAST_SECOND}
    span: Schema = {
        "type": "object",
        "properties": dict.fromkeys(("gt", "gte", "lt", "lte"), instant),
        "additionalProperties": False,
    }
    return {
        "name": name,
        "in": "query",
        "style": "deepObject",
        "explode": True,
        "schema": {"anyOf": [span, instant]},
    }


def _filter(name: str, narrowing: ParamFilter, components: Components) -> list[Parameter]:
    schema = parameter_schema(narrowing.reads, components)
    return [_array(name, schema) if schema.get("type") == "array" else _query(name, schema)]


def _array(name: str, schema: Schema) -> Parameter:
    return {**_query(f"{name}[]", schema), "style": "form", "explode": True}


def _query(name: str, schema: Schema, *, required: bool = False) -> Parameter:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def _hash(of: type[Input], components: Components) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": {
            name: parameter_schema(field, components) for name, field in of._declared_fields.items()
        },
        "additionalProperties": False,
    }
    required = [name for name, field in of._declared_fields.items() if field.required]
    return {**schema, "required": required} if required else schema


def parameter_schema(field: inputs.Field, components: Components) -> Schema:
    """Return the schema of what a parameter accepts, an empty text and null included where they empty it."""
    schema = _accepted(field, components)
    if field.emptied is ...:
        return schema
    if isinstance(field, inputs.TextField) and "format" not in schema and "pattern" not in schema:
        schema = {key: value for key, value in schema.items() if key != "minLength"}
        return {**schema, "type": ["string", "null"]}
    if "enum" in schema:
        return {"type": ["string", "null"], "enum": [*schema["enum"], "", None]}
    return {"anyOf": [schema, _EMPTY]}


@singledispatch
def _accepted(field: inputs.Field, components: Components) -> Schema:
    raise LookupError(f"{type(field).__name__} has no schema.")


@_accepted.register
def _text(field: inputs.TextField, components: Components) -> Schema:
    schema: Schema = {"type": "string", "minLength": 1, "maxLength": field.max_length}
    if field.pattern is not None:
        schema["pattern"] = f"^(?:{field.pattern.pattern.removeprefix('^').removesuffix('$')})$"
    return schema


@_accepted.register
def _email(field: inputs.EmailField, components: Components) -> Schema:
    return {"type": "string", "format": "email", "maxLength": field.max_length}


@_accepted.register
def _currency(field: inputs.CurrencyField, components: Components) -> Schema:
    return {"type": "string", "format": "iso-4217", "minLength": 3, "maxLength": 3}


@_accepted.register
def _ip_address(field: inputs.IPAddressField, components: Components) -> Schema:
    return {"type": "string", "format": "ip-address", "minLength": 2, "maxLength": field.max_length}


@_accepted.register
def _choice(field: inputs.ChoiceField, components: Components) -> Schema:
    return {"type": "string", "enum": [str(choice) for choice in field.choices]}


@_accepted.register
def _integer(field: inputs.IntegerField, components: Components) -> Schema:
    low = -_MOST if field.min_value is None else field.min_value
    high = _MOST if field.max_value is None else field.max_value
    return {"type": "integer", "format": "int64", "minimum": low, "maximum": high}


@_accepted.register
def _number(field: inputs.NumberField, components: Components) -> Schema:
    bound = int(inputs.MAX_NUMBER)
    return {"type": "number", "exclusiveMinimum": -bound, "exclusiveMaximum": bound}


@_accepted.register
def _boolean(field: inputs.BooleanField, components: Components) -> Schema:
    return {"type": "boolean"}


@_accepted.register
def _timestamp(field: inputs.TimestampField, components: Components) -> Schema:
    return {**UNIX_TIME, "minimum": 0, "maximum": _LAST_SECOND}


@_accepted.register
def _instant_or_word(field: InstantOrWordField, components: Components) -> Schema:
    word = {"type": "string", "enum": list(field.words)}
    return {"anyOf": [_timestamp(field, components), word]}


@_accepted.register
def _instant_or_hash(field: InstantOrHashField, components: Components) -> Schema:
    either = _instant_or_word(field, components)["anyOf"]
    return {"anyOf": [*either, hash_reference(field.of, components)]}


@_accepted.register
def _word_or_hash(field: WordOrHashField, components: Components) -> Schema:
    return {"anyOf": [_choice(field, components), hash_reference(field.of, components)]}


@_accepted.register
def _metadata(field: inputs.MetadataField, components: Components) -> Schema:
    def make() -> Schema:
        return {
            "type": "object",
            "propertyNames": {
                "minLength": 1,
                "maxLength": field.MAX_KEY,
                "pattern": r"^[^\[\]]+$",
            },
            "additionalProperties": {"type": _SCALARS, "maxLength": field.MAX_VALUE},
            "maxProperties": field.MAX_KEYS,
        }

    return components.add("metadata_hash", make)


@_accepted.register
def _values(field: inputs.ValuesField, components: Components) -> Schema:
    return {"type": "object", "additionalProperties": {"type": _SCALARS}}


@_accepted.register
def _of_hash(field: inputs.HashField, components: Components) -> Schema:
    return hash_reference(field.of, components)


@_accepted.register
def _id_or_hash(field: IdOrHashField, components: Components) -> Schema:
    return {"anyOf": [_text(IdField(), components), hash_reference(field.of, components)]}


@_accepted.register
def _of_hashes(field: HashesField, components: Components) -> Schema:
    return {
        "type": "object",
        "propertyNames": parameter_schema(field.names, components),
        "additionalProperties": parameter_schema(field.of, components),
    }


@_accepted.register
def _list(field: inputs.ListField, components: Components) -> Schema:
    items = parameter_schema(field.of, components)
    schema: Schema = {"type": "array", "items": items, "maxItems": field.max_items}
    return {"anyOf": [schema, {"type": "string"}]} if field.splits else schema
