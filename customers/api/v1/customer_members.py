"""The members of a customer that are shown only when expanded: each loaded for many customers at once."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from customers.api.v1.addresses import AddressObject
from customers.api.v1.tax_ids import TaxIdObject
from customers.kit.registry import Lookup
from customers.models import Address, Customer, TaxId
from customers.restkit.expansion import Wire
from customers.restkit.objects import (
    Computed,
    Constant,
    Embedded,
    Expandable,
    Plain,
    WireObject,
)
from customers.services import cash_balances as cash_ledger
from customers.services import tax_locations
from customers.services.tax_locations import TaxLocation

Reconciliation = Customer.Reconciliation
SHOWN = 10  # how many elements an embedded list has at most

_NO_INVOICE_SETTINGS = dict.fromkeys(
    ("custom_fields", "default_payment_method", "footer", "rendering_options")
)


def _invoice_settings(stored: Any, method: str | None) -> Wire:
    """Return the invoice settings from their two columns."""
    settings = orjson.loads(stored) if isinstance(stored, str) else stored
    default = method if method and method.startswith("pm_") else None
    if not settings:
        return {**_NO_INVOICE_SETTINGS, "default_payment_method": default}
    rendering = settings.get("rendering_options")
    return {
        "custom_fields": settings.get("custom_fields"),
        "default_payment_method": default,
        "footer": settings.get("footer") or None,
        "rendering_options": rendering
        and {"amount_tax_display": rendering.get("amount_tax_display"), "template": None},
    }


class DefaultSource(Expandable):
    """The default payment method, where it came in as a source; null where it did not."""

    def __init__(self) -> None:
        super().__init__("default_payment_method_id", resource="payment_source")

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = _as_source
        return f"{name}(row[{positions[0]}])"


def _as_source(method: str | None) -> str | None:
    return method if method and not method.startswith("pm_") else None


_CUSTOM_FIELDS = {
    "type": ["array", "null"],
    "items": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
        "required": ["name", "value"],
        "additionalProperties": False,
    },
}
_RENDERING = {
    "type": ["object", "null"],
    "properties": {
        "amount_tax_display": {"type": ["string", "null"]},
        "template": {"type": ["string", "null"]},
    },
    "required": ["amount_tax_display", "template"],
    "additionalProperties": False,
}


class InvoiceSettingsObject(WireObject):
    """What a customer's invoices look like and how they are collected."""

    custom_fields = Computed(lambda shown: shown, "invoice_settings", schema=_CUSTOM_FIELDS)
    default_payment_method = Expandable("default_payment_method_id", resource="payment_method")
    footer = Computed(lambda shown: shown, "invoice_settings", schema={"type": ["string", "null"]})
    rendering_options = Computed(lambda shown: shown, "invoice_settings", schema=_RENDERING)


class InvoiceSettings(Embedded):
    """The invoice settings: an object of its own for `expand` and the schema, made in one go of its two columns."""

    def __init__(self) -> None:
        super().__init__(InvoiceSettingsObject)

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = _invoice_settings
        stored, method = positions
        return f"{name}(row[{stored}], row[{method}])"


def addresses(customers: Sequence[Wire]) -> list[Wire]:
    """Return each customer's addresses."""
    return _lists(customers, Address.objects.all(), AddressObject, "addresses")


def tax_ids(customers: Sequence[Wire]) -> list[Wire]:
    """Return each customer's tax ids."""
    return _lists(customers, TaxId.objects.all(), TaxIdObject, "tax_ids")


loaders: Lookup[Callable[[Sequence[Wire]], list[Wire]]] = Lookup("customers.members")
"""By member: what higher apps show of customers; `sources` is payments', `subscriptions` billing's."""


def sources(customers: Sequence[Wire]) -> list[Wire]:
    """Return each customer's sources."""
    return loaders["sources"](customers)


def subscriptions(customers: Sequence[Wire]) -> list[Wire]:
    """Return each customer's subscriptions."""
    return loaders["subscriptions"](customers)


class CashBalanceSettings(WireObject):
    """How money that comes in is used for invoices."""

    reconciliation_mode = Computed(
        lambda mode: Reconciliation.AUTOMATIC if mode == Reconciliation.MERCHANT_DEFAULT else mode,
        "cash_balance_mode",
        schema={"type": "string", "enum": ["automatic", "manual"]},
    )
    using_merchant_default = Computed(
        lambda mode: mode == Reconciliation.MERCHANT_DEFAULT,
        "cash_balance_mode",
        schema={"type": "boolean"},
    )


