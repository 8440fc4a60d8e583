"""The members of a customer that are shown only when expanded: each loaded for many customers at once."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from customers.api.v1.addresses import AddressObject
from customers.api.v1.tax_ids import TaxIdObject
from customers.models import Address, Customer, TaxId
from customers.restkit.expansion import Wire
from customers.restkit.objects import Computed, Constant, Embedded, Plain, WireObject
from customers.services import tax_locations
from customers.services.tax_locations import TaxLocation

Reconciliation = Customer.Reconciliation
SHOWN = 10  # how many elements an embedded list has at most

INVOICE_SETTINGS = {
    "type": "object",
    "properties": {
        "custom_fields": {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
                "required": ["name", "value"],
                "additionalProperties": False,
            },
        },
        "default_payment_method": {"type": ["string", "null"]},
        "footer": {"type": ["string", "null"]},
        "rendering_options": {
            "type": ["object", "null"],
            "properties": {
                "amount_tax_display": {"type": ["string", "null"]},
                "template": {"type": ["string", "null"]},
            },
            "required": ["amount_tax_display", "template"],
            "additionalProperties": False,
        },
    },
    "required": ["custom_fields", "default_payment_method", "footer", "rendering_options"],
    "additionalProperties": False,
}


def addresses(customers: Sequence[Wire]) -> list[Wire]:
    """Return each customer's addresses."""
    return _lists(customers, Address.objects.all(), AddressObject, "addresses")


def tax_ids(customers: Sequence[Wire]) -> list[Wire]:
    """Return each customer's tax ids."""
    return _lists(customers, TaxId.objects.all(), TaxIdObject, "tax_ids")


def no_sources(customers: Sequence[Wire]) -> list[Wire]:
    """Return each customer's sources: none."""
    return [_envelope(customer["id"], "sources", []) for customer in customers]


def no_subscriptions(customers: Sequence[Wire]) -> list[Wire]:
    """Return each customer's subscriptions: none."""
    return [_envelope(customer["id"], "subscriptions", []) for customer in customers]


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


class CashBalanceObject(WireObject):
    """Money that a customer has sent without saying for what; nothing has been paid into it.

    Source: https://docs.stripe.com/api/cash_balance/object
    """

    object = Constant("cash_balance")
    available = Constant(None)
    customer = Plain("id")
    customer_account = Constant(None)
    livemode = Plain()
    settings = Embedded(CashBalanceSettings)


def cash_balances(customers: Sequence[Wire]) -> list[Wire]:
    """Return each customer's cash balance."""
    plan = CashBalanceObject.plan()
    rows = Customer.objects.filter(pk__in=_ids(customers)).values_list(*plan.columns)
    found = {wire["customer"]: wire for wire in map(plan.spell, rows)}
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
