"""What goes out: an object's wire form, declared once.

From the declaration come the OpenAPI schema (a class here is a DRF serializer) and, when a module loads, one plain
function from loaded columns to a dict. Reads run that function over rows of a compiled statement; DRF's own
field-by-field output costs several times the rest of a request.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import orjson
from django.db.models import Model
from rest_framework import serializers

from customers.kit import ids

Row = Sequence[Any]


class WireField(serializers.Field[Any, Any, Any, Any]):
    """One member of an object.

    Args:
        column: the ORM path of the column it shows; the member's name when absent.
        attribute: where a model instance has it; the column when absent.
        optional: whether the member is left out while it has nothing to show.
    """

    columns: tuple[str, ...] = ()

    def __init__(
        self, column: str = "", *, attribute: str = "", optional: bool = False, **options: Any
    ) -> None:
        super().__init__(read_only=True, **options)
        self.column = column
        self.attribute = attribute
        self.optional = optional

    def paths(self, name: str) -> list[tuple[str, str]]:
        """Return the columns it needs: each one's ORM path, and where an instance has it."""
        column = self.column or name
        return [(column, self.attribute or column)]

    def spell(self, value: Any) -> Any:
        """Return the member's wire value for the column's."""
        return value

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        """Return the Python expression that yields the wire value from `row`.

        Args:
            positions: where in the row its columns are.
            name: a name that the expression may use, once it is in `names`.
        """
        (position,) = positions
        if type(self).spell is WireField.spell:
            return f"row[{position}]"
        names[name] = self.spell
        return f"{name}(row[{position}])"


class Plain(WireField):
    """A number, a boolean, or a text that is never empty: as it is."""


class Text(WireField):
    """A text; null when empty."""

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        return f"(row[{positions[0]}] or None)"


class UnixTime(WireField):
    """An instant, as whole seconds since 1970."""

    def spell(self, value: datetime | None) -> int | None:
        return None if value is None else int(value.timestamp())


class Json(WireField):
    """A value of JSON: what compiled statements load as text and instances have parsed."""

    def spell(self, value: Any) -> Any:
        return orjson.loads(value) if isinstance(value, str | bytes) else value


class Metadata(Json):
    """Metadata; whatever another dialect stored, `/v1/` shows texts (rule C6)."""

    def spell(self, value: Any) -> dict[str, str]:
        if value in ("{}", {}):
            return {}
        pairs = super().spell(value)
        return {
            key: inner if type(inner) is str else _as_text(inner) for key, inner in pairs.items()
        }


class Constant(WireField):
    """The same value in every object."""

    def __init__(self, value: Any, **options: Any) -> None:
        super().__init__(**options)
        self.value = value

    def paths(self, name: str) -> list[tuple[str, str]]:
        return []

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = self.value
        return name


class Computed(WireField):
    """A value worked out from several columns.

    Args:
        function: gets the columns' values in order.
        columns: their ORM paths.
        attributes: where an instance has them; the columns when absent.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *columns: str,
        attributes: Sequence[str] = (),
        optional: bool = False,
        schema: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(optional=optional)
        self.function, self.needs, self.attributes = function, columns, attributes or columns
        self.schema = schema

    def paths(self, name: str) -> list[tuple[str, str]]:
        return list(zip(self.needs, self.attributes, strict=True))

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = self.function
        return f"{name}({', '.join(f'row[{position}]' for position in positions)})"


class Spelled(WireField):
    """A status or kind, in this dialect's word for each of ours."""

    def __init__(self, words: Mapping[Any, str], column: str = "", **options: Any) -> None:
        super().__init__(column, **options)
        self.words = {str(ours): theirs for ours, theirs in words.items()}

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = self.words
        return f"{name}[row[{positions[0]}]]"


class Embedded(WireField):
    """Another object's wire form inside this one, from columns of the same row.

    Args:
        of: the inner object's class.
    """

    def __init__(self, of: "type[WireObject]", *, optional: bool = False) -> None:
        super().__init__(optional=optional)
        self.of = of

    def paths(self, name: str) -> list[tuple[str, str]]:
        return self.of.plan().paths

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = self.of.plan().spell
        return f"{name}(({''.join(f'row[{position}], ' for position in positions)}))"


