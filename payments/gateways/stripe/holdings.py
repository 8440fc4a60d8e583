"""What an account at Stripe holds.

Source: https://docs.stripe.com/api/pagination
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import orjson
import stripe

from payments.gateways.base import Access, Refused, Unknown
from payments.gateways.holdings import HeldMethod, Holdings, Kind, Page
from payments.gateways.stripe import answers
from payments.gateways.stripe.client import client_of, is_missing, plain, translated

_PAGE = 100
_NOT_FOUND = 404
_LISTS: dict[Kind, tuple[str, dict[str, Any]]] = {
    Kind.CUSTOMER: ("customers", {"expand": ["data.tax_ids"]}),
    Kind.PRODUCT: ("products", {}),
    Kind.PRICE: ("prices", {"expand": ["data.tiers"]}),
    Kind.SUBSCRIPTION: ("subscriptions", {"status": "all"}),
    Kind.INVOICE: ("invoices", {}),
    Kind.CHARGE: ("charges", {"expand": ["data.refunds"]}),
}
_KINDS_OF_METHODS = ("card", "us_bank_account", "sepa_debit")


class StripeHoldings(Holdings):
    """An account at Stripe, or at what speaks its language; the newest objects come first."""

    kinds: ClassVar[tuple[Kind, ...]] = tuple(_LISTS)

    def __init__(self, access: Access, *, waits: Sequence[int]) -> None:
        super().__init__(access, waits=waits)
        self._v1: Any = client_of(access).v1

    def pages(self, kind: Kind, *, after: str) -> Iterator[Page]:
        name, wanted = _LISTS[kind]
        for objects in self._listed(getattr(self._v1, name).list, wanted, after=after):
            yield Page([self._whole(kind, thing) for thing in objects], str(objects[-1]["id"]))

    def methods_of(self, customer: str) -> list[HeldMethod]:
        owner = self._asked(lambda: self._v1.customers.retrieve(customer))
        if owner.get("deleted"):
            raise Refused(f"No such customer: '{customer}'", code="resource_missing")
        default = (owner.get("invoice_settings") or {}).get("default_payment_method")
        default = default or owner.get("default_source")
        return [
            _held(method, customer, is_default=method["id"] == default)
            for kind in _KINDS_OF_METHODS
            for method in self._of_kind(customer, kind)
        ]

    def _of_kind(self, customer: str, kind: str) -> Iterator[dict[str, Any]]:
        wanted = {"customer": customer, "type": kind}
        try:
            for objects in self._listed(self._v1.payment_methods.list, wanted):
                yield from objects
        except Refused:
            if kind == "card":
                raise  # the others are not offered to every account

    def _whole(self, kind: Kind, thing: dict[str, Any]) -> dict[str, Any]:
        """Return an object with all of the list inside of it, of which it brings the first ten."""
        if kind == Kind.SUBSCRIPTION:
            more = self._v1.subscription_items.list
            return self._with_all(thing, "items", more, {"subscription": thing["id"]})
        if kind == Kind.INVOICE:
            return self._with_all(thing, "lines", self._lines(thing["id"]), {})
        if kind == Kind.CHARGE:
            return self._with_all(thing, "refunds", self._v1.refunds.list, {"charge": thing["id"]})
        return thing

    def _lines(self, invoice: str) -> Callable[[Mapping[str, Any]], Any]:
        return lambda wanted: self._v1.invoices.line_items.list(invoice, wanted)

    def _with_all(
        self, thing: dict[str, Any], name: str, ask: Callable[..., Any], wanted: Mapping[str, Any]
    ) -> dict[str, Any]:
        inner = thing.get(name) or {}
        if not inner.get("has_more"):
            return thing
        found = [row for objects in self._listed(ask, wanted) for row in objects]
        return {**thing, name: {**inner, "data": found, "has_more": False}}

    def _listed(
        self, ask: Callable[..., Any], wanted: Mapping[str, Any], *, after: str = ""
    ) -> Iterator[list[dict[str, Any]]]:
        has_more = True
        while has_more:
            asked = {**wanted, "limit": _PAGE, **({"starting_after": after} if after else {})}
            try:
                page = self._asked(lambda asked=asked: ask(asked))  # type: ignore[misc]  # a default binds it early
            except Refused as refusal:
                # An account that never had such things; but a position that is gone is no end.
                if is_missing(refusal) and not after:
                    return
                raise
            objects = page["data"]
            if objects:
                yield objects
                after = str(objects[-1]["id"])
            has_more = bool(page.get("has_more") and objects)

    def _asked(self, ask: Callable[[], Any]) -> dict[str, Any]:
        def answered() -> dict[str, Any]:
            try:
                with translated():
                    said = plain(ask())
            except Unknown as unclear:
                if _is_no_place(unclear.__cause__):
                    raise Refused("There is no such list.", code="resource_missing") from unclear
                raise
            # As it came: the package has made decimals of some texts.
            read: dict[str, Any] = orjson.loads(orjson.dumps(said, default=str))
            return read

        return self.patiently(answered)


def _is_no_place(error: BaseException | None) -> bool:
    """Tell whether a server that speaks only a part of the language has nothing at this address."""
    return isinstance(error, stripe.APIError) and error.http_status == _NOT_FOUND


def _held(method: Mapping[str, Any], customer: str, *, is_default: bool) -> HeldMethod:
    shown = answers.columns(method)
    if method["type"] == "us_bank_account":
        shown["verification"] = "verified"  # Stripe attaches none before
    said = {
        "billing_details": method.get("billing_details") or {},
        "metadata": method.get("metadata") or {},
        "allow_redisplay": method.get("allow_redisplay") or "unspecified",
    }
    return HeldMethod(method["id"], customer, method["type"], is_default, {**shown, **said})
