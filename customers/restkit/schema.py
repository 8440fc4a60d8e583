"""The OpenAPI document of `/v1/`, made from the views: drf-spectacular walks the routes, this says what each one is.

Source: https://spec.openapis.org/oas/v3.1.1
"""

import re
from collections.abc import Callable
from typing import Any

from django.urls.converters import get_converters
from drf_spectacular.openapi import AutoSchema

from customers.restkit import inputs, schema_answers, schema_inputs
from customers.restkit.inputs import Input
from customers.restkit.objects import WireObject
from customers.restkit.schema_objects import (
    Components,
    Schema,
    any_of,
    component_name,
    expandable_paths,
)
from customers.restkit.v1 import V1ViewSet

Endpoint = tuple[str, str, str, Callable[..., Any]]
PREFIX = "/v1/"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ALIASES = ("PUT", "PATCH")  # of POST (rule C19)
BODY_TYPES = ("application/x-www-form-urlencoded", "application/json")
_CONVERTER = re.compile(r"<(\w+):(\w+)>")
_GAP = re.compile(r"\{(\w+)\}")


def v1_endpoints(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Return the routes of `/v1/` in the order of the map, each with its methods in one order.

    What a path calls `pk` is called as the paths below it call it (`{customer}`), or else `id`.
    """
    ours = [each for each in endpoints if each[0].startswith(PREFIX) and _is_described(each[3])]
    order = {path: position for position, (path, *_) in reversed(list(enumerate(ours)))}
    parents = {path[: match.start()]: match[1] for path in order for match in _GAP.finditer(path)
               if match[1] != "pk"}  # fmt: skip
    ours.sort(key=lambda endpoint: (order[endpoint[0]], METHODS.index(endpoint[2])))
    return [
        (
            path.replace("{pk}", f"{{{parents.get(path.partition('{pk}')[0], 'id')}}}"),
            regex,
            verb,
            view,
        )
        for path, regex, verb, view in ours
    ]


def _is_described(view: Any) -> bool:
    return bool(getattr(view, "cls", V1ViewSet).is_described)


def _calls_gateways(view: V1ViewSet) -> bool:
    return bool(view.phased) or type(view).is_phased is not V1ViewSet.is_phased


class V1Schema(AutoSchema):
    """Describes one operation: a method of a route."""

    view: V1ViewSet  # type: ignore[override]  # every view of ours is one

    # -- what it is ----------------------------------------------------------------------------------------------------

    def get_operation_id(self) -> str:
        """Name it as Stripe's own document would: `PostCustomersCustomer`."""
        words = re.findall(r"[A-Za-z0-9]+", self.path.removeprefix(PREFIX))
        return self.method.capitalize() + "".join(word[0].upper() + word[1:] for word in words)

    def get_summary(self) -> str:
        name, plural = self._nouns()
        article = "an" if name[0] in "aeio" else "a"
        summary = {
            "list": f"List all {plural}",
            "create": f"Create {article} {name}",
            "retrieve": f"Retrieve {article} {name}",
            "update": f"Update {article} {name}",
            "destroy": f"Delete {article} {name}",
        }.get(self.view.action)
        return summary or (getattr(self.view, self.view.action).__doc__ or "").partition(".")[0]

    def get_description(self) -> str:  # type: ignore[override]  # the signature of drf-spectacular
        return f"The same as {self._original()}." if self.method in ALIASES else ""

    def get_tags(self) -> list[str]:
        return [self._nouns()[1].capitalize()]

    def get_auth(self) -> list[Schema]:
        return [{name: []} for name in schema_answers.add_security(self._components())]

    def get_extensions(self) -> Schema:
        marks = {"x-resource": self.view.resource}
        return {**marks, "x-alias-of": self._original()} if self.method in ALIASES else marks

    # -- what it takes -------------------------------------------------------------------------------------------------

    def _get_parameters(self) -> list[Schema]:
        components = self._components()
        parameters = self._path_parameters()
        if self.method in {"POST", *ALIASES}:
            parameters.append(schema_answers.idempotency_key(components))
        if self.method in {"GET", "DELETE"}:
            parameters += self._query_parameters(components)
        paths = self._expandable()
        if paths and not self._has_body():
            parameters.append(schema_inputs.expand_parameter(paths))
        return parameters

    def _get_request_body(self, direction: Any = "request") -> Schema | None:
        if not self._has_body():
            return None
        of = self.view.inputs[self.view.action]
        schema = schema_inputs.body_reference(
            of, self._components(), expands=bool(self._expandable())
        )
        body: Schema = {"content": {media_type: {"schema": schema} for media_type in BODY_TYPES}}
        body["content"][BODY_TYPES[0]]["encoding"] = _encoding(of)
        is_required = any(field.required for field in of._declared_fields.values())
        return {**body, "required": True} if is_required else body

    def _path_parameters(self) -> list[Schema]:
        converters = [name for name, _variable in _CONVERTER.findall(self.path_regex)]
        known = get_converters()
        return [
            {
                "name": name,
                "in": "path",
                "required": True,
                "schema": {"type": "string", "pattern": f"^{known[converter].regex}$"},
            }
            for name, converter in zip(_GAP.findall(self.path), converters, strict=True)
        ]

    def _query_parameters(self, components: Components) -> list[Schema]:
        of = self.view.inputs.get(self.view.action)
        if self.view.action == "list":
            walked = schema_inputs.list_parameters(self.view.filterset_class, components)
            return [*(schema_inputs.query_parameters(of, components) if of else []), *walked]
        return schema_inputs.query_parameters(of, components) if of and self._has_no_body() else []

    def _has_no_body(self) -> bool:
        """Tell whether the action is one of GET or DELETE alone, so that its input is what stands in the address."""
        verbs = {
            verb for verb, action in self.view.action_map.items() if action == self.view.action
        }
        return verbs <= {"get", "head", "delete"}  # DRF adds HEAD with the first request

    def _has_body(self) -> bool:
        return self.method in {"POST", *ALIASES} and self.view.action in self.view.inputs

    def _expandable(self) -> list[str]:
        """Return the paths that `expand` can name in this operation's answer."""
        if self.view.action == "destroy":
            return []
        if self.view.action in {"list", "search"}:
            paths = expandable_paths(self.view.output, "data.")
            return [*paths, "total_count"] if self.view.action == "search" else paths
        return expandable_paths(self._output())

    # -- what it answers -----------------------------------------------------------------------------------------------

    def _get_response_bodies(self, direction: Any = "response") -> Schema:
        components = self._components()
        answer = {
            "description": "Done as asked.",
            "headers": schema_answers.headers(components, writes=self.method != "GET"),
            "content": {"application/json": {"schema": self._answer(components)}},
        }
        refusals = schema_answers.refusals(
            components,
            writes=self.method != "GET",
            finds="{" in self.path or self.view.action in {"list", *self.view.inputs},
            pays=self.method != "GET" and _calls_gateways(self.view),
        )
        return {"200": answer, **refusals}

    def _answer(self, components: Components) -> Schema:
        action, output = self.view.action, self._output()
        if action == "list":
            return components.many(output)
        if action == "search":
            return components.search_result(output)
        if action == "destroy":
            return components.deleted(output)
        if action == "retrieve":
            return any_of(components.retrievable(output))
        return any_of(components.shown(output))

    # -- for all of these ----------------------------------------------------------------------------------------------

    def _components(self) -> Components:
        return Components(self.registry)

    def _output(self) -> type[WireObject]:
        return self.view.answers.get(self.view.action, self.view.output)

    def _nouns(self) -> tuple[str, str]:
        """Return what people call one of these objects, and several."""
        if not hasattr(self.view, "model"):
            name = component_name(self.view.output)
            return name, f"{name}s"
        meta = self.view.model._meta
        return str(meta.verbose_name), str(meta.verbose_name_plural)

    def _original(self) -> str:
        """Return the name of the operation that this one is an alias of."""
        return self.get_operation_id().replace(self.method.capitalize(), "Post", 1)


def _encoding(of: type[Input]) -> Schema:
    """Say that hashes and lists of a form body are spelled in brackets."""
    nested = (inputs.HashField, inputs.ListField, inputs.MetadataField, inputs.ValuesField)
    return {
        name: {"style": "deepObject", "explode": True}
        for name, field in of._declared_fields.items()
        if isinstance(field, nested)
    }
