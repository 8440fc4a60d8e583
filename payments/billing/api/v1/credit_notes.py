"""`/v1/credit_notes`, their previews and their lines.

Source: https://docs.stripe.com/api/credit_notes
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.kit import ids
from customers.kit.errors import InvalidRequest, NotFound
from customers.restkit import expansion, inputs
from customers.restkit.expansion import Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.lists import OwnerFilter, Page, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    Filled,
    FilledList,
    Metadata,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet, json_response
from customers.services import test_clocks
from payments.api.v1 import payment_inputs
from payments.api.v1.charge_members import INTEGER
from payments.api.v1.payment_inputs import AmountField
from payments.billing.api.v1 import credit_note_lines, line_members, tax_members
from payments.billing.api.v1.credit_note_lines import SHOWN, CreditNoteLineObject, NoFilter
from payments.billing.api.v1.price_inputs import DecimalAmountField, UnitAmountField
from payments.billing.models import CreditNote, CreditNoteLine, CreditNoteRefund
from payments.billing.services import credit_notes, invoice_links, invoice_states
from payments.billing.services.credit_note_funds import WantedRefund
from payments.billing.services.credit_note_lines import WantedLine
from payments.billing.services.credit_notes import Draft, Wanted

STATUS = {status: status.value for status in CreditNote.Status}
_REASONS = CreditNote.Reason.values
_MOST_LINES, _MOST_RATES = 250, 20


# -- what comes in -----------------------------------------------------------------------------------------------------


class CreditedLineHash(Input):
    amount = inputs.IntegerField()
    description = inputs.TextField()
    invoice_line_item = IdField()
    metadata = inputs.MetadataField()
    quantity = inputs.IntegerField(min_value=1)
    tax_rates = inputs.ListField(IdField(), max_items=_MOST_RATES, emptied=[])
    type = inputs.ChoiceField(CreditNoteLine.Kind.values, required=True)
    unit_amount = UnitAmountField()
    unit_amount_decimal = DecimalAmountField()


class LinkedRefundHash(Input):
    amount_refunded = AmountField()
    refund = IdField(required=True)
    type = inputs.ChoiceField(["refund"])


class CreditNoteUpdate(Input):
    memo = inputs.TextField()
    metadata = inputs.MetadataField()


class CreditNoteCreate(CreditNoteUpdate):
    amount = AmountField()
    credit_amount = inputs.IntegerField(min_value=0)
    effective_at = inputs.TimestampField()
    invoice = IdField(required=True)
    lines = inputs.ListField(inputs.HashField(CreditedLineHash), max_items=_MOST_LINES)
    out_of_band_amount = inputs.IntegerField(min_value=0)
    reason = inputs.ChoiceField(_REASONS)
    refund_amount = inputs.IntegerField(min_value=0)
    refunds = inputs.ListField(inputs.HashField(LinkedRefundHash))


class CreditNotePreview(CreditNoteCreate):
    """What a credit note would be."""


class CreditNoteFilter(V1FilterSet):
    customer = OwnerFilter(IdField(), "customer_id")
    invoice = OwnerFilter(IdField(), "invoice_id")


def wanted_of(body: Mapping[str, Any]) -> Wanted:
    """Return what a credit note is to be, as its service takes it.

    Raises:
        InvalidRequest: a line's unit amount is there twice.
    """
    lines = enumerate(body.get("lines", ()))
    linked = enumerate(body.get("refunds", ()))
    return Wanted(
        lines=[_wanted_line(line, f"lines[{position}]") for position, line in lines],
        amount=body.get("amount"),
        refund_amount=body.get("refund_amount", 0),
        refunds=[
            WantedRefund(one["refund"], one.get("amount_refunded"), f"refunds[{position}]")
            for position, one in linked
        ],
        credit_amount=body.get("credit_amount", 0),
        out_of_band_amount=body.get("out_of_band_amount", 0),
        details={name: body[name] for name in _DETAILS if name in body},
    )


def _wanted_line(line: Mapping[str, Any], param: str) -> WantedLine:
    unit_amount = line.get("unit_amount_decimal")
    if "unit_amount" in line:
        if unit_amount is not None:
            raise InvalidRequest(
                "You may only specify one of these parameters: unit_amount, unit_amount_decimal.",
                param=f"{param}[unit_amount]",
            )
        unit_amount = Decimal(line["unit_amount"])
    return WantedLine(
        kind=line["type"],
        invoice_line=line.get("invoice_line_item", ""),
        amount=line.get("amount"),
        quantity=line.get("quantity"),
        unit_amount=unit_amount,
        description=line.get("description", ""),
        tax_rates=line.get("tax_rates", ()),
        metadata=payment_inputs.given(line.get("metadata")),
        param=param,
    )


_DETAILS = ("reason", "memo", "metadata", "effective_at")


# -- what goes out -----------------------------------------------------------------------------------------------------


class CreditNoteRefundHash(WireObject):
    """A refund by which a credit note gives back."""

    amount_refunded = Plain("amount")
    payment_record_refund = Constant(None)
    refund = Expandable("refund_id", resource="refund")
    type = Constant("refund")


def _type(before: int, after: int) -> str:
    if before and after:
        return "mixed"
    return "post_payment" if after else "pre_payment"


class CreditNoteObject(WireObject):
    """What is taken back of an invoice."""

    id = Plain()
    object = Constant("credit_note")
    amount = Plain("total")
    amount_shipping = Constant(0)
    created = UnixTime("created_at")
    currency = Plain()
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    customer_balance_transaction = Expandable(
        "balance_transaction_id", resource="customer_balance_transaction"
    )
    discount_amount = Computed(credit_note_lines.taken_off, "discounts_shown", schema=INTEGER)
    discount_amounts = Computed(
        line_members.discount_amounts,
        "discounts_shown",
        schema=line_members.DISCOUNT_AMOUNTS_SCHEMA,
    )
    effective_at = UnixTime()
    invoice = Expandable("invoice_id", resource="invoice")
    lines = FilledList(CreditNoteLineObject)
    livemode = Plain()
    memo = Text()
    metadata = Metadata()
    number = Plain()
    out_of_band_amount = Computed(
        lambda amount: amount or None, "out_of_band_amount", schema={"type": ["integer", "null"]}
    )
    pdf = Computed(invoice_links.credit_note_pdf, "id", schema={"type": "string"})
    post_payment_amount = Plain()
    pre_payment_amount = Plain()
    pretax_credit_amounts = Computed(
        credit_note_lines.pretax_credits, "discounts_shown", schema=credit_note_lines.CREDITS_SCHEMA
    )
    reason = Text()
    refunds = Filled(CreditNoteRefundHash, is_list=True, model=CreditNoteRefund)
    shipping_cost = Constant(None)
    status = Spelled(STATUS)
    subtotal = Plain()
    subtotal_excluding_tax = Plain()
    total = Plain()
    total_excluding_tax = Plain()
    total_taxes = Computed(tax_members.taxes, "taxes_shown", schema=tax_members.TAXES_SCHEMA)
    type = Computed(
        _type, "pre_payment_amount", "post_payment_amount",
        schema={"type": "string", "enum": ["mixed", "post_payment", "pre_payment"]},
    )  # fmt: skip
    voided_at = UnixTime()


def spelled(note: CreditNote) -> Wire:
    """Return a credit note's wire form, with its lines and refunds."""
    wire = CreditNoteObject.plan().spell_instance(note)
    CreditNoteViewSet.complete([wire])
    return wire


