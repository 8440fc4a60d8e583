"""`expand`: ids replaced by their objects, and members shown that are left out unless asked for.

Each step of a path costs one query for all objects together, however many they are.

Source: https://docs.stripe.com/expand
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.restkit.objects import (
    Computed,
    Constant,
    Embedded,
    Expandable,
    ExpandableList,
    Filled,
    FilledList,
    WireField,
    WireObject,
)

Wire = dict[str, Any]
MAX_DEPTH = 4  # Stripe's
MAX_PATHS = 20


@dataclass(frozen=True)
class Resource:
    """How objects of a resource are loaded when others refer to them.

    Args:
        output: their wire form.
        load: from ids to wire forms by id; ids of no object are left out.
        others: further wire forms that an id may lead to.
    """

    output: type[WireObject]
    load: Callable[[Iterable[str]], dict[str, Wire]]
    others: tuple[type[WireObject], ...] = ()


resources: dict[str, Resource] = {}
"""By resource name; view sets enter themselves here."""


class Included(WireField):
    """A member that is shown only when expanded.

    Args:
        load: gets the wire forms of the objects it is asked for, and returns the member's value for each.
        of: the class of the value, or of the elements where the value is a list.
        resource: what the elements are, where a higher app has their class.
        schema: what the value is, where it is of no class.
    """

    def __init__(
        self,
        load: Callable[[Sequence[Wire]], Sequence[Any]],
        *,
        of: type[WireObject] | None = None,
        resource: str = "",
        is_list: bool = False,
        schema: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(required=False)
        self.load, self.of, self.is_list, self.schema = load, of, is_list, schema
        self.resource = resource
        self.optional = True

    def paths(self, name: str) -> list[tuple[str, str]]:
        return []

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        return "None"


class ExpandableLater(Constant):
    """A reference to objects that do not exist yet: null, expanded or not."""

    def __init__(self) -> None:
        super().__init__(None)


class ShownAnyway(Computed):
    """A member that Stripe shows only where it is expanded, and that is here whenever there is something to show."""


def paths_of(value: Any) -> list[str]:
    """Return the paths that a request asks for, given as a list, as brackets or separated by commas.

    Raises:
        InvalidRequest: it is none of these, or there are too many.
    """
    if value in (None, ""):
        return []
    if isinstance(value, dict) and value:
        value = list(value.values())
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list) or not all(isinstance(path, str) for path in value):
        raise InvalidRequest("Invalid array", param="expand", code="parameter_invalid_array")
    if len(value) > MAX_PATHS:
        raise InvalidRequest(
            f"You can expand up to {MAX_PATHS} properties at once.", param="expand"
        )
    return [part.strip() for path in value for part in path.split(",")]


def check(
    output: type[WireObject], paths: Sequence[str], *, in_list: bool = False
) -> list[list[str]]:
    """Return the paths in steps, relative to one object.

    Args:
        in_list: whether they are relative to a list, whose elements are below `data`.

    Raises:
        InvalidRequest: a path is too long, or leads through what cannot be expanded.
    """
    checked = []
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_DEPTH:
            raise InvalidRequest(
                f"You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}",
                param="expand",
            )
        if in_list:
            if steps[0] != "data" or len(steps) == 1:
                raise _impossible(path, [f"data.{name}" for name in _expandable(output)])
            steps = steps[1:]
        _check_steps(output, steps, path)
        checked.append(steps)
    return checked


def expand(
    objects: Sequence[Wire], output: type[WireObject], paths: Sequence[Sequence[str]]
) -> None:
    """Expand checked paths in place."""
    by_head: dict[str, list[Sequence[str]]] = defaultdict(list)
    for head, *rest in paths:
        by_head[head] += [rest] if rest else []
    for head, asked in by_head.items():
        field = output._declared_fields[_spelling(output, head)]
        groups = _values(field, _spelling(output, head), objects)
        is_list = isinstance(field, FilledList) or (isinstance(field, Included) and field.is_list)
        rests = [steps for _data, *steps in asked] if is_list else asked
        for inner, inner_output in groups:
            # Of several kinds of objects behind one member, each takes the paths that it knows.
            fitting = rests if len(groups) == 1 else [r for r in rests if _leads(inner_output, r)]
            if fitting and inner:
                expand(inner, inner_output, fitting)


def _values(
    field: WireField, name: str, objects: Sequence[Wire]
) -> list[tuple[list[Wire], type[WireObject]]]:
    """Put the member's values into the objects; return the objects one step further down, with each kind's class."""
    if isinstance(field, Included):
        return _include(field, name, objects)
    if isinstance(field, Expandable):
        if field.resource not in resources:
            return []
        resource = resources[field.resource]
        loaded = resource.load({wire[name] for wire in objects if isinstance(wire.get(name), str)})
        for wire in objects:
            if isinstance(wire.get(name), str):
                wire[name] = loaded.get(wire[name], wire[name])
        return _by_kind(list(loaded.values()), resource)
    if isinstance(field, ExpandableList):
        return _expand_lists(field, name, objects)
    return _inside(field, name, objects)


def _include(
    field: Included, name: str, objects: Sequence[Wire]
) -> list[tuple[list[Wire], type[WireObject]]]:
    """Put the member's values into the objects."""
    values = field.load(objects)
    for wire, value in zip(objects, values, strict=True):
        wire[name] = value
    shown = [value for value in values if value is not None]
    inner = [item for value in shown for item in value["data"]] if field.is_list else shown
    if field.resource:
        return _by_kind(inner, resources[field.resource])
    return [] if field.of is None else [(inner, field.of)]


