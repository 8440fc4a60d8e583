"""What the acts on subscriptions and invoices share: they run by the customer's clock, and some are previewed first."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from customers.admin.base import Act
from customers.kit import clock, sealing
from customers.kit.errors import DomainError
from customers.services import test_clocks
from customers.services.test_clocks import OnClock
from payments.admin.base import ActForm, AsksGateway, Result

if TYPE_CHECKING:
    from payments.billing.admin.previews import Said


class PreviewedForm(ActForm):
    """A form that is sent twice: the first time its amounts are shown, the second time it is meant.

    `seen` says which values the amounts were shown for, and `moment` for which instant they were computed.
    """

    not_sent = ("act_key", "seen")
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    moment = forms.IntegerField(
        required=False, min_value=0, max_value=2**40, widget=forms.HiddenInput
    )

    @property
    def is_seen(self) -> bool:
        """Whether the amounts of just these values were shown."""
        return bool(self.cleaned_data["seen"]) and self.cleaned_data["seen"] == self._digest(
            self.cleaned_data["moment"]
        )

    @property
    def at(self) -> datetime | None:
        """The instant for which the amounts were computed."""
        moment = self.cleaned_data.get("moment")
        return None if moment is None else datetime.fromtimestamp(moment, UTC)

    def see(self, at: datetime) -> None:
        """Let the form, sent once more as it is, mean what it says."""
        moment = int(at.timestamp())
        self.cleaned_data["moment"] = moment
        kept = {name: self.data.getlist(name) for name in self.data}  # type: ignore[attr-defined]  # as forms are sent
        self.data = self.data.copy()  # type: ignore[attr-defined]  # as above
        for name, values in kept.items():
            self.data.setlist(name, values)  # type: ignore[attr-defined]  # as above
        self.data["seen"], self.data["moment"] = self._digest(moment), str(moment)  # type: ignore[index]  # as above

    def _digest(self, moment: int | None) -> str:
        values = {
            name: str(value)
            for name, value in sorted(self.cleaned_data.items())
            if name not in self.not_sent
        }
        sent = json.dumps({**values, "moment": moment})
        return sealing.digest("amounts that were shown", sent).hex()


class ActsByClock(AsksGateway):
    """Pages whose acts happen at the time of the customer's clock, where there is one.

    No transaction is open around them, since some ask a gateway; those that do not run in one by `base.attempt`.
    """

    def now(self, row: OnClock) -> datetime:
        """Return the present instant for what belongs to a customer."""
        return test_clocks.now_for(row, clock.now())

    def run_previewed(
        self,
        request: HttpRequest,
        form: PreviewedForm,
        words: Act,
        *,
        preview: Callable[[Any, datetime], "Said"],
        act: Callable[[Any], Any],
        at: datetime,
        row: Any,
    ) -> HttpResponse:
        """Show a form; then what it would cost; and do it once that was seen."""
        said = None
        if request.method == "POST" and form.is_valid() and not form.is_seen:
            form.cleaned_data["moment"] = int(at.timestamp())
            try:
                said = preview(form, at)
            except DomainError as refusal:
                form.refuse(refusal)
            else:
                form.see(at)
        elif request.method == "POST" and form.is_valid():
            return self.run_form(request, form, act, words, row=row)
        context = {
            "title": words.title,
            "act": words if said else _first(words),
            "form": form,
            "row": row,
            "preview": said,
        }
        return self.render(request, "admin/billing/previewed.html", context)

    def done(self, row: Any, text: str, *, level: str = "success") -> Result:
        """Return that something was done, to be told on a row's page."""
        return Result(level, text, self.page_url(row))

    def words(self, row: Any, **words: Any) -> Act:
        """Return an act's words; a `Result` says that it is done."""
        words.setdefault("back", self.page_url(row))
        return Act(done="", then=lambda result: str(result.url), **words)


def _first(words: Act) -> Act:
    """Return the words for a form whose amounts are still to be shown."""
    return Act(
        title=words.title, button=_("Show what it costs"), done="", back=words.back, text=words.text,
        leave=words.leave,
    )  # fmt: skip


def midnight(on: date | None, *, ends: bool = False) -> datetime | None:
    """Return the instant at which a day of the site's begins, or its last second."""
    if on is None:
        return None
    at = time(23, 59, 59) if ends else time()
    return datetime.combine(on, at, tzinfo=get_current_timezone())


def day_field(label: Any, **options: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options
    )