_AVAILABLE = {"type": ["object", "null"], "additionalProperties": {"type": "integer"}}


class CashBalanceObject(WireObject):
    """Money that a customer has sent without saying for what.

    What there is stands in the ledger's last rows; `with_available` puts it in.

    Source: https://docs.stripe.com/api/cash_balance/object
    """

    object = Constant("cash_balance")
    available = Computed(lambda _customer: None, "id", schema=_AVAILABLE)
    customer = Plain("id")
    customer_account = Constant(None)
    livemode = Plain()
    settings = Embedded(CashBalanceSettings)


def with_available(balances: Sequence[Wire]) -> None:
    """Put into cash balances what there is, in minor units by currency."""
    found = cash_ledger.of_customers(wire["customer"] for wire in balances)
    for wire in balances:
        wire["available"] = found.get(wire["customer"])


def cash_balances(customers: Sequence[Wire]) -> list[Wire]:
    """Return each customer's cash balance."""
    plan = CashBalanceObject.plan()
    rows = Customer.objects.filter(pk__in=_ids(customers)).values_list(*plan.columns)
    found = {wire["customer"]: wire for wire in map(plan.spell, rows)}
    with_available(list(found.values()))
    return [found[customer["id"]] for customer in customers]


def invoice_credit_balances(customers: Sequence[Wire]) -> list[dict[str, int]]:
    """Return what each customer has to its credit on invoices, in minor units by currency."""
    return [
        {customer["currency"]: customer["balance"]} if customer["currency"] else {}
        for customer in customers
    ]


TAX_LOCATION = {
    "type": ["object", "null"],
    "properties": {
        "country": {"type": "string"},
        "source": {"type": "string", "enum": ["shipping_destination", "billing_address"]},
        "state": {"type": ["string", "null"]},
    },
    "required": ["country", "source", "state"],
    "additionalProperties": False,
}


def _location(found: TaxLocation | None) -> Wire | None:
    if found is None:
        return None
    return {"country": found.country, "source": found.source, "state": found.state or None}


class TaxObject(WireObject):
    """What decides how a customer is taxed.

    Source: https://docs.stripe.com/api/customers/object#customer_object-tax
    """

    automatic_tax = Computed(
        lambda found: "not_collecting" if found else "unrecognized_location",
        "location",
        schema={"type": "string", "enum": ["not_collecting", "unrecognized_location"]},
    )
    ip_address = Computed(lambda text: text, "ip_address", schema={"type": ["string", "null"]})
    location = Computed(_location, "location", schema=TAX_LOCATION)
    provider = Constant("stripe")


def taxes(customers: Sequence[Wire]) -> list[Wire]:
    """Return each customer's tax details."""
    addresses_ = dict(
        Customer.objects.filter(pk__in=_ids(customers)).values_list("pk", "tax_ip_address")
    )
    return [_tax(customer, addresses_[customer["id"]]) for customer in customers]


def _tax(customer: Wire, ip_address: str | None) -> Wire:
    shipping = customer["shipping"] and customer["shipping"]["address"]
    location = tax_locations.of_addresses(_place(customer["address"]), _place(shipping))
    return TaxObject.plan().spell([location, ip_address])


def _place(address: Wire | None) -> tuple[str, str] | None:
    return address and (address["country"] or "", address["state"] or "")  # type: ignore[return-value]


def _lists(
    customers: Sequence[Wire], rows: QuerySet[Any], output: type[WireObject], name: str
) -> list[Wire]:
    """Return a list for each customer, all from one query."""
    numbered = rows.filter(customer_id__in=_ids(customers)).annotate(
        position=Window(
            RowNumber(),
            partition_by=F("customer_id"),
            order_by=[F("created_at").desc(), F("id").desc()],
        )
    )
    plan = output.plan()
    found: dict[str, list[Wire]] = defaultdict(list)
    for row in (
        numbered.filter(position__lte=SHOWN + 1).order_by("position").values_list(*plan.columns)
    ):
        wire = plan.spell(row)
        found[wire["customer"]].append(wire)
    return [_envelope(customer["id"], name, found[customer["id"]]) for customer in customers]


def _envelope(customer: str, name: str, data: list[Wire]) -> Wire:
    return {
        "object": "list",
        "data": data[:SHOWN],
        "has_more": len(data) > SHOWN,
        "url": f"/v1/customers/{customer}/{name}",
    }


def _ids(customers: Sequence[Wire]) -> list[str]:
    return [customer["id"] for customer in customers]