def _inside(
    field: WireField, name: str, objects: Sequence[Wire]
) -> list[tuple[list[Wire], type[WireObject]]]:
    """Return the hashes that the member holds, one or a list of them, without changing anything."""
    values = [wire[name] for wire in objects if wire.get(name) is not None]
    if isinstance(field, FilledList):
        return [([item for value in values for item in value["data"]], field.of)]
    if isinstance(field, Filled) and field.is_list:
        return [([item for value in values for item in value], field.of)]
    return [(values, field.of)] if isinstance(field, Embedded) else []


def _expand_lists(
    field: ExpandableList, name: str, objects: Sequence[Wire]
) -> list[tuple[list[Wire], type[WireObject]]]:
    """Put objects into the place of the ids in each list."""
    resource = resources[field.resource]
    ids = {pk for wire in objects for pk in wire.get(name) or () if isinstance(pk, str)}
    loaded = resource.load(ids)
    for wire in objects:
        wire[name] = [
            loaded.get(pk, pk) if isinstance(pk, str) else pk for pk in wire.get(name) or ()
        ]
    return _by_kind(list(loaded.values()), resource)


def _by_kind(wires: list[Wire], resource: Resource) -> list[tuple[list[Wire], type[WireObject]]]:
    """Tell the objects of a resource apart by their kind."""
    if not resource.others:
        return [(wires, resource.output)]
    outputs = (resource.output, *resource.others)
    kinds = [(output, output._declared_fields["object"].value) for output in outputs]  # type: ignore[attr-defined]  # a Constant
    return [([wire for wire in wires if wire["object"] == kind], output) for output, kind in kinds]


def _leads(output: type[WireObject], steps: Sequence[str]) -> bool:
    """Tell whether an object has what a path names."""
    try:
        _check_steps(output, steps, "")
    except InvalidRequest:
        return False
    return True


def _check_steps(output: type[WireObject] | None, steps: Sequence[str], path: str) -> None:
    if output is None:
        raise _impossible(path, [])
    head, *rest = steps
    field = output._declared_fields.get(_spelling(output, head))
    if _leads_nowhere(field):
        return
    if isinstance(field, Included):
        if field.is_list and rest and (rest.pop(0) != "data" or not rest):
            raise _impossible(path, _expandable(output))
        inner = _meant(resources[field.resource], rest) if field.resource else field.of
    elif isinstance(field, Expandable | ExpandableList):
        inner = _meant(resources[field.resource], rest)
    else:
        inner = _entered(field, rest)
        if inner is None:
            raise _impossible(path, _expandable(output))
    if rest:
        _check_steps(inner, rest, path)


def _meant(resource: Resource, rest: Sequence[str]) -> type[WireObject]:
    """Return the kind of a resource's objects that has what the rest of a path names; the first, where none has."""
    kinds = (resource.output, *resource.others)
    return next((kind for kind in kinds if rest and _leads(kind, rest)), resource.output)


def _entered(field: WireField | None, rest: list[str]) -> type[WireObject] | None:
    """Return the class of the hashes that a member holds and a path leads into; in a list, `data` is taken off it."""
    if isinstance(field, FilledList):
        return field.of if len(rest) > 1 and rest.pop(0) == "data" else None
    if not rest or not isinstance(field, Filled | Embedded):
        return None
    return field.of if isinstance(field, Embedded) or field.is_list else None


def _leads_nowhere(field: WireField | None) -> bool:
    """Tell whether a path may be asked for and shows nothing more: what is shown anyway, or does not exist here."""
    if isinstance(field, ExpandableLater | ShownAnyway):
        return True
    return isinstance(field, Expandable) and field.resource not in resources


def _spelling(output: type[WireObject], name: str) -> str:
    """Return a member's name, also for the camel case in which Pelcro names some (rule P7)."""
    if name in output._declared_fields:
        return name
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _expandable(output: type[WireObject]) -> list[str]:
    return [
        name
        for name, field in output._declared_fields.items()
        if isinstance(field, Included | Expandable | ExpandableList | ExpandableLater | ShownAnyway)
    ]


def _impossible(path: str, possible: Sequence[str]) -> InvalidRequest:
    hint = f" You can expand: {', '.join(possible)}." if possible else ""
    return InvalidRequest(f"This property cannot be expanded ({path[:200]}).{hint}", param="expand")
