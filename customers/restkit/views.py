"""What the views of every dialect share: one request, from its key to its answer.

A request is authenticated, scoped to its key's site and mode, read, answered by one service call, and spelled; errors
of the domain are spelled too, everything else is a bug and a 500. What differs between dialects, a dialect says in its
base class: how parameters are read, how errors look.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar

import orjson
from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from rest_framework import viewsets

from customers.kit import clock, ids, replicas, sealing, tenancy
from customers.kit.errors import (
    DomainError,
    InvalidRequest,
    NotFound,
    TryAgain,
)
from customers.kit.provenance import Provenance, acting
from customers.kit.statements import Statement
from customers.kit.tenancy import scoped_to
from customers.models import ApiKey, Site
from customers.restkit import (
    authentication,
    card_numbers,
    id_inputs,
    idempotency,
    omise_ids,
    outages,
    params,
)
from customers.restkit.inputs import Input
from customers.restkit.objects import WireObject
from customers.services import api_keys
from customers.services.idempotency import Claim

JSON = "application/json"
Wire = dict[str, Any]
_SITE, _ID = "\ue000site", "\ue000id"
_MOST_NAMES = 200  # that are looked for among the parameters of a request that failed


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: for which site and mode, and by what name its acts are written down."""

    site: Site
    livemode: bool
    name: str
    is_publishable: bool = False
    door: str = "api"


