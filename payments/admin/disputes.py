"""Disputes: what banks took back, answered with evidence or accepted."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.customer_filters import TableFilter
from customers.kit import clock
from customers.services.powers import Power
from payments.admin import shown
from payments.admin.base import ActForm, AsksGateway, ShowsAmounts
from payments.models import Dispute
from payments.services import disputes

Status = Dispute.Status
_MAX_EVIDENCE = 20_000  # characters, as the API takes


class StateFilter(TableFilter):
    title = gettext_lazy("status")
    parameter_name = "status"
    table = {
        "needs_response": (
            gettext_lazy("Needs an answer"),
            lambda rows: rows.filter(status=Status.NEEDS_RESPONSE),
        ),
        "under_review": (
            gettext_lazy("Under review"),
            lambda rows: rows.filter(status=Status.UNDER_REVIEW),
        ),
        "won": (gettext_lazy("Won"), lambda rows: rows.filter(status=Status.WON)),
        "lost": (gettext_lazy("Lost"), lambda rows: rows.filter(status=Status.LOST)),
    }


def _text(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=_MAX_EVIDENCE,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class EvidenceForm(ActForm):
    """What the bank is to read; the names are those of the API's evidence."""

    product_description = _text(gettext_lazy("What was sold"))
    uncategorized_text = _text(
        gettext_lazy("Why the payment is right"),
        gettext_lazy("What was agreed, delivered, and said to the customer, in order."),
    )
    service_date = forms.CharField(
        label=gettext_lazy("When it was delivered"), required=False, max_length=100
    )
    customer_communication = _text(gettext_lazy("What the customer wrote"))
    refund_refusal_explanation = _text(gettext_lazy("Why there was no refund"))

    def evidence(self) -> dict[str, str]:
        """Return what was written."""
        return {name: text for name, text in self.cleaned_data.items() if name != "act_key"}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(cleaned.get(name) for name in self.fields if name != "act_key"):
            self.add_error("uncategorized_text", _("Write at least something for the bank."))
        return cleaned


class DisputeAdmin(ShowsAmounts, AsksGateway, TenantAdmin[Dispute]):
    """The pages of disputes."""

    model = Dispute
    menu_title = gettext_lazy("Disputes")
    to_view = Power.VIEW_PAYMENTS
    to_change = Power.REFUND
    page_template: ClassVar[str] = "admin/payments/dispute.html"
    list_display = ("amount_shown", "state", "why", "who", "due", "created")
    list_select_related = ("charge__customer",)
    list_filter = (StateFilter,)
    empty_value_display = ""

    def state(self, row: Dispute) -> str:
        """Show how it stands."""
        return format_html('<span class="badge {1}">{0}</span>', *shown.dispute_badge(row))

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as the stock admin wants it

    def why(self, row: Dispute) -> str:
        """Show what the bank says."""
        return _reason(row)

    why.short_description = gettext_lazy("reason")  # type: ignore[attr-defined]  # as above

    def who(self, row: Dispute) -> str:
        """Show who paid."""
        return shown.payer(row.charge)

    who.short_description = gettext_lazy("customer")  # type: ignore[attr-defined]  # as above

    def due(self, row: Dispute) -> str:
        """Show until when an answer counts."""
        return shown.moment(row.evidence_due_at) if row.status == Status.NEEDS_RESPONSE else ""

    due.short_description = gettext_lazy("answer until")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, object_id: str) -> Dispute:
        rows: QuerySet[Dispute] = Dispute.objects.select_related(
            "charge__customer", "charge__gateway_account"
        )
        dispute = rows.filter(pk=object_id).first()
        if dispute is None:
            raise Http404
        return dispute

    def facts(self, request: HttpRequest, row: Dispute) -> Sequence[tuple[Any, Any]]:
        return (
            (_("Reason"), _reason(row)),
            (_("Customer"), shown.payer(row.charge)),
            (_("Payment method"), shown.charged_line(row.charge)),
            (_("Opened"), row.created_at),
            (_("Answer until"), row.evidence_due_at),
            (_("Times answered"), row.submissions),
            (_("ID"), row.pk),
        )

    def page_context(self, request: HttpRequest, row: Dispute) -> dict[str, Any]:
        labels = {name: field.label for name, field in EvidenceForm.base_fields.items()}
        return {
            "title": _("Dispute of %(amount)s") % {"amount": shown.money(row.amount, row.currency)},
            "badge": shown.dispute_badge(row),
            "charge_url": reverse("admin:payments_charge_page", args=[row.charge_id]),
            "evidence": [
                (labels.get(name, name.replace("_", " ").capitalize()), text)
                for name, text in row.evidence.items()
            ],
        }

    def links(self, request: HttpRequest, row: Dispute) -> list[Link]:
        if not self.has_change_permission(request) or row.status in {Status.WON, Status.LOST}:
            return []
        links = [Link(_("Accept as lost"), self.url("accept", row.pk), "danger")]
        if row.status == Status.NEEDS_RESPONSE:
            links.insert(0, Link(_("Answer"), self.url("answer", row.pk), "primary"))
        return links

    def more_urls(self) -> list[URLPattern]:
        return [
            self.route("<str:object_id>/answer/", self.answer_view, "answer"),
            self.route("<str:object_id>/accept/", self.accept_view, "accept"),
        ]

    def answer_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for evidence, or hand it to the bank."""
        dispute = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        words = Act(
            title=_("Answer this dispute"),
            text=_("The bank reads it and decides about %(amount)s. It can be handed in once.")
            % {"amount": shown.money(dispute.amount, dispute.currency)},
            button=_("Hand in"),
            done=_("The evidence was handed in."),
            back=self.page_url(dispute),
        )
        form = self.make_form(request, EvidenceForm, initial=dispute.evidence)
        return self.run_form(
            request,
            form,
            lambda form: disputes.update(
                dispute, details={"evidence": form.evidence()}, submit=True, at=clock.now()
            ),
            words,
            row=_name(dispute),
        )

    def accept_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to give a dispute up, or do it."""
        dispute = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        words = Act(
            title=_("Accept this dispute?"),
            text=_(
                "The customer keeps %(amount)s, and the fee is not given back. This cannot be undone."
            )
            % {"amount": shown.money(dispute.amount, dispute.currency)},
            button=_("Accept as lost"),
            done=_("The dispute was accepted."),
            back=self.page_url(dispute),
            style="danger",
        )
        return self.run_form(
            request,
            self.make_form(request, ActForm),
            lambda _form: disputes.close(dispute, at=clock.now()),
            words,
            row=_name(dispute),
        )


def _reason(dispute: Dispute) -> str:
    return dispute.reason.replace("_", " ").capitalize()


def _name(dispute: Dispute) -> str:
    return _("Dispute of %(amount)s") % {"amount": shown.money(dispute.amount, dispute.currency)}
