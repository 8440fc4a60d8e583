"""What an operator looks at: one site, in test or in live mode, kept in the session and checked at every request."""

from dataclasses import dataclass
from typing import cast

from django.http import Http404, HttpRequest

from customers.models import Membership, Operator, Role, Site
from customers.services import powers
from customers.services.powers import Power

MAX_SITES = (
    200  # how many the switch lists; more than that is a hosting company, which will want a search
)
_KEPT = "dashboard_choice"  # attribute of the request
_SITE, _LIVEMODE = "site", "livemode"  # keys of the session


@dataclass(frozen=True, slots=True)
class Choice:
    """An operator's view of the installation.

    Args:
        site: the chosen one; None where a superuser's installation has no site yet.
        role: the operator's at that site, or empty.
        sites: those the operator may choose from.
    """

    operator: Operator
    site: Site | None
    livemode: bool
    role: str
    sites: tuple[Site, ...]

    @property
    def key(self) -> str:
        """What forms carry, so that one that was opened for another site or mode is not sent to this one."""
        return f"{self.site.pk if self.site else ''} {'live' if self.livemode else 'test'}"

    @property
    def powers(self) -> frozenset[Power]:
        """What the operator may do at the chosen site, in the chosen mode."""
        return powers.of(self.role, livemode=self.livemode)

    def may(self, power: Power) -> bool:
        """Tell whether the operator has a power at the chosen site, in the chosen mode."""
        if power not in self.powers:
            return False
        powers.grant(power)
        return True


def of(request: HttpRequest) -> Choice | None:
    """Return what the request's operator has chosen; None for whoever may not use the dashboard.

    What the session names counts only while the operator is a member there; else the first of the operator's sites is
    chosen, in test mode.
    """
    if not hasattr(request, _KEPT):
        setattr(request, _KEPT, _read(request))  # for many ask
    return cast(Choice | None, getattr(request, _KEPT))


def choose(request: HttpRequest, site_id: str, *, livemode: bool) -> None:
    """Choose a site and mode for the session.

    Raises:
        Http404: the operator is no member of such a site.
    """
    choice = of(request)
    if choice is None or site_id not in {site.pk for site in choice.sites}:
        raise Http404
    request.session[_SITE] = site_id
    request.session[_LIVEMODE] = livemode
    delattr(request, _KEPT)


def _read(request: HttpRequest) -> Choice | None:
    operator = request.user
    if not isinstance(operator, Operator) or not operator.is_active:
        return None
    roles = _roles(operator, wanted=request.session.get(_SITE, ""))
    if not roles:
        return Choice(operator, None, False, "", ()) if operator.is_superuser else None  # noqa: FBT003 -- test mode
    by_id = {site.pk: site for site, _role in roles}
    site = by_id.get(request.session.get(_SITE, ""))
    livemode = site is not None and request.session.get(_LIVEMODE) is True
    site = site or roles[0][0]
    role = next(role for its, role in roles if its.pk == site.pk)
    return Choice(operator, site, livemode, role, tuple(by_id.values()))


def _roles(operator: Operator, *, wanted: str) -> list[tuple[Site, str]]:
    """Return the sites an operator may choose, each with the role there; for a superuser also one beyond the first."""
    if not operator.is_superuser:
        return [(row.site, row.role) for row in Membership.of(operator)[:MAX_SITES]]
    sites = list(Site.objects.order_by("name", "id")[:MAX_SITES])
    if wanted and wanted not in {site.pk for site in sites}:
        sites += Site.objects.filter(pk=wanted)
    return [(site, Role.OWNER) for site in sites]
