"""Tax rates and taxes as members of what is taxed.

Source: https://docs.stripe.com/api/tax_rates/object; https://docs.stripe.com/api/invoices/object
"""

from collections.abc import Iterable, Sequence
from typing import Any

from customers.restkit.expansion import Wire
from customers.restkit.objects import Filled
from payments.api.v1.charge_members import FREE_HASH, parsed
from payments.billing.api.v1.tax_rates import TaxRateObject
from payments.billing.services import tax_rates

_TAX = {
    "type": "object",
    "properties": {
        "amount": {"type": "integer"},
        "tax_behavior": {"type": "string", "enum": ["exclusive", "inclusive"]},
        "tax_rate_details": {
            "type": "object",
            "properties": {"tax_rate": {"type": "string"}},
            "required": ["tax_rate"],
            "additionalProperties": False,
        },
        "taxability_reason": {
            "type": "string",
            "enum": ["customer_exempt", "not_available", "reverse_charge"],
        },
        "taxable_amount": {"type": "integer"},
        "type": {"type": "string", "const": "tax_rate_details"},
    },
    "required": [
        "amount", "tax_behavior", "tax_rate_details", "taxability_reason", "taxable_amount", "type",
    ],
    "additionalProperties": False,
}  # fmt: skip
TAXES_SCHEMA = {"type": "array", "items": _TAX}


SHIPPING_TAXES_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "rate": FREE_HASH,
            "taxability_reason": {"type": "string"},
            "taxable_amount": {"type": "integer"},
        },
        "required": ["amount", "rate", "taxability_reason", "taxable_amount"],
        "additionalProperties": False,
    },
}


class TaxRates(Filled):
    """The tax rates whose ids a column has; `fill` puts them into the place of the ids."""

    def __init__(self, column: str) -> None:
        super().__init__(TaxRateObject, is_list=True)
        self.column = column

    def paths(self, name: str) -> list[tuple[str, str]]:
        return [(self.column, self.column)]

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        return f"(row[{positions[0]}] or [])"


def fill(wires: Iterable[Wire], name: str) -> None:
    """Put tax rates into the place of their ids, for all objects together."""
    lists = [wire for wire in wires if wire[name]]
    wanted = {pk for wire in lists for pk in wire[name]}
    if not wanted:
        return
    found = _spelled(wanted)
    for wire in lists:
        wire[name] = [found[pk] for pk in wire[name] if pk in found]


def fill_shipping(wires: Iterable[Wire]) -> None:
    """Put tax rates into the place of their ids in what shipping is taxed, for all invoices together."""
    taxes = [
        tax for wire in wires if wire["shipping_cost"] for tax in wire["shipping_cost"]["taxes"]
    ]
    if taxes:
        found = _spelled({tax["rate"] for tax in taxes})
        for tax in taxes:
            tax["rate"] = found[tax["rate"]]


def shipping_taxes(stored: Any) -> list[Wire]:
    """Return what shipping is taxed, with the ids of the rates in the place of these."""
    return [
        {
            "amount": tax["amount"],
            "rate": tax["id"],
            "taxability_reason": tax["reason"],
            "taxable_amount": tax["taxable_amount"],
        }
        for tax in parsed(stored).get("taxes", ())
    ]


def _spelled(wanted: Iterable[str]) -> dict[str, Wire]:
    plan = TaxRateObject.plan()
    return {pk: plan.spell_instance(rate) for pk, rate in tax_rates.by_id(wanted).items()}


def taxes(stored: Any) -> list[Wire]:
    """Return what is kept of taxes as `/v1/` spells them."""
    return [
        {
            "amount": tax["amount"],
            "tax_behavior": "inclusive" if tax["is_inclusive"] else "exclusive",
            "tax_rate_details": {"tax_rate": tax["id"]},
            "taxability_reason": tax["reason"],
            "taxable_amount": tax["taxable_amount"],
            "type": "tax_rate_details",
        }
        for tax in parsed(stored)
    ]
