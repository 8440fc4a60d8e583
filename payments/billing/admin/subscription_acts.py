"""What can be done with a subscription: end it, pause its collection, change what it is for; each confirmed."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _

from customers.admin.base import Link
from customers.kit.errors import InvalidState
from payments.admin.base import ActForm, Result
from payments.billing.admin import previews, shown, subscription_page
from payments.billing.admin.acting import ActsByClock, midnight
from payments.billing.admin.subscription_forms import (
    AT_END,
    CREDIT,
    CancelForm,
    ChangeForm,
    PauseForm,
    offered,
)
from payments.billing.models import Invoice, Subscription
from payments.billing.services import subscriptions

State = Subscription.Status
_CHANGEABLE = {State.TRIALING, State.ACTIVE, State.PAST_DUE, State.UNPAID}


class SubscriptionActs(ActsByClock):
    """The views of these acts; mixed into the pages of subscriptions."""

    def act_urls(self) -> list[URLPattern]:
        """Return the addresses of these views."""
        one = "<str:object_id>/"
        return [
            self.route(one + "cancel/", self.cancel_view, "cancel"),
            self.route(one + "keep/", self.keep_view, "keep"),
            self.route(one + "pause/", self.pause_view, "pause"),
            self.route(one + "resume/", self.resume_view, "resume"),
            self.route(one + "update/", self.update_view, "update"),
            self.route(one + "end-trial/", self.end_trial_view, "end_trial"),
        ]

    def act_links(self, row: Subscription) -> list[Link]:
        """Return what can be done with a subscription as it is."""
        status = State(row.status)
        if status in Subscription.ENDED or row.imported_from:
            return []
        links = []
        if status in _CHANGEABLE:
            links.append(Link(_("Change"), self.url("update", row.pk), "primary"))
        if status == State.TRIALING:
            links.append(Link(_("End the trial"), self.url("end_trial", row.pk)))
        if row.pause_behavior or status == State.PAUSED:
            links.append(Link(_("Resume"), self.url("resume", row.pk), "primary"))
        elif status in _CHANGEABLE:
            links.append(Link(_("Pause collection"), self.url("pause", row.pk)))
        if _ends(row):
            links.append(Link(_("Do not cancel"), self.url("keep", row.pk)))
        links.append(Link(_("Cancel subscription"), self.url("cancel", row.pk), "danger"))
        return links

    # -- Views --------------------------------------------------------------------------------------------------------

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask when a subscription is to end, or end it."""
        row = self.changeable(request, object_id)
        unused = previews.unused(row, at=self.now(row)) if row.status in _CHANGEABLE else 0
        amount = shown.money(unused, row.currency) if unused > 0 else ""
        form = self.make_form(
            request, CancelForm, row.period_end, amount,
            offers_end=row.status in _CHANGEABLE and not _ends(row),
        )  # fmt: skip
        return self._run(
            request,
            row,
            form,
            lambda form: self._cancel(row, form),
            title=_("Cancel this subscription?"),
            text=_(
                "%(customer)s pays %(cost)s. Nothing more is billed once it has ended, and that cannot be undone. Its "
                "open invoices stay open, and are not tried again."
            )
            % {"customer": row.customer, "cost": self._cost(row)},
            button=_("Cancel subscription"),
            style="danger",
            leave=_("Back"),
        )

    def keep_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether a planned cancellation is to be undone, or undo it."""
        row = self.changeable(request, object_id)
        return self._run(
            request,
            row,
            self.make_form(request, ActForm),
            lambda _form: self._keep(row),
            title=_("Let this subscription go on?"),
            text=_("It was to end on %(date)s. %(customer)s goes on paying %(cost)s.")
            % {
                "date": shown.moment(row.cancel_at or row.period_end),
                "customer": row.customer,
                "cost": self._cost(row),
            },
            button=_("Do not cancel"),
            leave=_("Back"),
        )

    def pause_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for how long nothing is to be collected, or stop collecting."""
        row = self.changeable(request, object_id)
        return self._run(
            request,
            row,
            self.make_form(request, PauseForm),
            lambda form: self._pause(row, form),
            title=_("Stop collecting for a while?"),
            text=_(
                "The subscription goes on and keeps its dates, but %(customer)s is not charged the %(cost)s meanwhile."
            )
            % {"customer": row.customer, "cost": self._cost(row)},
            button=_("Pause collection"),
        )

    def resume_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to collect again, or do it."""
        row = self.changeable(request, object_id)
        is_paused = row.status == State.PAUSED
        text = (
            _("A new period begins now: %(customer)s is billed %(cost)s at once.")
            if is_paused
            else _("%(customer)s is charged %(cost)s again, from the next date on: %(date)s.")
        )
        words = {
            "customer": row.customer, "cost": self._cost(row), "date": shown.day(row.period_end),
        }  # fmt: skip
        return self._run(
            request,
            row,
            self.make_form(request, ActForm),
            lambda _form: self._resume(row),
            title=_("Collect again?"),
            text=text % words,
            button=_("Resume"),
        )

    def end_trial_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether a trial is to end now, or end it."""
        row = self.changeable(request, object_id)
        return self._run(
            request,
            row,
            self.make_form(request, ActForm),
            lambda _form: self._end_trial(row),
            title=_("End the trial now?"),
            text=_("It would go on until %(date)s. %(customer)s is billed %(cost)s at once.")
            % {
                "date": shown.moment(row.trial_end_at),
                "customer": row.customer,
                "cost": self._first_cost(row),
            },
            button=_("End the trial"),
        )

    def update_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what the items are to be, show what that costs, or change them."""
        row = self.changeable(request, object_id)
        items = subscription_page.items_of([row])[row.pk]
        at = self.now(row)
        words = self.words(
            row,
            title=_("Change what %(customer)s pays for") % {"customer": row.customer},
            text=_("Now: %(what)s, %(cost)s.")
            % {"what": shown.items_line(items), "cost": shown.cost_line(row, items)},
            button=_("Change subscription"),
        )
        return self.run_previewed(
            request,
            self.make_form(request, ChangeForm, items, offered(row.currency)),
            words,
            preview=lambda form, at: previews.change(
                row, wishes=form.wishes(), details=form.details(), at=at
            ),
            act=lambda form: self._update(row, form),
            at=at,
            row=row,
        )

    def changeable(self, request: HttpRequest, object_id: str) -> Subscription:
        """Return the subscription, for an operator who may do something with it.

        Raises:
            Http404: there is none.
            PermissionDenied: the operator may not.
        """
        row: Subscription = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        return row

    def _run(
        self,
        request: HttpRequest,
        row: Subscription,
        form: Any,
        act: Callable[[Any], Any],
        **words: Any,
    ) -> HttpResponse:
        name = shown.subscription_name(row, subscription_page.items_of([row])[row.pk])

        def checked(sent: Any) -> Any:
            if row.status in Subscription.ENDED:
                raise InvalidState(_("This subscription has ended."))
            return act(sent)

        return self.run_form(request, form, checked, self.words(row, **words), row=name)

    def _cost(self, row: Subscription) -> str:
        return shown.cost_line(row, subscription_page.items_of([row])[row.pk])

    def _first_cost(self, row: Subscription) -> str:
        """Return what ending the trial bills, with its discounts and taxes."""
        said = previews.change(row, wishes=(), details={"trial_end": "now"}, at=self.now(row))
        return str(said["now"]["due"]) if said["now"] else self._cost(row)

    # -- What they do -------------------------------------------------------------------------------------------------

    def _cancel(self, row: Subscription, form: CancelForm) -> Result:
        at = self.now(row)
        if form.cleaned_data["when"] == AT_END:
            details = {**form.details(), "cancels_at_period_end": True}
            made = subscriptions.update(row, details=details, at=at)
            when = shown.day(made.cancel_at or made.period_end)
            return self.done(made, _("The subscription will end on %(date)s.") % {"date": when})
        gives_back = form.cleaned_data["settlement"] == CREDIT
        made = subscriptions.cancel(
            row, details=form.details(), invoice_now=gives_back, prorate=gives_back, at=at
        )
        return self.done(made, _("The subscription was canceled."))

    def _keep(self, row: Subscription) -> Result:
        made = subscriptions.update(row, details={"cancel_at": None}, at=self.now(row))
        return self.done(made, _("The subscription goes on."))

    def _pause(self, row: Subscription, form: PauseForm) -> Result:
        pause = {
            "behavior": form.cleaned_data["behavior"],
            "resumes_at": midnight(form.cleaned_data["resumes_on"]),
        }
        made = subscriptions.update(row, details={"pause": pause}, at=self.now(row))
        return self.done(made, _("Collection is paused."))

    def _resume(self, row: Subscription) -> Result:
        if row.status != State.PAUSED:
            made = subscriptions.update(row, details={"pause": None}, at=self.now(row))
            return self.done(made, _("Collection goes on."))
        made = subscriptions.resume(row, details={}, at=self.now(row))
        if made.status == State.PAUSED:
            return self._unpaid(made)
        return self.done(made, _("The subscription goes on."))

    def _end_trial(self, row: Subscription) -> Result:
        made = subscriptions.update(row, details={"trial_end": "now"}, at=self.now(row))
        return self.became(made, _("The trial has ended."))

    def _update(self, row: Subscription, form: ChangeForm) -> Result:
        made = subscriptions.update(
            row, wishes=form.wishes(), details=form.details(), at=self.now(row)
        )
        return self.became(made, _("The subscription was changed."))

    def became(self, row: Subscription, text: str) -> Result:
        """Return what became of an act, with a warning where its invoice was not paid."""
        invoice = Invoice.objects.filter(pk=row.latest_invoice_id).first()
        is_charged = row.collection_method == Subscription.Collection.CHARGE
        is_open = invoice is not None and invoice.status == Invoice.Status.OPEN
        if is_open and is_charged:
            return self._unpaid(row)
        return self.done(row, text)

    def _unpaid(self, row: Subscription) -> Result:
        text = _(
            "It is done, but its invoice could not be collected. See the invoice for the reason."
        )
        return self.done(row, text, level="warning")


def _ends(row: Subscription) -> bool:
    return row.cancels_at_period_end or row.cancel_at is not None