class DialectViewSet(viewsets.ViewSetMixin, viewsets.views.APIView):  # type: ignore[misc,name-defined]  # stubs hide the module's import
    """The views of one resource in one dialect.

    A subclass names its `resource` (as restricted keys do), its `model` and `output`, and writes its actions. DRF
    routes to the actions and describes them; dispatching is ours, since DRF's costs as much as the rest of a request.
    """

    resource: ClassVar[str] = ""
    also_shown: ClassVar[
        tuple[str, ...]
    ] = ()  # resources that the key must be allowed to read, too
    model: ClassVar[type[models.Model]]
    output: ClassVar[type[WireObject]]
    extra_columns: ClassVar[tuple[str, ...]] = ()  # loaded behind the output's, for `spell`
    parent: ClassVar[str] = ""  # the column of the parent
    parent_name: ClassVar[str] = "customer"  # what the URL calls the parent's id
    only_inserting: ClassVar[frozenset[str]] = (
        frozenset()
    )  # actions that lock nothing; see `restkit.idempotency`
    phased: ClassVar[frozenset[str]] = frozenset()  # actions that call a gateway; see there too
    public: ClassVar[frozenset[str]] = frozenset()  # actions that publishable keys may ask for
    of_replicas: ClassVar[frozenset[str]] = frozenset({"list", "search", "export"})
    has_chosen_ids: ClassVar[bool] = False  # whether merchants may choose the objects' ids

    params: dict[str, Any]
    at: datetime
    is_publishable: bool = False  # whether the key is one that everybody can read in a page
    has_read: bool = (
        False  # whether the parameters were found to fit, so that what follows is execution
    )
    names: Mapping[str, str] = {}  # the ids by the other names of objects that the request used
    request_key: str = (
        ""  # in a phased action: what it makes carries this, so that it is found again
    )

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "model" in cls.__dict__:
            cls._by_id = {
                livemode: cls._by_id_statement(livemode=livemode) for livemode in (False, True)
            }

    _by_id: ClassVar[dict[bool, Statement]]

    # -- what a dialect says -------------------------------------------------------------------------------------------

    @abstractmethod
    def refuse(self, error: DomainError) -> HttpResponse:
        """Return the answer that tells of an error."""

    @abstractmethod
    def refuse_verb(self, message: str) -> HttpResponse:
        """Return the answer to a verb that the URL does not know, status 405."""

    def read_params(self, request: HttpRequest) -> dict[str, Any]:
        """Return the request's parameters.

        Raises:
            InvalidRequest: they cannot be read.
        """
        return params.of_request(request)

    def stamped(self, response: HttpResponse) -> HttpResponse:
        """Return an answer with the headers that every answer of the dialect has."""
        return response

    def further_asked(self) -> Sequence[Any]:
        """Return what, beside the parameters, makes two requests with one idempotency key different ones."""
        return ()

    # -- what a subclass may say differently ---------------------------------------------------------------------------

    @classmethod
    def rows(cls) -> models.QuerySet[Any]:
        """Return the rows that are listed, in the chosen scope."""
        return cls.model._default_manager.all()

    @classmethod
    def all_rows(cls) -> models.QuerySet[Any]:
        """Return the rows that can be retrieved, in the chosen scope."""
        return cls.rows()

    @classmethod
    def columns(cls) -> Sequence[str]:
        """Return the ORM paths that `spell` gets the values of."""
        return [*cls.output.plan().columns, *cls.extra_columns]

    @classmethod
    def spell(cls, row: Sequence[Any]) -> Wire:
        """Return a loaded row's wire form."""
        return cls.output.plan().spell(row)

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        """Fill in what an answer's objects show of other tables, for all of them together."""

    def key_of(self, request: HttpRequest) -> ApiKey:
        """Return the key of a request, having counted it against its allowance.

        Raises:
            Unauthenticated: there is no key, or none that is known.
            RateLimited: the key has used up its allowance.
            NotFound: the request names another account than the key's.
        """
        return authentication.key_of(request, at=self.at)

    def admitted(self, request: HttpRequest, *, writes: bool, ip: str) -> Caller:
        """Return who asks, if they may.

        Raises:
            Unauthenticated: there is no key, or none that is known.
            Forbidden: the key may not do this.
            RateLimited: the key has used up its allowance.
            NotFound: the request names another account than the key's.
        """
        key = self.key_of(request)
        is_public = self.action in self.public
        api_keys.authorize(
            key, resource=self.asked_resource(), writes=writes, ip=ip, is_public=is_public
        )
        for resource in self.also_shown:
            api_keys.authorize(key, resource=resource, writes=False, ip=ip)
        return Caller(key.site, key.livemode, str(key), key.kind == ApiKey.Kind.PUBLISHABLE)

    def asked_resource(self) -> str:
        """Return the resource that the key must be allowed, where not every request asks for the same."""
        return self.resource

    def is_phased(self) -> bool:
        """Tell whether the request is several transactions, since it calls a gateway between them."""
        return self.action in self.phased

    def is_only_inserting(self) -> bool:
        """Tell whether the request waits for no lock."""
        return self.action in self.only_inserting

    def prepare(self, body: Mapping[str, Any]) -> None:
        """Do what must be done before the transaction of a writing action begins, such as asking the network."""

    def searched_for_card_numbers(self) -> Mapping[str, Any]:
        """Return the parameters in which no card number may be; a view that takes one leaves its place out."""
        return self.params

    # -- for actions ---------------------------------------------------------------------------------------------------

    def read(self, of: type[Input]) -> dict[str, Any]:
        """Return the request's parameters as an action's input.

        Raises:
            InvalidRequest: they do not fit.
        """
        values = of.from_params(self.params)
        self.has_read = True
        return values

    def refuse_params(self) -> None:
        """Refuse every parameter, for an action that takes none.

        Raises:
            InvalidRequest: there is one.
        """
        Input.from_params(self.params)

    def fetch(self, pk: str, **parents: str) -> Wire:
        """Return the wire form of one object.

        Raises:
            NotFound: the site has none with this id.
        """
        scope = tenancy.current()
        rows = self._by_id[scope.livemode].rows(**{_SITE: scope.site_id, _ID: pk, **parents})
        if not rows:
            raise self.missing(pk)
        wire = self.spell(rows[0])
        self.complete([wire])
        return wire

    def fetch_any(self, pk: str, **parents: str) -> Wire:
        """Return the wire form of one object, by its id in any spelling (rule C23).

        Raises:
            NotFound: the site has none with this id.
        """
        for candidate in [*omise_ids.candidates(pk), *self.chosen_keys([pk])]:
            try:
                return self.fetch(candidate, **parents)
            except NotFound:
                continue
        raise self.missing(pk)

    @classmethod
    def chosen_keys(cls, wanted: Sequence[str]) -> list[str]:
        """Return the keys that rows with these ids have where merchants chose them; none where they cannot."""
        if not cls.has_chosen_ids:
            return []
        scope = tenancy.current()
        return [ids.chosen(pk, site_id=scope.site_id, livemode=scope.livemode) for pk in wanted]

    def warned(self, response: HttpResponse, warnings: Sequence[str]) -> HttpResponse:
        """Return an answer with what the caller should know about what was done all the same."""
        if warnings:
            response["Keeptab-Warning"] = ", ".join(warnings)
        return response

    def missing(self, pk: str) -> NotFound:
        """Return the error for an object that is not there."""
        return NotFound(f"No such {self.model._meta.verbose_name}: '{pk}'", param="id")

    @classmethod
    def _by_id_statement(cls, *, livemode: bool) -> Statement:
        parents = {cls.parent_name: f"\ue000{cls.parent_name}"} if cls.parent else {}

        def build(_slots: Mapping[str, Any]) -> models.QuerySet[Any]:
            with scoped_to(Site(pk=_SITE), livemode=livemode):
                narrowed = {cls.parent: parents[cls.parent_name]} if parents else {}
                return cls.all_rows().filter(pk=_ID, **narrowed).values_list(*cls.columns())

        return Statement(build, **{_SITE: _SITE, _ID: _ID, **parents})

    # -- one request ---------------------------------------------------------------------------------------------------

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer a request, whatever happens, in this dialect."""
        self.request, self.args, self.kwargs = request, args, kwargs
        self.at = clock.now()
        self.has_read = False
        verb = str(request.method)
        self.action = self.action_map.get(verb.lower(), "") if verb in _VERBS else ""
        try:
            if not self.action:
                return self._method_not_allowed(request)
            response = self._authenticated(request, getattr(self, self.action))
        except DomainError as error:
            response = self.refuse(error)
        except outages.ERRORS as error:
            if not outages.is_outage(error):
                raise
            response = self.refuse(outages.refusal(error))
        return self.stamped(response)

    def _authenticated(
        self, request: HttpRequest, handler: Callable[..., HttpResponse]
    ) -> HttpResponse:
        ip = request.META.get("REMOTE_ADDR", "")
        writes = request.method not in {"GET", "HEAD"}
        caller = self.admitted(request, writes=writes, ip=ip)
        self.is_publishable = caller.is_publishable
        idempotency_key = (
            request.META.get("HTTP_IDEMPOTENCY_KEY", "") if request.method in _WITH_KEYS else ""
        )
        origin = Provenance(caller.door, caller.name, request.request_id, idempotency_key, ip)  # type: ignore[attr-defined]  # set by the RequestId middleware
        with scoped_to(caller.site, livemode=caller.livemode), acting(origin):
            self.params = self.read_params(request)
            if not writes:
                return idempotency.repeated(lambda: self._read(handler))
            self._guard_card_numbers(caller.site, idempotency_key)
            self.prepare(self.params)
            claim = self._claim(request, idempotency_key) if idempotency_key else None
            if self.is_phased():
                return idempotency.answered_in_phases(
                    lambda request_key: self._phases(handler, request_key),
                    claim,
                    is_saved=lambda: self.has_read,
                    refuse=self.refuse,
                )
            return idempotency.answered(
                lambda: self._handled(handler),
                claim,
                is_only_inserting=self.is_only_inserting(),
                is_saved=lambda: self.has_read,
                refuse=self.refuse,
            )

    def _read(self, handler: Callable[..., HttpResponse]) -> HttpResponse:
        """Run an action that only reads: of a replica where it reads many rows, and one has caught up."""
        if self.action in self.of_replicas:
            return replicas.read(lambda: self._handled(handler))
        return self._handled(handler)

    def _phases(self, handler: Callable[..., HttpResponse], request_key: str) -> HttpResponse:
        self.request_key = request_key
        return self._handled(handler)

    def _handled(self, handler: Callable[..., HttpResponse]) -> HttpResponse:
        """Run an action; where something is not found that was asked for by another name, it runs again by the id."""
        if self.names:
            with id_inputs.following(self.names):
                return handler(self.request, **self.kwargs)
        try:
            return handler(self.request, **self.kwargs)
        except NotFound:
            self.follow([*_texts(self.kwargs), *_texts(self.params)])
            raise

    def follow(self, texts: Iterable[str]) -> None:
        """Run the action again if there are other names of objects among texts of the request.

        Raises:
            TryAgain: there are, and from now on they are read as the objects' ids.
        """
        if self.names or connection.needs_rollback:  # what was there a moment ago has no other name
            return
        names = id_inputs.targets(texts)
        if names:
            self.names = names
            self.kwargs = {name: names.get(value, value) for name, value in self.kwargs.items()}
            raise TryAgain

    def _claim(self, request: HttpRequest, key: str) -> Claim:
        if len(key) > 255 or not key.isprintable():  # noqa: PLR2004 -- Stripe's limit
            raise InvalidRequest(
                "Idempotency keys have 255 characters at most, all of them printable.",
                param="Idempotency-Key",
            )
        asked = ["POST", request.path, self.params, *self.further_asked()]
        if self.is_publishable:  # it never gets what a secret key was answered
            asked.append("publishable")
        said = orjson.dumps(asked, option=orjson.OPT_SORT_KEYS).decode()
        digest = sealing.digest("idempotent request", said)
        return Claim(tenancy.current(), key, digest, request.request_id, self.at)  # type: ignore[attr-defined]  # set by the RequestId middleware

    def _guard_card_numbers(self, site: Site, idempotency_key: str) -> None:
        if not site.refuses_card_numbers:
            return
        in_url = params.of_query(
            self.request
        )  # where no view takes one: others write addresses down
        looked_at = {**self.searched_for_card_numbers(), "Idempotency-Key": idempotency_key}
        if in_url:
            card_numbers.check(in_url)
        card_numbers.check(looked_at)

    def _method_not_allowed(self, request: HttpRequest) -> HttpResponse:
        allowed = [verb for verb in _VERBS if verb != "HEAD" and verb.lower() in self.action_map]
        response = self.refuse_verb(
            f"Unrecognized request URL ({request.method}: {request.path}): use {' or '.join(allowed)}."
        )
        response["Allow"] = ", ".join(allowed)
        return response


_VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_WITH_KEYS = {"POST", "PUT", "PATCH"}


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a value that may be names, a limited number of them."""
    yield from islice(_every_text(value), _MOST_NAMES)


def _every_text(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _every_text(inner)


def json_response(wire: Any) -> HttpResponse:
    """Return the answer that holds a wire form."""
    return HttpResponse(orjson.dumps(wire), content_type=JSON)
