"""`/v1/credit_notes/{credit_note}/lines`, and the lines inside credit notes.

Source: https://docs.stripe.com/api/credit_notes/line_item
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.kit.errors import NotFound
from customers.restkit import expansion
from customers.restkit.expansion import Wire
from customers.restkit.lists import Page, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Metadata,
    Plain,
    Spelled,
    Text,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet, json_response
from payments.api.v1.charge_members import INTEGER, NULLABLE_TEXT, parsed
from payments.billing.api.v1 import line_members, tax_members
from payments.billing.api.v1.tax_members import TaxRates
from payments.billing.models import CreditNoteLine
from payments.billing.services import credit_notes

SHOWN = 10  # how many lines a credit note shows itself
KINDS = {kind: kind.value for kind in CreditNoteLine.Kind}
CREDITS_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "credit_balance_transaction": {"type": "null"},
            "discount": {"type": "string"},
            "type": {"type": "string", "const": "discount"},
        },
        "required": ["amount", "credit_balance_transaction", "discount", "type"],
        "additionalProperties": False,
    },
}
_INTEGER_OR_NULL = {"type": ["integer", "null"]}


def taken_off(stored: Any) -> int:
    """Return what discounts take off in all."""
    return sum(amount for _pk, amount in parsed(stored))


def pretax_credits(stored: Any) -> list[Wire]:
    """Return what was taken off before taxes: discounts, since there are no credit grants here."""
    return [
        {"amount": amount, "credit_balance_transaction": None, "discount": pk, "type": "discount"}
        for pk, amount in parsed(stored)
    ]


class _RatesOfTaxes(TaxRates):
    """The tax rates that stand in what is kept of taxes."""

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = _rates
        return f"{name}(row[{positions[0]}])"


def _rates(stored: Any) -> list[str]:
    return [tax["id"] for tax in parsed(stored)]


def _whole(unit_amount: Decimal | None) -> int | None:
    """Return a unit amount that is a whole number; null where it is none."""
    is_whole = unit_amount is not None and unit_amount == int(unit_amount)
    return int(unit_amount) if is_whole and unit_amount is not None else None


class CreditNoteLineObject(WireObject):
    """A line of a credit note."""

    id = Plain()
    object = Constant("credit_note_line_item")
    amount = Plain()
    description = Text()
    discount_amount = Computed(taken_off, "discounts_shown", schema=INTEGER)
    discount_amounts = Computed(
        line_members.discount_amounts,
        "discounts_shown",
        schema=line_members.DISCOUNT_AMOUNTS_SCHEMA,
    )
    invoice_line_item = Text("invoice_line_id")
    livemode = Plain()
    metadata = Metadata()
    pretax_credit_amounts = Computed(pretax_credits, "discounts_shown", schema=CREDITS_SCHEMA)
    quantity = Plain()
    tax_rates = _RatesOfTaxes("taxes_shown")
    taxes = Computed(tax_members.taxes, "taxes_shown", schema=tax_members.TAXES_SCHEMA)
    type = Spelled(KINDS, "kind")
    unit_amount = Computed(_whole, "unit_amount_decimal", schema=_INTEGER_OR_NULL)
    unit_amount_decimal = Computed(
        line_members.decimal, "unit_amount_decimal", schema=NULLABLE_TEXT
    )


class NoFilter(V1FilterSet):
    """A list that is only walked."""

    @classmethod
    def get_filters(cls) -> dict[str, Any]:  # type: ignore[override]  # as in the base class
        return {}


def of_notes(pks: Iterable[str], *, most: int | None = None) -> dict[str, list[Wire]]:
    """Return the lines of credit notes in their order, by credit note.

    Args:
        most: how many of each; all when absent.
    """
    plan = CreditNoteLineObject.plan()
    found: dict[str, list[Wire]] = {pk: [] for pk in pks}
    rows = CreditNoteLine.objects.filter(credit_note__in=list(found))
    if most is not None:
        rows = rows.filter(position__lt=most)
    for note, *row in rows.order_by("position").values_list("credit_note_id", *plan.columns):
        found[str(note)].append(plan.spell(row))
    tax_members.fill([line for lines in found.values() for line in lines], "tax_rates")
    return found


def spelled(lines: Iterable[CreditNoteLine]) -> list[Wire]:
    """Return lines that nobody has saved as they are spelled."""
    wires = [CreditNoteLineObject.plan().spell_instance(line) for line in lines]
    tax_members.fill(wires, "tax_rates")
    return wires


def beginning(lines: Sequence[Wire], url: str) -> Wire:
    """Return the list with which an object shows its first lines."""
    return {
        "object": "list",
        "data": list(lines[:SHOWN]),
        "has_more": len(lines) > SHOWN,
        "url": url,
    }


def page_of(lines: Sequence[Wire], page: Page, path: str) -> Wire:
    """Return a page of lines, of which there are never so many that they could not all be loaded.

    Raises:
        NotFound: the cursor names none of them.
    """
    cursor = page.starting_after or page.ending_before
    places = {line["id"]: place for place, line in enumerate(lines)}
    if cursor and cursor not in places:
        param = "starting_after" if page.starting_after else "ending_before"
        raise NotFound(f"No such credit note line item: '{cursor}'", param=param)
    if page.ending_before:
        rest = lines[: places[cursor]]
        shown, has_more = rest[-page.limit :], len(rest) > page.limit
    else:
        first = places[cursor] + 1 if cursor else (page.page - 1) * page.limit
        rest = lines[first:]
        shown, has_more = rest[: page.limit], len(rest) > page.limit
    return {"object": "list", "data": list(shown), "has_more": has_more, "url": path}


class CreditNoteLineViewSet(V1ViewSet):
    """A credit note's lines, in its order."""

    resource = "credit_notes"
    model = CreditNoteLine
    output = CreditNoteLineObject
    filterset_class = NoFilter
    parent, parent_name = "credit_note_id", "credit_note"

    @classmethod
    def resource_name(cls) -> str:
        return ""  # nothing refers to lines

    def list(self, request: HttpRequest, **parents: str) -> HttpResponse:
        page = Page.from_params(self.params, NoFilter)
        expansion.check(self.output, self.expands, in_list=True)
        note = credit_notes.get(parents["credit_note"], param="credit_note")
        return json_response(page_of(of_notes([note.pk])[note.pk], page, request.path))
