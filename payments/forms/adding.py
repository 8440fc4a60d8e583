"""What customers send to save a payment method: a card's token, a US bank account, a SEPA account.

Numbers are never shown again, not even beside an error, and no field cuts off what is pasted. A card's number does not
come here at all (`payments.forms.card_entry`).
"""

import re
import unicodedata
from typing import Any, ClassVar

from django import forms
from django.utils.translation import pgettext, pgettext_lazy

from customers.kit.errors import DomainError, GatewayUnavailable
from payments.forms import wordings

_MISSING = pgettext_lazy("page", "Fill this in.")


class _Text(forms.CharField):
    """A text; full-width digits, as Japanese keyboards write them, count as digits."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("error_messages", {"required": _MISSING})
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFKC", super().to_python(value) or "").strip()

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}  # without `maxlength`, which cuts off what is pasted


class _OnceInput(forms.TextInput):
    """A field that comes back empty."""

    def format_value(self, value: Any) -> None:
        return None


def _once(**attributes: str) -> _OnceInput:
    standing = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
    return _OnceInput(attrs={**standing, **attributes})


def _holder() -> _Text:
    widget = forms.TextInput(attrs={"autocomplete": "name"})
    return _Text(label=pgettext_lazy("page", "Account holder"), max_length=120, widget=widget)


def _cents(label: Any) -> forms.IntegerField:
    wrong = pgettext_lazy("page", "Write a number from 1 to 99.")
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=99,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), wrong),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class MethodForm(forms.Form):
    """A payment method of one kind; `details` returns what was typed, by the vault's names."""

    kind: ClassVar[str]
    example: ClassVar[str]
    """A published test number."""
    fields_of: ClassVar[dict[str, str]] = {}
    """By what a refusal names, parameter or code, the field that shows it."""
    error_css_class = "has-error"

    def __init__(self, merchant: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.use_required_attribute = False  # our own sentences, in the page's language
        mandate = wordings.of(self.kind, merchant)
        if mandate:
            self.fields["agrees"] = forms.BooleanField(
                label=pgettext("page", "I authorize these debits"),
                help_text=mandate,
                error_messages={"required": pgettext("page", "Tick this to go on.")},
            )

    @property
    def mandate(self) -> str:
        """What the customer agrees to; empty where nothing is debited later."""
        return str(self.fields["agrees"].help_text) if "agrees" in self.fields else ""

    def details(self) -> dict[str, str]:
        """Return what was typed."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "agrees"}

    def billing_details(self) -> dict[str, str]:
        """Return whose it is."""
        return {"name": self.cleaned_data["name"]} if self.cleaned_data["name"] else {}

    def refuse(self, error: DomainError) -> None:
        """Show a service's refusal at its field, or above all of them, in the page's language."""
        names = (error.param, error.code, str(error.extra.get("decline_code", "")))
        field = next((self.fields_of[name] for name in names if name in self.fields_of), None)
        self.add_error(field, _said(error))

    def focus_on_error(self) -> None:
        """Let the browser begin at the first field that was refused."""
        first = next((name for name in self.fields if name in self.errors), None)
        if first is not None:
            self.fields[first].widget.attrs["autofocus"] = True


class CardForm(MethodForm):
    """A card, of which only the token comes here; its fields are the template's (`card_entry`)."""

    kind = "card"
    example = "4242\N{NO-BREAK SPACE}4242\N{NO-BREAK SPACE}4242\N{NO-BREAK SPACE}4242"

    token = forms.CharField(max_length=255, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("token"):
            self.add_error(
                None,
                pgettext("page", "No card arrived. Switch JavaScript on, or load the page again."),
            )
        return self.cleaned_data

    def billing_details(self) -> dict[str, str]:
        return {}  # the token has them

    def details(self) -> dict[str, str]:
        return {"token": self.cleaned_data["token"]}


class BankAccountForm(MethodForm):
    kind = "us_bank_account"
    example = "110000000\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}000123456789"
    fields_of = {"account_number_invalid": "account_number", "routing_number_invalid": "routing_number"}  # fmt: skip
    field_order = ("name", "account_holder_type", "account_type", "routing_number", "account_number")  # fmt: skip

    name = _holder()
    account_holder_type = forms.ChoiceField(
        label=pgettext_lazy("page", "Type of account holder"),
        choices=(
            ("individual", pgettext_lazy("page", "Individual")),
            ("company", pgettext_lazy("page", "Company")),
        ),
    )
    account_type = forms.ChoiceField(
        label=pgettext_lazy("page", "Type of account"),
        choices=(
            ("checking", pgettext_lazy("page", "Checking account")),
            ("savings", pgettext_lazy("page", "Savings account")),
        ),
    )
    routing_number = _Text(
        label=pgettext_lazy("page", "Routing number"),
        max_length=32,
        widget=_once(inputmode="numeric"),
        help_text=pgettext_lazy("page", "Nine digits, at the bottom left of a check."),
    )
    account_number = _Text(
        label=pgettext_lazy("page", "Account number"),
        max_length=64,
        widget=_once(inputmode="numeric"),
    )

    def clean_routing_number(self) -> str:
        return re.sub(r"[\s-]", "", self.cleaned_data["routing_number"])


class SepaDebitForm(MethodForm):
    kind = "sepa_debit"
    example = "DE89 3704 0044 0532 0130 00"
    fields_of = {"invalid_bank_account_iban": "iban"}

    name = _holder()
    iban = _Text(label=pgettext_lazy("page", "IBAN"), max_length=64, widget=_once())


class DepositsForm(forms.Form):
    """What the customer saw of two small deposits on their bank statement."""

    error_css_class = "has-error"

    first = _cents(pgettext_lazy("page", "First amount, in cents"))
    second = _cents(pgettext_lazy("page", "Second amount, in cents"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.use_required_attribute = False

    def amounts(self) -> list[int]:
        """Return what was typed, in cents."""
        return [self.cleaned_data["first"], self.cleaned_data["second"]]

    def refuse(self, error: DomainError) -> None:
        """Show a service's refusal, in the page's language."""
        self.add_error(None, _said(error))


FORMS: dict[str, type[MethodForm]] = {
    form.kind: form for form in (CardForm, BankAccountForm, SepaDebitForm)
}
"""By kind of payment method."""

_DEPOSIT = "payment_method_microdeposit"
_WORDS: dict[str, Any] = {
    "incorrect_number": pgettext_lazy("page", "This number is not right. Compare it with your card."),
    "test_mode_live_card": pgettext_lazy("page", "Only published test numbers are taken here."),
    "invalid_expiry_month": pgettext_lazy("page", "This date is not right, or is over. Compare it with your card."),
    "invalid_expiry_year": pgettext_lazy("page", "This date is not right, or is over. Compare it with your card."),
    "invalid_cvc": pgettext_lazy("page", "This security code is not right. Compare it with your card."),
    "incorrect_cvc": pgettext_lazy("page", "This security code is not right. Compare it with your card."),
    "expired_card": pgettext_lazy("page", "This card has expired. Use another one."),
    "account_number_invalid": pgettext_lazy("page", "Only published test numbers are taken here."),
    "routing_number_invalid": pgettext_lazy("page", "Only published test numbers are taken here."),
    "invalid_bank_account_iban": pgettext_lazy("page", "Only published test numbers are taken here."),
    "setup_intent_authentication_failure": pgettext_lazy(
        "page", "Your bank could not tell that it was you. Try again, or use another payment method."
    ),
    "card_declined": pgettext_lazy("page", "Your bank refused this card. Use another one, or ask your bank."),
    "token_missing": pgettext_lazy("page", "No card arrived. Switch JavaScript on, or load the page again."),
    "token_already_used": pgettext_lazy("page", "That was sent before. Enter the card again."),
    "token_expired": pgettext_lazy("page", "That took too long. Enter the card again."),
    f"{_DEPOSIT}_verification_amounts_mismatch": pgettext_lazy(
        "page", "Those are not the amounts that were sent. Look at your statement again."
    ),
    f"{_DEPOSIT}_verification_attempts_exceeded": pgettext_lazy(
        "page", "There were too many wrong answers. This account cannot be used."
    ),
    f"{_DEPOSIT}_verification_timeout": pgettext_lazy(
        "page", "The amounts were not told in time. This account cannot be used."
    ),
    f"{_DEPOSIT}_failed": pgettext_lazy(
        "page", "Nothing could be sent to this account. It cannot be used."
    ),
}  # fmt: skip


def _said(error: DomainError) -> str:
    """Return a refusal in words for the customer: the more exact code of two counts."""
    if isinstance(error, GatewayUnavailable):
        return pgettext("page", "The bank does not answer. Nothing was charged. Try again.")
    for code in (str(error.extra.get("decline_code", "")), error.code):
        if code in _WORDS:
            return str(_WORDS[code])
    return pgettext("page", "This could not be saved. Nothing was charged. Try again.")
