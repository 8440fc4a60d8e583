"""The RevKeen dialect: what every resource's views share.

It is mounted at `/revkeen/v2`, which its library takes as `baseUrl` (fact F6).

Source: https://docs.revkeen.com/api-reference/openapi
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import orjson
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.kit import tenancy
from customers.kit.errors import DomainError
from customers.models import ApiKey
from customers.restkit import authentication, revkeen_errors
from customers.restkit.lists import Listing, Page, V1FilterSet
from customers.restkit.revkeen_lists import DEFAULT_LIMIT, NoFilters
from customers.restkit.views import JSON, DialectViewSet, Wire

PREFIX = "/revkeen/v2"


class RevkeenViewSet(DialectViewSet):
    """The views of one resource of the RevKeen dialect; retrieve comes from `rows`."""

    error_members: ClassVar[Sequence[str]] = revkeen_errors.PLAIN
    filterset_class: ClassVar[type[V1FilterSet]] = NoFilters

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "model" in cls.__dict__:
            cls._listing = Listing(
                cls.model, cls.rows, cls.columns(), cls.filterset_class, parent=cls.parent
            )

    _listing: ClassVar[Listing]

    # -- the dialect ---------------------------------------------------------------------------------------------------

    def refuse(self, error: DomainError) -> HttpResponse:
        return revkeen_errors.response(error, self.error_members)

    def refuse_verb(self, message: str) -> HttpResponse:
        return revkeen_errors.plain(405, "method_not_allowed", message)

    def key_of(self, request: HttpRequest) -> ApiKey:
        return authentication.key_called(credentials(request), at=self.at)

    # -- actions -------------------------------------------------------------------------------------------------------

    def retrieve(self, request: HttpRequest, pk: str, **parents: str) -> HttpResponse:
        self.refuse_params()
        return self.answer(self.fetch_any(pk, **parents))

    # -- for actions ---------------------------------------------------------------------------------------------------

    def walked(self, parent_id: str = "") -> HttpResponse:
        """Answer with a page of a list that is walked by cursor.

        Raises:
            InvalidRequest: a parameter is unknown, or has a value that it cannot have.
            NotFound: the cursor names nothing in the list.
        """
        page = Page.from_params(self.params, self.filterset_class)
        if "limit" not in self.params:
            page.limit = DEFAULT_LIMIT
        rows, has_more = self._listing.fetch(page, tenancy.current(), parent_id=parent_id)
        if not rows and page.filters:
            self.follow(self.filterset_class.ids_of(page.filters))
        data = [self.spell(row) for row in rows]
        self.complete(data)
        return envelope(data, has_more=has_more, url=self.request.path)

    def shown(self, rows: QuerySet[Any]) -> list[Wire]:
        """Return the wire forms of rows, in their order."""
        data = [self.spell(row) for row in rows.values_list(*self.columns())]
        self.complete(data)
        return data

    def write(self, thing: models.Model, *, status: int = 200) -> HttpResponse:
        """Answer with an object that a service returned."""
        wire = self.output.plan().spell_instance(thing)
        self.complete([wire])
        return self.answer(wire, status=status)

    def answer(self, wire: Wire, *, status: int = 200) -> HttpResponse:
        """Answer with an object, in the envelope of most resources."""
        return json_response({"data": wire}, status=status)


def envelope(data: Sequence[Wire], *, has_more: bool, url: str) -> HttpResponse:
    """Answer with a page of a list that is walked by cursor."""
    return json_response({"object": "list", "data": data, "has_more": has_more, "url": url})


def json_response(wire: Any, *, status: int = 200) -> HttpResponse:
    """Return the answer that holds a wire form."""
    return HttpResponse(orjson.dumps(wire), status=status, content_type=JSON)


def credentials(request: HttpRequest) -> str:
    """Return the key that a request carries: in `x-api-key`, as the libraries send it, else by Bearer (rule C24)."""
    key: str = request.META.get("HTTP_X_API_KEY", "").strip()
    return key or authentication.credentials(request)
