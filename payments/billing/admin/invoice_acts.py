"""What can be done with an invoice: finalize, collect, send, call off, give up; each confirmed with its amount."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Link, attempt
from customers.services import cash_balances
from payments.admin.base import ActForm, Result
from payments.admin.shown import method_line
from payments.billing.admin import shown
from payments.billing.admin.acting import ActsByClock
from payments.billing.admin.invoice_forms import CashForm, PayForm
from payments.billing.models import Invoice, Subscription
from payments.billing.services import cash_payments, invoices
from payments.models import PaymentMethod
from payments.services import attachments, payment_methods

Status = Invoice.Status
_PAYABLE = {Status.DRAFT, Status.OPEN, Status.UNCOLLECTIBLE}


class InvoiceActs(ActsByClock):
    """The views of these acts; mixed into the pages of invoices."""

    def act_urls(self) -> list[URLPattern]:
        """Return the addresses of these views."""
        one = "<str:object_id>/"
        return [
            self.route(one + "finalize/", self.finalize_view, "finalize"),
            self.route(one + "pay/", self.pay_view, "pay"),
            self.route(one + "cash/", self.cash_view, "cash"),
            self.route(one + "paid/", self.paid_view, "paid"),
            self.route(one + "send/", self.send_view, "send"),
            self.route(one + "void/", self.void_view, "void"),
            self.route(one + "give-up/", self.give_up_view, "give_up"),
        ]

    def act_links(self, row: Invoice) -> list[Link]:
        """Return what can be done with an invoice as it is."""
        if row.imported_from:
            return []
        is_sent = row.collection_method == Subscription.Collection.SEND
        first = "" if is_sent else "primary"
        links = []
        if row.status == Status.DRAFT:
            links.append(Link(_("Finalize"), self.url("finalize", row.pk), "primary"))
        if row.status in {Status.DRAFT, Status.OPEN} and is_sent:
            style = "primary" if row.status == Status.OPEN else ""
            links.append(Link(_("Send"), self.url("send", row.pk), style))
        if row.status in {Status.OPEN, Status.UNCOLLECTIBLE}:
            links.append(Link(_("Charge now"), self.url("pay", row.pk), first))
            if _cash_for(row):
                links.append(Link(_("Apply cash balance"), self.url("cash", row.pk)))
            links.append(Link(_("Mark as paid"), self.url("paid", row.pk)))
        if row.status == Status.OPEN:
            links.append(Link(_("Give up"), self.url("give_up", row.pk)))
        if row.status in {Status.OPEN, Status.UNCOLLECTIBLE} and not row.amount_paid:
            links.append(Link(_("Void"), self.url("void", row.pk), "danger"))
        return links

    # -- Views --------------------------------------------------------------------------------------------------------

    def finalize_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether a draft is to become a bill, or make it one."""
        row = self.changeable(request, object_id)
        amount = shown.money(row.amount_due, row.currency)
        is_sent = row.collection_method == Subscription.Collection.SEND
        text = (
            _(
                "It gets its number, and nothing on it can be changed. %(customer)s is asked to pay %(amount)s."
            )
            if is_sent or not row.auto_advance
            else _(
                "It gets its number, and nothing on it can be changed. %(customer)s is then charged %(amount)s "
                "automatically."
            )
        )
        return self._run(
            request,
            row,
            self.make_form(request, ActForm),
            lambda _form: self._finalize(row),
            title=_("Finalize this invoice over %(amount)s?") % {"amount": amount},
            text=text % {"customer": row.customer, "amount": amount},
            button=_("Finalize"),
        )

    def pay_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask with what to pay an invoice, or charge it."""
        row = self.changeable(request, object_id)
        methods = attachments.of_customer(row.customer)
        usual = invoices.method_of(row)
        amount = shown.money(row.amount_remaining, row.currency)
        text = str(_NO_METHOD)
        if methods:
            text = _("%(customer)s is charged %(amount)s. Usually this invoice is collected with %(method)s.") % {
                "customer": row.customer, "amount": amount, "method": _name(usual),
            }  # fmt: skip
        return self._run(
            request,
            row,
            self.make_form(request, PayForm, methods, usual.pk if usual else None),
            lambda form: self._pay(row, form),
            title=_("Charge %(amount)s now?") % {"amount": amount},
            text=text,
            button=_("Charge %(amount)s") % {"amount": amount},
        )

    def cash_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to pay an invoice out of what the customer has sent before, or do so."""
        row = self.changeable(request, object_id)
        most = _cash_for(row)
        amount = shown.money(most, row.currency)
        left = shown.money(row.amount_remaining - most, row.currency)
        text = _(
            "%(customer)s sent this money before. %(left)s of the invoice is still to be paid then."
        )
        if most == row.amount_remaining:
            text = _("%(customer)s sent this money before. The invoice is paid then.")
        if not most:
            text = _("%(customer)s has no cash balance in the currency of the invoice.")
        return self._run(
            request,
            row,
            self.make_form(request, CashForm, most),
            lambda form: self._cash(row, form.cleaned_data["amount"]),
            title=_("Apply %(amount)s of the cash balance?") % {"amount": amount},
            text=text % {"customer": row.customer, "left": left},
            button=_("Apply %(amount)s") % {"amount": amount},
        )

    def paid_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether an invoice was paid elsewhere, or write that down."""
        row = self.changeable(request, object_id)
        amount = shown.money(row.amount_remaining, row.currency)
        return self._run(
            request,
            row,
            self.make_form(request, ActForm),
            lambda _form: self._paid(row),
            title=_("Mark as paid?"),
            text=_(
                "You got %(amount)s from %(customer)s in another way. No card is charged. This cannot be undone."
            )
            % {"amount": amount, "customer": row.customer},
            button=_("Mark as paid"),
        )

    def send_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to send an invoice, or send it."""
        row = self.changeable(request, object_id)
        amount = shown.money(row.amount_remaining or row.amount_due, row.currency)
        text = _("%(email)s gets it by email, with what is to be paid: %(amount)s.")
        if row.status == Status.DRAFT:
            text = _(
                "It is finalized, so that nothing on it can be changed. %(email)s gets it by email, with what is to "
                "be paid: %(amount)s."
            )
        return self._run(
            request,
            row,
            self.make_form(request, ActForm),
            lambda _form: self._done_by(invoices.send, row, _("The invoice was sent.")),
            title=_("Send this invoice?"),
            text=text % {"email": row.customer.email or row.customer, "amount": amount},
            button=_("Send"),
        )

    def void_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether an invoice is to be void, or make it so."""
        row = self.changeable(request, object_id)
        return self._run(
            request,
            row,
            self.make_form(request, ActForm),
            lambda _form: self._void(row),
            title=_("Void invoice %(number)s?") % {"number": row.number},
            text=_(
                "%(customer)s does not have to pay the %(amount)s any more. The invoice keeps its number and counts "
                "as if it had never been. This cannot be undone."
            )
            % self._owed(row),
            button=_("Void"),
            style="danger",
        )

    def give_up_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether an invoice is a bad debt, or mark it as one."""
        row = self.changeable(request, object_id)
        return self._run(
            request,
            row,
            self.make_form(request, ActForm),
            lambda _form: self._done_by(
                invoices.mark_uncollectible, row, _("The invoice is marked as uncollectible.")
            ),
            title=_("Give up this invoice?"),
            text=_(
                "The %(amount)s of %(customer)s count as a bad debt and are not collected any more. The invoice can "
                "still be paid."
            )
            % self._owed(row),
            button=_("Give up"),
            style="danger",
        )

    def changeable(self, request: HttpRequest, object_id: str) -> Invoice:
        """Return the invoice, for an operator who may do something with it.

        Raises:
            Http404: there is none.
            PermissionDenied: the operator may not.
        """
        row: Invoice = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        return row

    def _run(
        self, request: HttpRequest, row: Invoice, form: Any, act: Callable[[Any], Any], **words: Any
    ) -> HttpResponse:
        name = shown.invoice_name(row)
        return self.run_form(request, form, act, self.words(row, **words), row=name)

    def _owed(self, row: Invoice) -> dict[str, Any]:
        amount = shown.money(row.amount_remaining, row.currency)
        return {"amount": amount, "customer": row.customer}

    # -- What they do -------------------------------------------------------------------------------------------------

    def _done_by(self, service: Callable[..., Invoice], row: Invoice, text: str) -> Result:
        at = self.now(row)
        return self.done(attempt(lambda: service(row, at=at)), text)

    def _finalize(self, row: Invoice) -> Result:
        at = self.now(row)
        made = attempt(lambda: invoices.finalize(row, at=at))
        return self.done(made, _("It is invoice %(number)s now.") % {"number": made.number})

    def _pay(self, row: Invoice, form: PayForm) -> Result:
        at = self.now(row)
        method = payment_methods.chargeable(
            form.cleaned_data["method"], row.customer, param="method", at=at
        )
        made = invoices.pay(
            row, method=method, request_key=form.request_key(f"pay {row.pk}"), at=at
        )
        if made.status != Status.PAID:
            text = _("The gateway has not confirmed this yet. The invoice is paid once it does.")
            return self.done(made, text, level="warning")
        paid = shown.money(row.amount_remaining, row.currency)
        return self.done(made, _("%(amount)s was charged.") % {"amount": paid})

    def _cash(self, row: Invoice, amount: int) -> Result:
        at = self.now(row)
        made = cash_payments.pay(row, amount=amount, at=at)
        paid = shown.money(amount, row.currency)
        return self.done(made, _("%(amount)s was applied.") % {"amount": paid})

    def _paid(self, row: Invoice) -> Result:
        made = invoices.pay_out_of_band(row, at=self.now(row))
        return self.done(made, _("The invoice is marked as paid."))

    def _void(self, row: Invoice) -> Result:
        at = self.now(row)
        made = attempt(lambda: invoices.void(row, at=at))
        invoices.call_off(made, at=at)
        return self.done(made, _("The invoice is void."))


def _cash_for(row: Invoice) -> int:
    """Return how much of an invoice the customer's cash balance could pay, in minor units."""
    available = cash_balances.available(row.customer).get(row.currency, 0)
    left: int = row.amount_remaining
    return min(available, left)


def _name(method: PaymentMethod | None) -> str:
    return method_line(method) if method is not None else _("no payment method")


_NO_METHOD = gettext_lazy("The customer has no saved payment method. Add one first.")
