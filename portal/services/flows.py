"""Deep links: a customer who was sent here for one thing sees its pages alone, and is led on when it is done.

`PortalSession.flow` says what it is for, spelled as on the wire. A flow that is done keeps its session on the page that
says so, unless the customer is to see the whole portal then.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from payments.billing.models import Invoice
from portal.models import PortalSession

Flow = Mapping[str, Any]
DONE = "done"
PAY = "pay_invoice"
HOME, CONFIRMATION, REDIRECT = "portal_homepage", "hosted_confirmation", "redirect"

_STARTS = {
    "payment_method_update": ("methods", ""),
    "customer_update": ("details", ""),
    "subscription_cancel": ("subscriptions-cancel", "subscription"),
    "subscription_pause": ("subscriptions-pause", "subscription"),
    "subscription_update": ("subscriptions-change", "subscription"),
    "subscription_update_confirm": ("subscriptions-confirm", "subscription"),
    "pay_invoice": ("invoices-one", "invoice"),
}
"""By type: the page on which it begins, and what of its own member the address names."""
RETENTION = "retention"
_INSTEAD = {"subscription_cancel": ("subscription_pause", RETENTION)}
"""By type: what else ends a flow, since the customer has thought better of it."""

_PAGES = {
    "payment_method_update": ("methods",),
    "customer_update": ("details", "addresses"),
    "subscription_cancel": (
        "subscriptions-cancel", "subscriptions-offer", "subscriptions-keep", "subscriptions-pause",
    ),
    "subscription_pause": ("subscriptions-pause", "subscriptions-resume"),
    "subscription_update": ("subscriptions-change", "subscriptions-preview"),
    "subscription_update_confirm": ("subscriptions-confirm",),
    "pay_invoice": ("invoices-one", "invoices-paid"),
}  # fmt: skip
"""By type: the names of its pages, or how they begin."""
TYPES = frozenset(_STARTS)
_OF_THE_FRAME = ("language", "sign-out", "signout", "verify", "leave")
DONE_PAGE = "flow-done"


class Visiting(Protocol):
    """What a visit to the portal knows of its session."""

    @property
    def session(self) -> PortalSession:
        """The session."""

    @property
    def flow(self) -> Flow:
        """What it is for."""

    def address(self, name: str, *args: str) -> str:
        """Return the path of a page of this portal."""


def completed(visit: Visiting, kind: str) -> str | None:
    """Note that what a customer was sent here for is done, and return where to go; None where they came freely.

    Args:
        kind: what was done, as the type of a flow.
    """
    flow = visit.flow
    wanted = flow.get("type", "")
    if wanted != kind and kind not in _INSTEAD.get(wanted, ()):
        return None
    if after(flow)["type"] == HOME:
        _keep(visit.session, {})
        return visit.address("home")
    _keep(visit.session, {**flow, DONE: kind})
    return visit.address(DONE_PAGE)


def after(flow: Flow) -> Flow:
    """Return what comes when a flow is done."""
    found: Flow = flow.get("after_completion") or {"type": HOME}
    return found


def detour(visit: Visiting, name: str, kwargs: Mapping[str, str]) -> str | None:
    """Return where a visitor has to be instead of a page; None where they may see it.

    An invoice is paid at the bank and by payments that take days, too, so its flow ends when it is found paid.

    Args:
        name: of the page's address.
        kwargs: what its address names beside the site.
    """
    flow = visit.flow
    if not flow.get("type") or name.startswith(_OF_THE_FRAME):
        return None
    if flow.get(DONE):
        return None if name == DONE_PAGE else visit.address(DONE_PAGE)
    if flow["type"] == PAY and _is_paid(flow):
        return completed(visit, PAY)
    begins, *args = start(flow)
    is_about_it = list(kwargs.values())[: len(args)] == args
    is_seen = is_page(flow["type"], name) and is_about_it
    return None if is_seen else visit.address(begins, *args)


def is_page(kind: str, name: str) -> bool:
    """Tell whether a page belongs to a type of flow, by the name of its address."""
    return name.startswith(_PAGES[kind])


def start(flow: Flow) -> tuple[str, ...]:
    """Return the page on which a flow begins: its name, and what its address names."""
    page, member = _STARTS[flow["type"]]
    return (page, flow[flow["type"]][member]) if member else (page,)


def is_of(flow: Flow, kind: str) -> bool:
    """Tell whether a customer was sent here for this."""
    return flow.get("type") == kind


def own_words(flow: Flow) -> str:
    """Return what the merchant says where a customer has done what they were sent for; empty where that is nothing."""
    confirmation = after(flow).get("hosted_confirmation") or {}
    is_wanted = flow[DONE] == flow["type"]
    return str(confirmation.get("custom_message") or "") if is_wanted else ""


def return_url(flow: Flow) -> str:
    """Return where the customer goes when a flow is done; empty where that is nowhere."""
    redirect = after(flow).get("redirect") or {}
    return str(redirect.get("return_url") or "")


def _is_paid(flow: Flow) -> bool:
    """Tell whether an invoice was paid, wherever that was done."""
    rows = Invoice.objects.filter(pk=flow[PAY]["invoice"], status=Invoice.Status.PAID)
    return rows.exists()


def _keep(session: PortalSession, flow: Flow) -> None:
    session.flow = dict(flow)
    session.save(update_fields=["flow"])