class EmbeddedMember(Embedded):
    """Another object's wire form inside this one, from a member of a column of JSON; null where there is none.

    Args:
        of: the inner object's class.
        column: the ORM path of the JSON.
        member: the member's name.
        attribute: where an instance has the JSON, parsed.
        relation: the ORM path of the rows that the JSON shows, whose columns its members are.
    """

    def __init__(
        self, of: "type[WireObject]", column: str, member: str, *, attribute: str, relation: str
    ) -> None:
        super().__init__(of)
        self.path, self.member, self.relation = (column, attribute), member, relation

    def paths(self, name: str) -> list[tuple[str, str]]:
        return [self.path]

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = self._spelling()
        return f"{name}(row[{positions[0]}])"

    def _spelling(self) -> Callable[[Any], Any]:
        plan, member = self.of.plan(), self.member
        columns = [column for column, _attribute in plan.paths]

        def spell(value: Any) -> dict[str, Any] | None:
            if value in ("{}", {}):
                return None
            members = orjson.loads(value) if isinstance(value, str) else value
            found = members.get(member)
            return None if found is None else plan.spell([found[column] for column in columns])

        return spell


class EmbeddedIfAny(Embedded):
    """Another object's wire form inside this one, from columns of the same row; null where the first of them is."""

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        found = super().source_code(positions, name, names)
        return f"(None if row[{positions[0]}] is None else {found})"


class EmbeddedRelated(Embedded):
    """Another object's wire form inside this one, from the columns of the row that this one's refers to.

    Args:
        of: the inner object's class.
        relation: the ORM path of the reference.
    """

    def __init__(self, of: "type[WireObject]", relation: str) -> None:
        super().__init__(of)
        self.relation = relation

    def paths(self, name: str) -> list[tuple[str, str]]:
        return [
            (f"{self.relation}__{column}", f"{self.relation}__{attribute}")
            for column, attribute in self.of.plan().paths
        ]


class FilledByIds(WireField):
    """Other objects in full, of which the row keeps the ids; the view's `complete` puts them into the ids' place.

    Args:
        of: the objects' class.
        column: the ORM path of the ids.
    """

    def __init__(self, of: "type[WireObject]", column: str) -> None:
        super().__init__(column)
        self.of = of

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        return f"list(row[{positions[0]}])"


class EmbeddedWhole(Embedded):
    """Another object's wire form inside this one, kept as it is in a column of JSON; null where there is none.

    Args:
        of: the inner object's class, whose own view says what its members are.
        column: the ORM path of the JSON.
    """

    def __init__(self, of: "type[WireObject]", column: str) -> None:
        super().__init__(of)
        self.path = column

    def paths(self, name: str) -> list[tuple[str, str]]:
        return [(self.path, self.path)]

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = _parsed
        return f"{name}(row[{positions[0]}])"


def _parsed(value: Any) -> Any:
    """Return JSON that compiled statements load as text; of what an instance has parsed, a copy that can be changed."""
    if value is None:
        return None
    return orjson.loads(value if isinstance(value, str | bytes) else orjson.dumps(value))


class Expandable(WireField):
    """A reference: the other object's id, or the object itself where `expand` asks for it.

    Args:
        column: the ORM path of the id.
        resource: the other resource's name, as `expansion` knows it.
    """

    def __init__(self, column: str, *, resource: str, optional: bool = False) -> None:
        super().__init__(column, optional=optional)
        self.resource = resource

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        return f"(row[{positions[0]}] or None)"


class ExpandableList(WireField):
    """References to several objects: their ids, or the objects themselves where `expand` asks for them.

    The view's `complete` fills the ids in.

    Args:
        resource: the other resource's name, as `expansion` knows it.
    """

    def __init__(self, resource: str) -> None:
        super().__init__()
        self.resource = resource

    def paths(self, name: str) -> list[tuple[str, str]]:
        return []

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        return "[]"


class ShownId(WireField):
    """An id that a merchant may have chosen."""

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = ids.shown
        return f"{name}(row[{positions[0]}])"


class ShownReference(Expandable):
    """A reference to an object whose id a merchant may have chosen."""

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = ids.shown
        return f"({name}(row[{positions[0]}] or '') or None)"


