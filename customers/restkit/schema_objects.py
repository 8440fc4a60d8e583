"""Wire objects as JSON Schema: each member's type comes from how it is spelled and from the column that it shows.

Source: https://spec.openapis.org/oas/v3.1.1 (schemas are JSON Schema 2020-12).
"""

import copy
import re
from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from customers.kit.tenancy import every_site
from customers.models import Site
from customers.restkit import expansion
from customers.restkit.expansion import ExpandableLater, Included, ShownAnyway
from customers.restkit.objects import (
    Computed,
    Constant,
    Embedded,
    EmbeddedIfAny,
    EmbeddedMember,
    EmbeddedRelated,
    EmbeddedWhole,
    Expandable,
    ExpandableList,
    Filled,
    FilledByIds,
    FilledList,
    Json,
    Metadata,
    Plain,
    ShownId,
    Spelled,
    Text,
    UnixTime,
    WireField,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet

Schema = dict[str, Any]
NULL: Schema = {"type": "null"}
FREE_HASH: Schema = {"type": "object", "additionalProperties": True}
METADATA: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
UNIX_TIME: Schema = {"type": "integer", "format": "unix-time"}
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    str: "string",
    dict: "object",
    list: "array",
}


def snake(name: str) -> str:
    """Return a class's name in the spelling of the wire: `TaxIdOwner` is `tax_id_owner`."""
    return _WORD.sub("_", name).lower()


