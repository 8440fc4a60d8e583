"""What can be done with a payment: capture, refund, try again, cancel, ask the gateway; each once, and confirmed."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act, Link
from customers.kit import clock
from customers.kit.errors import InvalidState
from customers.services import test_clocks
from customers.services.powers import Power
from payments.admin import shown
from payments.admin.base import ActForm, AsksGateway, Result
from payments.admin.charge_forms import (
    CaptureForm,
    RefundForm,
    RetryForm,
    is_cancelable,
    is_refundable,
    is_retryable,
    retried_as,
    retry_key,
)
from payments.models import Charge, Dispute, Operation, PaymentMethod, Refund
from payments.money import Money
from payments.services import (
    attachments,
    charges,
    operations,
    payment_intents,
    payment_methods,
    reconciling,
    refunds,
)

Status = Charge.Status


class ChargeActs(AsksGateway):
    """The views of these acts; mixed into the pages of payments."""

    def act_urls(self) -> list[URLPattern]:
        """Return the addresses of these views."""
        one = "<str:object_id>/"
        return [
            self.route(one + "capture/", self.capture_view, "capture"),
            self.route(one + "refund/", self.refund_view, "refund"),
            self.route(one + "retry/", self.retry_view, "retry"),
            self.route(one + "cancel/", self.cancel_view, "cancel"),
            self.route(one + "ask/", self.ask_view, "ask"),
        ]

    def act_links(
        self, request: HttpRequest, charge: Charge, dispute: Dispute | None, retried: Charge | None
    ) -> list[Link]:
        """Return what the operator can do with the payment as it is."""
        if charge.imported_from:
            return []
        links = []
        may_take = self.allows(request, Power.MOVE_MONEY)
        may_refund = self.allows(request, Power.REFUND)
        if may_take and charge.status == Status.AUTHORIZED:
            links.append(Link(_("Capture"), self.url("capture", charge.pk), "primary"))
        if may_refund and is_refundable(charge, dispute):
            links.append(Link(_("Refund"), self.url("refund", charge.pk)))
        if may_take and is_retryable(charge, retried):
            links.append(Link(_("Try again"), self.url("retry", charge.pk), "primary"))
        if may_refund and is_cancelable(charge):
            links.append(Link(_("Cancel payment"), self.url("cancel", charge.pk), "danger"))
        return links

    # -- Views --------------------------------------------------------------------------------------------------------

    def capture_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how much to capture, or capture it."""
        charge = self.changeable(request, object_id, Power.MOVE_MONEY)
        whole = shown.money(charge.amount, charge.currency)
        words = self._words(
            charge,
            title=_("Capture %(amount)s?") % {"amount": whole},
            text=_("%(held)s are held on %(method)s. What you do not take is released.")
            % {"held": whole, "method": shown.charged_line(charge)},
            button=_("Capture"),
        )
        form = self.make_form(request, CaptureForm, charge.currency, charge.amount)
        return self.run_form(
            request, form, lambda form: self._capture(charge, form), words, row=_name(charge)
        )

    def refund_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how much to give back, or give it back."""
        charge = self.changeable(request, object_id, Power.REFUND)
        left = shown.money(charge.amount_refundable, charge.currency)
        words = self._words(
            charge,
            title=_("Refund this payment?"),
            text=_("Up to %(left)s goes back to %(method)s. This cannot be undone.")
            % {"left": left, "method": shown.charged_line(charge)},
            button=_("Refund"),
            style="danger",
        )
        form = self.make_form(request, RefundForm, charge.currency, charge.amount_refundable)
        return self.run_form(
            request, form, lambda form: self._refund(charge, form), words, row=_name(charge)
        )

    def retry_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask with which method to try again, or try it."""
        charge = self.changeable(request, object_id, Power.MOVE_MONEY)
        methods = attachments.of_customer(charge.customer) if charge.customer else []
        first = charge.customer and charge.customer.default_payment_method_id
        text = _("%(customer)s is charged %(amount)s once more.") if methods else _NO_METHOD
        amount = shown.money(charge.amount, charge.currency)
        words = self._words(
            charge,
            title=_("Try to charge %(amount)s again?") % {"amount": amount},
            text=text % {"customer": shown.payer(charge), "amount": amount},
            button=_("Charge %(amount)s") % {"amount": amount},
        )
        form = self.make_form(request, RetryForm, methods, first or charge.payment_method_id)
        return self.run_form(
            request, form, lambda form: self._retry(charge, form), words, row=_name(charge)
        )

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to call a payment off, or do it."""
        charge = self.changeable(request, object_id, Power.REFUND)
        amount = shown.money(charge.amount, charge.currency)
        method = shown.charged_line(charge)
        text = (
            _("%(amount)s held on %(method)s are released. This cannot be undone.")
            if charge.status == Status.AUTHORIZED
            else _("%(amount)s are no longer asked for from %(method)s. This cannot be undone.")
        )
        words = self._words(
            charge,
            title=_("Cancel this payment of %(amount)s?") % {"amount": amount},
            text=text % {"amount": amount, "method": method},
            button=_("Cancel payment"),
            style="danger",
            leave=_("Keep it"),
        )
        return self.run_form(
            request,
            self.make_form(request, ActForm),
            lambda _form: self._cancel(charge),
            words,
            row=_name(charge),
        )

    def ask_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to look the payment up at its gateway, or do it."""
        charge = self.changeable(request, object_id, Power.REFUND)
        words = self._words(
            charge,
            title=_("Ask the gateway now?"),
            text=_("It is looked up there, and what is found is written down. Nothing is charged."),
            button=_("Ask the gateway"),
        )
        return self.run_form(
            request,
            self.make_form(request, ActForm),
            lambda _form: self._ask(charge),
            words,
            row=_name(charge),
        )

    def changeable(self, request: HttpRequest, object_id: str, power: Power) -> Charge:
        """Return the payment, for an operator with the power to do something with it.

        Raises:
            Http404: there is none.
            PermissionDenied: the operator may not.
        """
        charge: Charge = self.found(request, object_id)
        self.require(self.allows(request, power))
        return charge

    # -- What they do -------------------------------------------------------------------------------------------------

    def _capture(self, charge: Charge, form: CaptureForm) -> Result:
        made = charges.capture(
            charge,
            amount=form.cleaned_data["minor"],
            request_key=form.request_key(f"capture {charge.pk}"),
            at=_now(charge),
        )
        if made.status != Status.SUCCEEDED:
            return self._unknown(made)
        taken = shown.money(made.amount_captured, made.currency)
        return self._done(made, _("%(amount)s was captured.") % {"amount": taken})

    def _refund(self, charge: Charge, form: RefundForm) -> Result:
        made = refunds.create(
            charge,
            amount=form.cleaned_data["minor"],
            reason=form.cleaned_data["reason"],
            request_key=form.request_key(f"refund {charge.pk}"),
            at=_now(charge),
        )
        if made.status == Refund.Status.FAILED:
            raise InvalidState(_("The gateway refused this refund; nothing was given back."))
        if made.status == Refund.Status.PENDING:
            return self._unknown(charge)
        given = shown.money(made.amount, made.currency)
        return self._done(charge, _("%(amount)s was refunded.") % {"amount": given})

    def _retry(self, charge: Charge, form: RetryForm) -> Result:
        if not is_retryable(charge, retried_as(charge)):
            raise InvalidState(
                _("This payment was tried again already, or is not wanted any more.")
            )
        at = _now(charge)
        method = payment_methods.chargeable(
            form.cleaned_data["method"], charge.customer, param="method", at=at
        )
        if charge.payment_intent is not None:
            payment_intents.confirm(
                charge.payment_intent,
                {"payment_method": method, "off_session": True},
                request_key=retry_key(charge),
                at=at,
            )
            made = charges.of_request(retry_key(charge))
            assert made is not None  # noqa: S101 -- the intent was confirmed under this key
        else:
            made = _again(charge, method, at=at)
        return self.became(made)

    def _cancel(self, charge: Charge) -> Result:
        at = _now(charge)
        if charge.payment_intent is not None:
            payment_intents.cancel(charge.payment_intent, at=at)
        else:
            charges.void(charge, at=at)
        made = charges.get(charge.pk)
        if made.status in {Status.VOIDED, Status.EXPIRED, Status.FAILED}:
            return self._done(made, _("The payment was canceled."))
        if made.status == Status.SUCCEEDED:
            raise InvalidState(_("The customer was faster: this payment went through."))
        return self._unknown(made)

    def _ask(self, charge: Charge) -> Result:
        waiting = [
            operation
            for operation in operations.of_charge(charge, *Operation.Kind)
            if operation.state in operations.UNSETTLED
        ]
        if not waiting:
            raise InvalidState(_("The gateway has answered everything about this payment."))
        for operation in waiting:
            reconciling.check(operation, at=clock.now())
        left = [
            operation
            for operation in operations.of_charge(charge, *Operation.Kind)
            if operation.state in operations.UNSETTLED
        ]
        if left:
            return self._unknown(charge)
        return self._done(charge, _("The gateway has answered."))

    def became(self, charge: Charge) -> Result:
        """Return what became of a charge that was just made."""
        if charge.status == Status.FAILED:
            said = shown.failure(charge) or {}
            text = _("The payment failed: %(reason)s") % {"reason": said["message"]}
            return Result("error", text, self.page_url(charge))
        if charge.status == Status.PENDING:
            return self._unknown(charge)
        amount = shown.money(charge.amount, charge.currency)
        return self._done(charge, _("%(amount)s was charged.") % {"amount": amount})

    def _done(self, charge: Charge, text: str) -> Result:
        return Result("success", text, self.page_url(charge))

    def _unknown(self, charge: Charge) -> Result:
        text = _(
            "The gateway has not confirmed this yet. It is asked again until it does; do not repeat it."
        )
        return Result("warning", text, self.page_url(charge))

    def _words(self, charge: Charge, **words: Any) -> Act:
        """Return an act's words; a `Result` says that it is done."""
        return Act(
            done="", back=self.page_url(charge), then=lambda result: str(result.url), **words
        )


def _name(charge: Charge) -> str:
    parts = (shown.money(charge.amount, charge.currency), shown.payer(charge))
    return " · ".join(part for part in parts if part)


def _again(charge: Charge, method: PaymentMethod, *, at: Any) -> Charge:
    """Charge what a bare charge could not."""
    return charges.create(
        money=Money(charge.amount, charge.currency),
        method=method,
        customer=charge.customer,
        takes_now=not charge.captures_later,
        off_session=True,
        request_key=retry_key(charge),
        at=at,
        description=charge.description,
        metadata=charge.metadata,
        receipt_email=charge.receipt_email,
        shipping=charge.shipping,
        statement_descriptor=charge.statement_descriptor,
        statement_descriptor_suffix=charge.statement_descriptor_suffix,
        credits_customer=charge.credits_customer,
    )


_NO_METHOD = gettext_lazy("The customer has no saved payment method. Add one first.")


def _now(charge: Charge) -> datetime:
    """Return what time it is for a charge's customer."""
    return test_clocks.now_for_id(charge.customer_id, clock.now())