class Filled(WireField):
    """A member that shows other rows, which the view's `complete` fills in.

    Args:
        of: the class of the object, or of the elements where it is a list.
        model: whose rows they are, where no view shows such objects.
    """

    def __init__(
        self,
        of: "type[WireObject]",
        *,
        is_list: bool = False,
        model: type[Model] | None = None,
    ) -> None:
        super().__init__()
        self.of, self.is_list, self.model = of, is_list, model

    def paths(self, name: str) -> list[tuple[str, str]]:
        return []

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        return "[]" if self.is_list else "None"


class FilledList(Filled):
    """A member that shows other rows as a list that can be gone on with, which the view's `complete` fills in.

    Args:
        of: the class of the elements.
    """

    def __init__(self, of: "type[WireObject]") -> None:
        super().__init__(of)

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        return "None"


class Plan:
    """The columns an object needs, and the function from a row of them to its wire form.

    The function is Python that is written here, from the declaration alone, and compiled once: a list of a hundred
    objects runs it a hundred times, and calling a function for each member would cost several times as much.
    """

    def __init__(self, fields: Mapping[str, WireField]) -> None:
        self.paths: list[tuple[str, str]] = []
        names: dict[str, Any] = {}
        always: list[tuple[str, str]] = []
        optional: list[tuple[str, str]] = []
        for name, field in fields.items():
            positions = [self._position(path) for path in field.paths(name)]
            source = field.source_code(positions, f"f_{name}", names)
            (optional if field.optional else always).append((name, source))
        members = ", ".join(f"{name!r}: {source}" for name, source in always)
        lines = ["def spell(row):", f"    wire = {{{members}}}"]
        for name, source in optional:
            lines += [
                f"    value = {source}",
                f"    if value or value == 0: wire[{name!r}] = value",
            ]
        lines.append("    return wire")
        exec("\n".join(lines), names)  # noqa: S102 -- our own declarations, when a module loads
        self.spell: Callable[[Row], dict[str, Any]] = names["spell"]
        """Return the wire form of a row."""
        self._values = _values_of([attribute for _column, attribute in self.paths])

    @property
    def columns(self) -> list[str]:
        """The ORM paths to load, in the order of a row."""
        return [column for column, _attribute in self.paths]

    def spell_instance(self, instance: Model) -> dict[str, Any]:
        """Return the wire form of a model instance whose relations are loaded."""
        return self.spell(self._values(instance))

    def _position(self, path: tuple[str, str]) -> int:
        if path not in self.paths:
            self.paths.append(path)
        return self.paths.index(path)


class WireObject(serializers.Serializer[Any]):
    """An object of the wire: its members as class attributes, in the order in which they are shown."""

    _declared_fields: ClassVar[dict[str, WireField]]  # type: ignore[assignment,misc]  # narrower than DRF's

    @classmethod
    def plan(cls) -> Plan:
        """Return the class's plan, made once."""
        if "_plan" not in cls.__dict__:
            cls._plan = Plan(cls._declared_fields)
        return cls._plan

    _plan: ClassVar[Plan]


def _values_of(paths: Sequence[str]) -> Callable[[Any], Row]:
    """Return the function that follows ORM paths on an instance; what lies behind nothing is None.

    Compiled once from our own declarations, as `Plan.spell` is: relations that several paths share are followed once.
    """
    related: dict[str, str] = {}
    lines = ["def values(instance):"]

    def follow(path: str) -> str:
        """Return the name of the variable that holds what a relation leads to, or None."""
        if path not in related:
            head, _, name = path.rpartition("__")
            source = follow(head) if head else "instance"
            related[path] = f"related_{len(related)}"
            lines.append(f"    {related[path]} = None if {source} is None else {source}.{name}")
        return related[path]

    members = []
    for path in paths:
        head, _, name = path.replace("__id", "__pk").rpartition("__")
        source = follow(head) if head else "instance"
        members.append(f"None if {source} is None else {source}.{name}")
    names: dict[str, Any] = {}
    exec("\n".join([*lines, f"    return ({', '.join(members)},)"]), names)  # noqa: S102 -- our own declarations
    return names["values"]  # type: ignore[no-any-return]


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else orjson.dumps(value).decode()