def nullable(schema: Schema) -> Schema:
    """Return a schema that also allows null."""
    if schema == NULL:
        return schema
    if "enum" in schema:
        schema = {**schema, "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [*schema.get("anyOf", [schema]), NULL]}


class Columns:
    """The columns that an object's members show, found as the ORM finds them.

    Args:
        rows: the queryset from which objects are loaded, which knows its joins by name.
        prefix: the path to the object's columns.
    """

    def __init__(self, rows: models.QuerySet[Any] | None, prefix: str = "") -> None:
        self._rows, self._prefix = rows, prefix

    @classmethod
    def of_view(cls, view: type[V1ViewSet] | None) -> "Columns":
        """Return the columns of a resource; one without a model shows the site itself."""
        if view is None:
            return cls(None)
        with every_site():
            return cls(view.all_rows() if hasattr(view, "model") else Site.objects.all())

    def below(self, prefix: str) -> "Columns":
        """Return the columns of an object that is embedded in this one."""
        return Columns(self._rows, f"{self._prefix}{prefix}__")

    def schema(self, path: str) -> Schema:
        """Return the schema of a column's values.

        Raises:
            LookupError: nothing says which model's column it is.
        """
        column = self._column(path)
        schema = _of_column(column)
        return nullable(schema) if getattr(column, "null", False) else schema

    def may_lack(self, path: str) -> bool:
        """Tell whether a column may hold nothing: null, or an empty text.

        Raises:
            LookupError: nothing says which model's column it is.
        """
        column = self._column(path)
        return bool(getattr(column, "null", False) or getattr(column, "blank", False))

    def _column(self, path: str) -> Any:
        if self._rows is None:
            raise LookupError(f"No view shows objects with the column '{path}'.")
        query, names = self._rows.query, f"{self._prefix}{path}".split("__")
        return query.names_to_path(names, query.get_meta(), fail_on_missing=True)[1]


def _of_column(column: Any) -> Schema:
    if isinstance(column, models.GeneratedField):
        column = column.output_field
    if isinstance(column, models.ForeignKey):
        column = column.target_field
    if isinstance(column, ArrayField):
        return {"type": "array", "items": _of_column(column.base_field)}
    if isinstance(column, models.JSONField):
        return dict(FREE_HASH)
    if isinstance(column, models.BooleanField):
        return {"type": "boolean"}
    if isinstance(column, models.IntegerField):
        return {"type": "integer"}
    if column.choices:
        return {"type": "string", "enum": [str(value) for value, _label in column.choices]}
    return {"type": "string"}


def views() -> dict[type[WireObject], type[V1ViewSet]]:
    """Return the view set that shows each class of objects."""
    found: dict[type[WireObject], type[V1ViewSet]] = {}
    for view in _below(V1ViewSet):
        if "output" in view.__dict__:
            found |= dict.fromkeys([*view.answers.values(), *view.other_outputs], view)
            found[view.output] = view
    return found


def _below(view: type[V1ViewSet]) -> list[type[V1ViewSet]]:
    return [each for child in view.__subclasses__() for each in (child, *_below(child))]


def component_name(output: type[WireObject]) -> str:
    """Return the name of an object's schema: what its `object` says, or its class's name."""
    constant = output._declared_fields.get("object")
    if isinstance(constant, Constant):
        return str(constant.value)
    return snake(output.__name__.removesuffix("Object"))


class Components:
    """The document's schemas, each entered when it is first referred to."""

    def __init__(self, registry: ComponentRegistry) -> None:
        self._registry = registry

    def add(
        self, name: str, make: Callable[[], Mapping[str, Any]], kind: str = ResolvedComponent.SCHEMA
    ) -> Schema:
        """Return the reference to a component, made when it is not there yet."""
        component = ResolvedComponent(name=name, type=kind, object=name)
        if component not in self._registry:
            self._registry.register(component)  # before it is made: it may refer to itself
            component.schema = make()
        return dict(component.ref)

    def one(self, output: type[WireObject], columns: Columns | None = None) -> Schema:
        """Return the reference to an object's schema."""

        def make() -> Schema:
            members = columns or Columns.of_view(views().get(output))
            return _object(output, members, self)

        return self.add(component_name(output), make)

    def many(self, output: type[WireObject]) -> Schema:
        """Return the reference to the schema of a list of objects."""
        name = component_name(output)
        items = any_of(self.shown(output))

        def make() -> Schema:
            members: Schema = {
                "object": {"type": "string", "const": "list"},
                "data": {"type": "array", "items": items},
                "has_more": {"type": "boolean"},
                "url": {"type": "string"},
            }
            return _closed(f"A list: {name.replace('_', ' ')}.", members, list(members))

        return self.add(f"{name}_list", make)

    def shown(self, output: type[WireObject]) -> list[Schema]:
        """Return references to what a resource shows: its objects, of every kind."""
        view = views().get(output)
        others = view.other_outputs if view is not None and view.output is output else ()
        return [self.one(each) for each in (output, *others)]

    def search_result(self, output: type[WireObject]) -> Schema:
        """Return the reference to the schema of what a search answers."""
        items = self.one(output)

        def make() -> Schema:
            members: Schema = {
                "object": {"type": "string", "const": "search_result"},
                "data": {"type": "array", "items": items},
                "has_more": {"type": "boolean"},
                "next_page": {"type": ["string", "null"]},
                "url": {"type": "string"},
                "total_count": {"type": "integer"},
            }
            return _closed("What a search found.", members, list(members)[:-1])

        return self.add(f"{component_name(output)}_search_result", make)

    def deleted(self, output: type[WireObject]) -> Schema:
        """Return the reference to the schema of what is left of a deleted object."""
        name = component_name(output)

        def make() -> Schema:
            members: Schema = {
                "id": {"type": "string"},
                "object": {"type": "string", "const": name},
                "deleted": {"type": "boolean", "const": True},
            }
            return _closed(f"A deleted {name.replace('_', ' ')}.", members, list(members))

        return self.add(f"deleted_{name}", make)

    def retrievable(self, output: type[WireObject]) -> list[Schema]:
        """Return references to what can be found under an object's id: it, and its remains where those stay."""
        view = views().get(output)
        keeps_deleted = view is not None and "all_rows" in view.__dict__
        return [*self.shown(output), *([self.deleted(output)] if keeps_deleted else [])]


def any_of(schemas: list[Schema]) -> Schema:
    """Return a schema that allows what any of some schemas allows."""
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


_EXPANDABLE = (Included, Expandable, ExpandableList, ExpandableLater, ShownAnyway)


def expandable_paths(output: type[WireObject], prefix: str = "") -> list[str]:
    """Return the paths of members that `expand` can name, those of embedded objects included."""
    paths = []
    for name, field in output._declared_fields.items():
        if isinstance(field, _EXPANDABLE):
            paths.append(f"{prefix}{name}")
        elif isinstance(field, Embedded):
            paths += expandable_paths(field.of, f"{prefix}{name}.")
        elif isinstance(field, FilledList):
            paths += expandable_paths(field.of, f"{prefix}{name}.data.")
        elif isinstance(field, Filled) and field.is_list:
            paths += expandable_paths(field.of, f"{prefix}{name}.")
    return paths


def _closed(description: str, members: Schema, required: list[str]) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": members,
        "required": required,
        "additionalProperties": False,
    }


def _object(output: type[WireObject], columns: Columns, components: Components) -> Schema:
    members: Schema = {}
    required = []
    for name, field in output._declared_fields.items():
        schema = _member(field, name, columns, components)
        if field.optional:
            schema = _without_null(schema)
        else:
            required.append(name)
        members[name] = schema
    return _closed((output.__doc__ or "").strip(), members, required)


def _without_null(schema: Schema) -> Schema:
    """Return the schema of a member that is left out where it would be null."""
    if isinstance(schema.get("type"), list):
        schema = {**schema, "type": schema["type"][0]}
    if "anyOf" in schema:
        schema = any_of([option for option in schema["anyOf"] if option != NULL])
    return schema


