"""Every query is one site's, in test or in live mode; without a choice it fails.

A door opens `scoped_to(site, livemode=…)` once. Forward keys, `save()` and `refresh_from_db()` use Django's base
manager and need no scope; whatever *searches* goes through `TenantManager`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models

if TYPE_CHECKING:
    from customers.models import Site

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class NoSiteChosen(RuntimeError):
    """A query ran outside `scoped_to` and `every_site`: a bug, never an answer."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows are seen: a site's, in one mode."""

    site: "Site"
    livemode: bool

    @property
    def site_id(self) -> str:
        return str(self.site.pk)


_EVERY_SITE = object()
_chosen: ContextVar[Any] = ContextVar("chosen_site", default=None)


@contextmanager
def scoped_to(site: "Site", *, livemode: bool) -> Iterator[Scope]:
    """Limit every query inside to one site's rows of one mode."""
    scope = Scope(site, livemode)
    token = _chosen.set(scope)
    try:
        yield scope
    finally:
        _chosen.reset(token)


@contextmanager
def every_site() -> Iterator[None]:
    """Let queries inside see all sites: for claiming due work and for migrations of data, nothing else."""
    token = _chosen.set(_EVERY_SITE)
    try:
        yield
    finally:
        _chosen.reset(token)


def current() -> Scope:
    """Return the chosen scope.

    Raises:
        NoSiteChosen: there is none, or it is every site.
    """
    scope = _chosen.get()
    if not isinstance(scope, Scope):
        message = "No site was chosen: open scoped_to(site, livemode=…) at the door."
        raise NoSiteChosen(message)
    return scope


def seen() -> tuple[str, bool] | None:
    """Return by site and mode whose rows queries see; None where it is every site's.

    Raises:
        NoSiteChosen: nothing was chosen.
    """
    if _chosen.get() is _EVERY_SITE:
        return None
    scope = current()
    return scope.site_id, scope.livemode


class TenantManager(models.Manager[M_co]):
    """A manager that sees the chosen site's rows, and none when nothing was chosen."""

    def get_queryset(self) -> models.QuerySet[M_co]:
        queryset = super().get_queryset()
        if _chosen.get() is _EVERY_SITE:
            return queryset
        scope = current()
        return queryset.filter(site_id=scope.site.pk, livemode=scope.livemode)
