"""The form that issues a credit note: sent once to see what it comes to, and once more as it is to issue it."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.kit import sealing
from payments.admin import shown
from payments.admin.base import AmountForm
from payments.billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from payments.billing.services import credit_note_lines, credit_notes
from payments.billing.services.credit_note_lines import WantedLine
from payments.billing.services.credit_notes import Wanted

REFUND, BALANCE, ELSEWHERE = "refund_amount", "credit_amount", "out_of_band_amount"
_WAYS = [
    (REFUND, gettext_lazy("Refund it")),
    (BALANCE, gettext_lazy("Credit it to the customer's balance")),
    (ELSEWHERE, gettext_lazy("It is given back elsewhere")),
]
_NOT_SEEN = ("act_key", "seen")


class IssueForm(AmountForm):
    """What to credit of an invoice, and how to give back what was paid before.

    `seen` says for which values the operator saw what the credit note comes to.
    """

    too_much = gettext_lazy("At most %(most)s can be credited.")
    refusals = {"lines": "amount", REFUND: "way", BALANCE: "way", ELSEWHERE: "way"}

    line = forms.ChoiceField(label=gettext_lazy("What is credited"), required=False)
    way = forms.ChoiceField(
        label=gettext_lazy("What was paid already"), choices=_WAYS, required=False, initial=REFUND
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), required=False,
        choices=[("", gettext_lazy("None given")), *CreditNote.Reason.choices],
    )  # fmt: skip
    memo = forms.CharField(
        label=gettext_lazy("Memo"), required=False, max_length=5000, widget=forms.Textarea,
        help_text=gettext_lazy("The customer reads it on the credit note."),
    )  # fmt: skip
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    field_order = ("line", "amount", "way", "reason", "memo")

    def __init__(self, invoice: Invoice, **options: Any) -> None:
        most = credit_notes.creditable(invoice)
        left = [(line, rest) for line, rest in credit_note_lines.left_of(invoice) if rest > 0]
        super().__init__(invoice.currency, most, **options)
        self.most = max([most, *(rest for _line, rest in left)])  # a line's is before discounts
        field = self.fields["line"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- so it was declared
        field.choices = [("", _("An amount, with tax")), *(_choice(*each) for each in left)]
        if invoice.status == Invoice.Status.OPEN and most <= invoice.amount_remaining:
            del self.fields["way"]

    @property
    def is_seen(self) -> bool:
        """Whether what just these values come to was seen."""
        return bool(self.cleaned_data["seen"]) and self.cleaned_data["seen"] == self._digest()

    def see(self) -> None:
        """Let the form, sent once more as it is, mean what it says."""
        self.data = self.data.copy()  # type: ignore[attr-defined]  # as forms are sent
        self.data["seen"] = self._digest()  # type: ignore[index]  # as above

    def wanted(self, given_back: int = 0) -> Wanted:
        """Return the credit note that is asked for.

        Args:
            given_back: how much of it was paid before, in minor units.
        """
        said, minor = self.cleaned_data, self.cleaned_data["minor"]
        lines, way = [], said.get("way") or REFUND
        if said["line"]:
            kind = CreditNoteLine.Kind.INVOICE_LINE
            lines = [WantedLine(kind, said["line"], amount=minor, param="lines[0]")]
        return Wanted(
            lines=lines,
            amount=None if lines else minor,
            details={"reason": said["reason"], "memo": said["memo"]},
            refund_amount=given_back if way == REFUND else 0,
            credit_amount=given_back if way == BALANCE else 0,
            out_of_band_amount=given_back if way == ELSEWHERE else 0,
        )

    def _digest(self) -> str:
        values = {name: str(value) for name, value in sorted(self.cleaned_data.items())}
        sent = json.dumps({name: values[name] for name in values if name not in _NOT_SEEN})
        return sealing.digest("credit note that was seen", sent).hex()


def _choice(line: InvoiceLine, left: int) -> tuple[str, str]:
    words = _("%(line)s (%(left)s left, before discounts and added tax)")
    return line.pk, words % {"line": line.description, "left": shown.money(left, line.currency)}
