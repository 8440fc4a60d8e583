"""Acts that must not happen twice, and those that are confirmed before they happen."""

import hashlib
import json
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from secrets import choice
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse

from customers.admin.base import Act
from customers.admin.forms import DashboardForm
from customers.kit import sealing
from customers.kit.errors import DomainError

if TYPE_CHECKING:
    from customers.admin.base import TenantAdmin

    _Base = TenantAdmin[Any]
else:
    _Base = object

_LETTERS, _LENGTH = (
    string.ascii_letters,
    24,
)  # without digits, so that none looks like a card number


def _fresh() -> str:
    return "".join(choice(_LETTERS) for _letter in range(_LENGTH))


class ActForm(DashboardForm):
    """A form for an act that must not happen twice: sent again as it is, it means the same act."""

    act_key = forms.CharField(
        max_length=64, widget=forms.HiddenInput(attrs={"autocomplete": "off"}), initial=_fresh
    )

    def request_key(self, about: str) -> str:
        """Return the digest of what was sent, by which a service knows the same act again.

        Args:
            about: what the act is, and on what.
        """
        digest = hashlib.sha256(self._sent().encode()).hexdigest()
        return sealing.digest("act in the dashboard", f"{about} {digest}").hex()

    def refuse(self, error: DomainError) -> None:
        """Show a service's refusal; what is sent then is another try."""
        self.data = {**{name: self.data.get(name) for name in self.data}, "act_key": _fresh()}
        super().refuse(error)

    def _sent(self, *, but: Sequence[str] = ()) -> str:
        values = {
            name: str(value) for name, value in sorted(self.cleaned_data.items()) if name not in but
        }
        return json.dumps(values)


class ConfirmedForm(ActForm):
    """A form that is sent twice: the first time it is said what it means, the second time it is meant."""

    _NOT_MEANT: ClassVar[tuple[str, ...]] = ("act_key", "confirmed")

    confirmed = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput(attrs={"autocomplete": "off"})
    )

    @property
    def is_confirmed(self) -> bool:
        """Whether what just these values mean was said."""
        return bool(self.cleaned_data["confirmed"] == self._digest())

    def confirm(self) -> None:
        """Let the form, sent once more as it is, be meant."""
        self.data = {
            **{name: self.data.get(name) for name in self.data},
            "confirmed": self._digest(),
        }

    def hidden(self) -> list[Any]:
        """Return all fields as they were sent, for a page that does not show them."""
        return [field.as_hidden() for field in self]

    def _digest(self) -> str:
        return sealing.digest("act that is to be confirmed", self._sent(but=self._NOT_MEANT)).hex()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a form means, to be confirmed.

    Args:
        facts: labels and values, such as the amount and the card.
        button: what is done, with the amount.
    """

    title: str
    facts: Sequence[tuple[str, Any]]
    button: str
    text: str = ""
    style: str = "primary"


class AsksTwice(_Base):
    """Pages with acts that are confirmed: by a page that says what will happen before it does."""

    def run_confirmed(
        self,
        request: HttpRequest,
        form: ConfirmedForm,
        act: Callable[[Any], Any],
        words: Act,
        *,
        means: Callable[[Any], Meaning],
        row: Any,
    ) -> HttpResponse:
        """Show a form; say what it means; and do it once that was confirmed.

        Args:
            words: its button leads to the confirmation.
            means: gets the valid form; what it refuses is shown on the form.
        """
        context = {"title": words.title, "act": words, "form": form, "row": row}
        if request.method == "POST" and "change" in request.POST:
            return self.render(request, "admin/form.html", context)
        if request.method != "POST" or not self._is_fine(request, form) or form.is_confirmed:
            return self.run_form(request, form, act, words, row=row)
        try:
            meaning = means(form)
        except DomainError as refusal:
            form.refuse(refusal)
            return self.render(request, "admin/form.html", context)
        form.confirm()
        context = {**context, "title": meaning.title, "meaning": meaning}
        return self.render(request, "admin/confirm.html", context)