def _lines(draft: Draft) -> list[Wire]:
    """Return the lines of a credit note that nobody has saved: the same ids each time, so that they can be walked."""
    for line in draft.lines:
        seed = f"preview {draft.note.invoice_id} {line.position}"
        line.pk = ids.derived(CreditNoteLine.PREFIX, seed)
    return credit_note_lines.spelled(draft.lines)


# -- the routes --------------------------------------------------------------------------------------------------------


class CreditNoteViewSet(V1ViewSet):
    resource = "credit_notes"
    model = CreditNote
    output = CreditNoteObject
    filterset_class = CreditNoteFilter
    phased = frozenset({"create", "void"})
    inputs = {
        "create": CreditNoteCreate,
        "update": CreditNoteUpdate,
        "preview": CreditNotePreview,
    }

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        pks = [wire["id"] for wire in wires]
        lines = credit_note_lines.of_notes(pks, most=SHOWN + 1)
        linked = _refunds(pks)
        for wire in wires:
            url = f"/v1/credit_notes/{wire['id']}/lines"
            wire["lines"] = credit_note_lines.beginning(lines[wire["id"]], url)
            wire["refunds"] = linked[wire["id"]]

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(CreditNoteCreate)
        invoice = invoice_states.get(body["invoice"], param="invoice")
        at = test_clocks.now_for(invoice, self.at)
        wanted = wanted_of(body)
        note = credit_notes.create(invoice, wanted, request_key=self.request_key, at=at)
        return self.write(note)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(CreditNoteUpdate)
        note = credit_notes.get(pk)
        at = test_clocks.now_for(note.invoice, self.at)
        return self.write(credit_notes.update(note, details=body, at=at))

    def void(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Void a credit note, of which nothing was given back."""
        self.refuse_params()
        note = credit_notes.get(pk)
        at = test_clocks.now_for(note.invoice, self.at)
        return self.write(credit_notes.void(note, at=at))

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Preview a credit note, without issuing it."""
        draft = _drafted(self.read(CreditNotePreview), at=self.at)
        wire = CreditNoteObject.plan().spell_instance(draft.note)
        wire["lines"] = credit_note_lines.beginning(_lines(draft), f"{request.path}/lines")
        plan = CreditNoteRefundHash.plan()
        wire["refunds"] = [plan.spell_instance(link) for link in draft.links]
        return self.answer(wire)

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("credit note", pk)


class PreviewLineViewSet(V1ViewSet):
    """The lines of a credit note that is only previewed."""

    resource = "credit_notes"
    model = CreditNoteLine
    output = CreditNoteLineObject
    filterset_class = NoFilter
    inputs = {"list": CreditNotePreview}

    @classmethod
    def resource_name(cls) -> str:
        return ""  # nothing refers to them

    def list(self, request: HttpRequest, **parents: str) -> HttpResponse:
        known = CreditNotePreview._declared_fields
        asked = {name: value for name, value in self.params.items() if name in known}
        walked = {name: value for name, value in self.params.items() if name not in known}
        page = Page.from_params(walked, NoFilter)
        expansion.check(self.output, self.expands, in_list=True)
        lines = _lines(_drafted(CreditNotePreview.from_params(asked), at=self.at))
        return json_response(credit_note_lines.page_of(lines, page, request.path))


def _drafted(body: Mapping[str, Any], *, at: datetime) -> Draft:
    invoice = invoice_states.get(body["invoice"], param="invoice")
    return credit_notes.preview(invoice, wanted_of(body), at=test_clocks.now_for(invoice, at))


def _refunds(pks: Sequence[str]) -> dict[str, list[Wire]]:
    """Return the refunds of credit notes, by credit note."""
    plan, found = CreditNoteRefundHash.plan(), defaultdict(list)
    rows = CreditNoteRefund.objects.filter(credit_note__in=pks).order_by("created_at", "id")
    for note, *row in rows.values_list("credit_note_id", *plan.columns):
        found[str(note)].append(plan.spell(row))
    return found
