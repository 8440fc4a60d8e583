"""What the pages of payments share: acts that a gateway is asked for, once each, and what became of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown
from customers.admin.acts import ActForm as ActForm  # noqa: PLC0414 -- the pages of payments look for it here
from customers.admin.base import Act, TenantAdmin
from customers.kit.currencies import digits
from customers.kit.errors import NotFound

if TYPE_CHECKING:
    _Base = TenantAdmin[Any]
else:
    _Base = object


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an act.

    Args:
        level: `success`, `warning` or `error`: how `text` is told on the page that comes next.
        url: of that page.
    """

    level: str
    text: str
    url: str


class AsksGateway(_Base):
    """Pages whose services commit before they ask a gateway, so that no transaction may be open around them."""

    def attempt(self, act: Callable[[], Any]) -> Any:
        """Do what a form asks for, outside of any transaction.

        Raises:
            Http404: what it is about is not there any more.
            DomainError: what the service refuses.
        """
        try:
            return act()
        except NotFound as error:
            raise Http404(error.message) from error

    def tell(self, request: HttpRequest, words: Act, made: Any) -> None:
        """Say what became of it."""
        if isinstance(made, Result):
            _TELL[made.level](request, made.text)
        else:
            messages.success(request, words.done)


class ShowsAmounts:
    """A list's column of amounts."""

    def amount_shown(self, row: Any) -> str:
        """Show the amount, with its currency's code."""
        return shown.money_with_code(row.amount, row.currency)

    amount_shown.short_description = gettext_lazy("amount")  # type: ignore[attr-defined]  # as the stock admin wants it


_TELL: Mapping[str, Callable[[HttpRequest, str], None]] = {
    "success": messages.success,
    "warning": messages.warning,
    "error": messages.error,
}


class AmountForm(ActForm):
    """An act on an amount.

    Args:
        currency: of the amount; where empty, the form has a field for it.
        most: minor units at most.
        initial: minor units to begin with; `most` where absent.
    """

    too_much: ClassVar[Any] = gettext_lazy("At most %(most)s.")

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        max_digits=18,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, currency: str, most: int, **options: Any) -> None:
        self.money_currency, self.most = currency, most
        places = digits(currency)
        options.setdefault("initial", {"amount": f"{Decimal(most).scaleb(-places):.{places}f}"})
        super().__init__(**options)
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": currency.upper()}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        minor = minor_units(self, cleaned.get("amount"), self.money_currency)
        if minor is not None and minor > self.most:
            most = shown.money(self.most, self.money_currency)
            self.add_error("amount", self.too_much % {"most": most})
        cleaned["minor"] = minor
        return cleaned


def minor_units(form: forms.Form, amount: Decimal | None, currency: str) -> int | None:
    """Return an amount in minor units; None, with an error at the form's `amount`, where it is none to be moved."""
    if amount is None:
        return None
    minor = amount.scaleb(digits(currency))
    if minor != minor.to_integral_value():
        form.add_error("amount", _("This currency has fewer digits after the point."))
        return None
    if minor < 1:
        form.add_error("amount", _("The amount must be more than zero."))
        return None
    return int(minor)
