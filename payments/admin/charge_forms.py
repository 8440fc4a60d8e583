"""What the acts on payments ask for, and when each of them is possible."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from customers.kit import sealing
from payments.admin import shown
from payments.admin.base import ActForm, AmountForm
from payments.models import Charge, Dispute, PaymentIntent, PaymentMethod, Refund
from payments.services import charges

Status = Charge.Status
_RETRYABLE = {
    PaymentIntent.Status.REQUIRES_PAYMENT_METHOD,
    PaymentIntent.Status.REQUIRES_CONFIRMATION,
}


class CaptureForm(AmountForm):
    too_much = gettext_lazy("At most %(most)s can be captured.")


class RefundForm(AmountForm):
    too_much = gettext_lazy("At most %(most)s can be refunded.")

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        required=False,
        choices=[("", gettext_lazy("None given")), *Refund.Reason.choices[1:]],
    )


class RetryForm(ActForm):
    """Which of the customer's methods to try.

    Args:
        methods: of the customer.
        first: the id of the one to offer first; the newest one where the customer has no such.
    """

    method = forms.ChoiceField(label=gettext_lazy("Payment method"))

    def __init__(self, methods: list[PaymentMethod], first: str | None, **options: Any) -> None:
        super().__init__(**options)
        offer(self.fields["method"], methods, first)


def offer(field: forms.Field, methods: list[PaymentMethod], first: str | None) -> None:
    """Let a field choose from methods, and begin with one of them; with the newest where that is none."""
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- so it was declared
    field.choices = [(method.pk, shown.method_line(method)) for method in methods]
    field.initial = first if first in dict(field.choices) else next(iter(dict(field.choices)), "")


def retry_key(charge: Charge) -> str:
    """Return the digest under which a failed payment is tried again: once, whoever asks for it."""
    return sealing.digest("retry of a payment", str(charge.pk)).hex()


def retried_as(charge: Charge) -> Charge | None:
    """Return the charge that a failed one was tried again as."""
    return charges.of_request(retry_key(charge)) if charge.status == Status.FAILED else None


def is_refundable(charge: Charge, dispute: Dispute | None) -> bool:
    """Tell whether something of a payment can be given back."""
    is_withdrawn = dispute is not None and dispute.status != Dispute.Status.WON
    return charge.status == Status.SUCCEEDED and charge.amount_refundable > 0 and not is_withdrawn


def is_retryable(charge: Charge, retried: Charge | None) -> bool:
    """Tell whether a failed payment can be tried again; its payment intent must still want that."""
    if charge.status != Status.FAILED or retried is not None or charge.customer is None:
        return False
    if charge.imported_from:  # its own system tries again
        return False
    intent = charge.payment_intent
    wanted = intent is None or (
        intent.latest_charge_id == charge.pk and intent.status in _RETRYABLE
    )
    return wanted and not charge.customer.is_deleted


def is_cancelable(charge: Charge) -> bool:
    """Tell whether money is held, or the customer waited for, so that the payment can be called off."""
    return charge.status == Status.AUTHORIZED or (
        charge.status == Status.PENDING and charge.action_url != ""
    )
