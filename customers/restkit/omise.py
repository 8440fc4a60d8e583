"""The Omise dialect: what every resource's views share.

It is mounted at `/omise/` and, since the official Node client takes no path, at the root (facts F1 and F2).

Source: https://docs.omise.co/api-introduction
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest, HttpResponse

from customers.kit import tenancy
from customers.kit.errors import DomainError
from customers.restkit import omise_errors, omise_ids
from customers.restkit.omise_lists import OffsetListing, OffsetPage
from customers.restkit.omise_objects import envelope
from customers.restkit.views import DialectViewSet, Wire, json_response

PREFIX = "/omise"
_LOOSE = frozenset({"metadata"})  # parameters in which null means null


class OmiseViewSet(DialectViewSet):
    """The views of one resource of the Omise dialect; retrieve and list come from `rows`.

    An action that Omise has an error code of its own for names it in `refused_as`; `""` stands for all others.
    """

    path: ClassVar[str] = ""  # of the list, with `{}` for the parent's id
    refused_as: ClassVar[Mapping[str, str]] = {}

    livemode: bool = False  # the key's; known once it was recognised

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "model" in cls.__dict__:
            cls._listing = OffsetListing(cls.model, cls.rows, cls.columns(), parent=cls.parent)

    _listing: ClassVar[OffsetListing]

    # -- the dialect ---------------------------------------------------------------------------------------------------

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer a request, whatever happens, in this dialect."""
        is_below = request.path.startswith(f"{PREFIX}/")
        with omise_ids.mounted_at(PREFIX if is_below else ""):
            return super().dispatch(request, *args, **kwargs)

    def refuse(self, error: DomainError) -> HttpResponse:
        refused_as = self.refused_as.get(self.action, self.refused_as.get("", ""))
        return omise_errors.response(error, refused_as=refused_as, livemode=self.livemode)

    def refuse_verb(self, message: str) -> HttpResponse:
        return omise_errors.plain(405, "bad_request", message)

    def read_params(self, request: HttpRequest) -> dict[str, Any]:
        """Return the parameters; one that is null is absent (fact F3)."""
        self.livemode = tenancy.current().livemode
        return without_nulls(super().read_params(request))

    # -- actions -------------------------------------------------------------------------------------------------------

    def retrieve(self, request: HttpRequest, pk: str, **parents: str) -> HttpResponse:
        self.refuse_params()
        return json_response(self.fetch_any(pk, **parents))

    def list(self, request: HttpRequest, **parents: str) -> HttpResponse:
        page = OffsetPage.from_params(self.params)
        parent_id = self.checked_parent(**parents)
        rows, total = self._listing.fetch(page, tenancy.current(), parent_id=parent_id)
        return self.listed(
            [self.spell(row) for row in rows], page, total=total, parent_id=parent_id
        )

    # -- for actions ---------------------------------------------------------------------------------------------------

    def checked_parent(self, **parents: str) -> str:
        """Return the parent's id, having made sure that it is there; overridden where there is one."""
        return ""

    def listed(
        self, data: Sequence[Wire], page: OffsetPage, *, total: int, parent_id: str = ""
    ) -> HttpResponse:
        """Answer with a page of a list, completed."""
        wires = [*data]
        self.complete(wires)
        spelled_parent = (
            omise_ids.spelled(parent_id, tenancy.current().livemode) if parent_id else ""
        )
        return json_response(
            envelope(
                wires,
                location=self.path.format(spelled_parent),
                total=total,
                at=self.at,
                limit=page.limit,
                offset=page.offset,
                order=page.order,
                since=page.since,
                until=page.until,
            )
        )

    def write(self, thing: models.Model) -> HttpResponse:
        """Answer with an object that a service returned."""
        wire = self.output.plan().spell_instance(thing)
        self.complete([wire])
        return json_response(wire)


def without_nulls(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters without those that are null, also inside hashes; metadata keeps its nulls."""
    kept: dict[str, Any] = {}
    for name, inner in value.items():
        if inner is None:
            continue
        is_hash = isinstance(inner, Mapping) and name not in _LOOSE
        kept[name] = without_nulls(inner) if is_hash else inner
    return kept


def deleted(kind: str, pk: str, *, livemode: bool) -> Wire:
    """Return what Omise answers to a deletion (rule O19)."""
    return {
        "object": kind,
        "id": omise_ids.spelled(pk, livemode),
        "livemode": livemode,
        "deleted": True,
    }