@singledispatch
def _member(field: WireField, name: str, columns: Columns, components: Components) -> Schema:
    raise LookupError(f"{type(field).__name__} has no schema.")


@_member.register
def _plain(field: Plain, name: str, columns: Columns, components: Components) -> Schema:
    return columns.schema(field.column or name)


@_member.register
def _shown_id(field: ShownId, name: str, columns: Columns, components: Components) -> Schema:
    return columns.schema(field.column or name)


@_member.register
def _text(field: Text, name: str, columns: Columns, components: Components) -> Schema:
    return nullable(_without_null(columns.schema(field.column or name)))


@_member.register
def _unix_time(field: UnixTime, name: str, columns: Columns, components: Components) -> Schema:
    is_null = "null" in columns.schema(field.column or name)["type"]
    return nullable(UNIX_TIME) if is_null else dict(UNIX_TIME)


@_member.register
def _json(field: Json, name: str, columns: Columns, components: Components) -> Schema:
    return columns.schema(field.column or name)


@_member.register
def _metadata(field: Metadata, name: str, columns: Columns, components: Components) -> Schema:
    return dict(METADATA)


@_member.register
def _constant(field: Constant, name: str, columns: Columns, components: Components) -> Schema:
    if field.value is None:
        return dict(NULL)
    return {"type": _TYPES[type(field.value)], "const": field.value}


@_member.register
def _computed(field: Computed, name: str, columns: Columns, components: Components) -> Schema:
    if field.schema is None:
        raise LookupError(f"The computed member '{name}' says nothing of its schema.")
    return copy.deepcopy(dict(field.schema))  # what the document adds is not the field's


@_member.register
def _spelled(field: Spelled, name: str, columns: Columns, components: Components) -> Schema:
    schema: Schema = {"type": "string", "enum": list(dict.fromkeys(field.words.values()))}
    is_null = "null" in columns.schema(field.column or name)["type"]
    return nullable(schema) if is_null else schema


@_member.register
def _embedded(field: Embedded, name: str, columns: Columns, components: Components) -> Schema:
    return components.one(field.of, columns)


@_member.register
def _embedded_member(
    field: EmbeddedMember, name: str, columns: Columns, components: Components
) -> Schema:
    return nullable(components.one(field.of, columns.below(field.relation)))


@_member.register
def _embedded_if_any(
    field: EmbeddedIfAny, name: str, columns: Columns, components: Components
) -> Schema:
    return nullable(components.one(field.of, columns))


@_member.register
def _embedded_whole(
    field: EmbeddedWhole, name: str, columns: Columns, components: Components
) -> Schema:
    return nullable(components.one(field.of))


@_member.register
def _expandable_list(
    field: ExpandableList, name: str, columns: Columns, components: Components
) -> Schema:
    resource = expansion.resources[field.resource]
    outputs = [resource.output, *resource.others]
    objects = [schema for output in outputs for schema in components.retrievable(output)]
    return {"type": "array", "items": {"anyOf": [{"type": "string"}, *objects]}}


@_member.register
def _expandable(field: Expandable, name: str, columns: Columns, components: Components) -> Schema:
    resource = expansion.resources.get(field.resource)
    outputs = [] if resource is None else [resource.output, *resource.others]
    objects = [schema for output in outputs for schema in components.retrievable(output)]
    schema: Schema = {"anyOf": [{"type": "string"}, *objects]}
    return nullable(schema) if columns.may_lack(field.column or name) else schema


@_member.register
def _embedded_related(
    field: EmbeddedRelated, name: str, columns: Columns, components: Components
) -> Schema:
    return components.one(field.of)


@_member.register
def _filled_by_ids(
    field: FilledByIds, name: str, columns: Columns, components: Components
) -> Schema:
    return {"type": "array", "items": components.one(field.of)}


@_member.register
def _filled(field: Filled, name: str, columns: Columns, components: Components) -> Schema:
    own = Columns(models.QuerySet(field.model)) if field.model is not None else None
    reference = components.one(field.of, own)
    return {"type": "array", "items": reference} if field.is_list else nullable(reference)


@_member.register
def _filled_list(field: FilledList, name: str, columns: Columns, components: Components) -> Schema:
    return components.many(field.of)


@_member.register
def _included(field: Included, name: str, columns: Columns, components: Components) -> Schema:
    output = expansion.resources[field.resource].output if field.resource else field.of
    if field.is_list and output:
        return components.many(output)
    return components.one(field.of) if field.of else copy.deepcopy(dict(field.schema or FREE_HASH))
