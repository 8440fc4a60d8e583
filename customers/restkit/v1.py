"""The `/v1/` dialect: what every resource's views share.

Source: https://docs.stripe.com/api
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse

from customers.kit import statements, tenancy
from customers.kit.errors import DomainError
from customers.restkit import expansion, v1_errors
from customers.restkit.expansion import Resource
from customers.restkit.inputs import Input
from customers.restkit.lists import Listing, Page, V1FilterSet
from customers.restkit.objects import WireObject
from customers.restkit.views import DialectViewSet, Wire, json_response

__all__ = ["V1ViewSet", "json_response"]


class V1ViewSet(DialectViewSet):
    """The views of one resource of `/v1/`; retrieve and list come from `rows`."""

    filterset_class: ClassVar[type[V1FilterSet]] = V1FilterSet
    inputs: ClassVar[Mapping[str, type[Input]]] = {}  # by action; the OpenAPI document shows them
    answers: ClassVar[Mapping[str, type[WireObject]]] = {}  # by action, where it is not `output`
    other_outputs: ClassVar[
        tuple[type[WireObject], ...]
    ] = ()  # kinds that it shows beside `output`
    is_described: ClassVar[bool] = True  # in the OpenAPI document

    expands: list[str]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "model" in cls.__dict__:
            cls._listing = Listing(
                cls.model, cls.rows, cls.columns(), cls.filterset_class, parent=cls.parent
            )
            if cls.resource_name():
                resource = Resource(cls.output, cls.load, cls.other_outputs)
                expansion.resources[cls.resource_name()] = resource

    _listing: ClassVar[Listing]

    # -- the dialect ---------------------------------------------------------------------------------------------------

    def refuse(self, error: DomainError) -> HttpResponse:
        return v1_errors.response(error)

    def refuse_verb(self, message: str) -> HttpResponse:
        return v1_errors.plain(405, message)

    def read_params(self, request: HttpRequest) -> dict[str, Any]:
        read = super().read_params(request)
        self.expands = expansion.paths_of(read.pop("expand", None)) if "expand" in read else []
        return read

    def stamped(self, response: HttpResponse) -> HttpResponse:
        response["Stripe-Version"] = settings.API_VERSION
        return response

    def further_asked(self) -> Sequence[Any]:
        return [sorted(self.expands)]

    # -- what a subclass may say differently ---------------------------------------------------------------------------

    @classmethod
    def resource_name(cls) -> str:
        """Return the name by which `expand` knows the resource; empty for one that nothing refers to."""
        return cls.output._declared_fields["object"].value  # type: ignore[attr-defined,no-any-return]

    # -- actions -------------------------------------------------------------------------------------------------------

    def retrieve(self, request: HttpRequest, pk: str, **parents: str) -> HttpResponse:
        self.refuse_params()
        return self.answer(self.fetch_any(pk, **parents))

    def list(self, request: HttpRequest, **parents: str) -> HttpResponse:
        page = Page.from_params(self.params, self.filterset_class)
        paths = expansion.check(self.output, self.expands, in_list=True)
        parent_id = self.checked_parent(**parents)
        page.starting_after = self._known_key(page.starting_after)
        page.ending_before = self._known_key(page.ending_before)
        rows, has_more = self._listing.fetch(page, tenancy.current(), parent_id=parent_id)
        if not rows and page.filters:
            self.follow(self.filterset_class.ids_of(page.filters))
        data = [self.spell(row) for row in rows]
        self.complete(data)
        expansion.expand(data, self.output, paths)
        return json_response(
            {"object": "list", "data": data, "has_more": has_more, "url": request.path}
        )

    # -- for actions ---------------------------------------------------------------------------------------------------

    def read(self, of: type[Input]) -> dict[str, Any]:
        """Return the request's parameters as an action's input.

        Raises:
            InvalidRequest: they do not fit.
        """
        values = of.from_params(self.params)
        expansion.check(self._output(), self.expands)
        self.has_read = True
        return values

    def refuse_params(self) -> None:
        """Refuse every parameter, for an action that takes none.

        Raises:
            InvalidRequest: there is one.
        """
        Input.from_params(self.params)
        expansion.check(self._output(), self.expands)

    def _known_key(self, cursor: str) -> str:
        """Return the key of the row that a cursor names, where its id may have been chosen."""
        if not cursor or not self.has_chosen_ids:
            return cursor
        keys = self.chosen_keys([cursor])
        is_chosen = self.model._default_manager.filter(pk__in=keys).exists()
        return keys[0] if is_chosen else cursor

    def checked_parent(self, **parents: str) -> str:
        """Return the parent's id, having made sure that it is there; overridden where there is one."""
        return ""

    def write(self, thing: models.Model) -> HttpResponse:
        """Answer with an object that a service returned."""
        output = self._output()
        wire = output.plan().spell_instance(thing)
        if output is self.output:
            self.complete([wire])
        return self.answer(wire)

    def answer(self, wire: Wire) -> HttpResponse:
        """Answer with an object, expanded as the request asks."""
        output = self._output()
        if self.expands and not wire.get("deleted"):
            statements.insert_gathered()  # expanding reads what the action wrote
            expansion.expand([wire], output, expansion.check(output, self.expands))
        return json_response(wire)

    def _output(self) -> type[WireObject]:
        return self.answers.get(self.action, self.output)

    @classmethod
    def load(cls, ids: Iterable[str]) -> dict[str, Wire]:
        """Return wire forms by id, for `expand`."""
        wanted = list(ids)
        wanted += cls.chosen_keys(wanted)
        if not wanted:
            return {}
        queryset = cls.all_rows().filter(pk__in=wanted).values_list(*cls.columns())
        wires = [cls.spell(row) for row in queryset]
        cls.complete(wires)
        return {wire["id"]: wire for wire in wires}
