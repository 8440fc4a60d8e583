"""The form of a new price: per unit, in packages, or in tiers, and in as many currencies as are wanted."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown as people
from customers.admin.forms import PairsField, Section
from customers.admin.row_fields import Column, Row, RowsField
from customers.kit.errors import DomainError
from payments.billing.admin.catalog_forms import PriceFields, minor_of

PER_UNIT, PACKAGE, GRADUATED, VOLUME = "per_unit", "package", "graduated", "volume"
_TIERED = (GRADUATED, VOLUME)
_MOST_TIERS, _MOST_CURRENCIES = 100, 20
_MOST_UP_TO = 10**15 - 1


def _codes() -> list[tuple[str, str]]:
    return [(code.upper(), words) for code, words in people.currencies()]


_CURRENCY = Column("currency", gettext_lazy("Currency"), offered=_codes)
_FOR_TIERS = {"data-when": f"model={GRADUATED} {VOLUME}"}
_FOR_AMOUNTS = {"data-when": f"model={PER_UNIT} {PACKAGE}"}


class NewPriceForm(PriceFields):
    """A new price.

    Args:
        products: for one of which it is: their ids and names.
        product: the one that is chosen to begin with.
    """

    sections: ClassVar[Sequence[Section]] = (
        Section("", ("product", "model", "currency", "amount", "divide_by", "tiers")),
        Section(
            gettext_lazy("When"),
            ("interval", "interval_count", "trial_days", "tax_behavior"),
        ),
        Section(
            gettext_lazy("Other currencies"),
            ("currency_options",),
            gettext_lazy("A subscription or invoice in one of them is billed at its amount."),
            is_folded=True,
        ),
        Section(gettext_lazy("More"), ("nickname", "lookup_key"), is_folded=True),
        Section(gettext_lazy("Metadata"), ("metadata",), is_folded=True),
    )
    refusals: ClassVar[dict[str, str]] = {
        **PriceFields.refusals,
        "transform_quantity[divide_by]": "divide_by",
    }

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    model = forms.ChoiceField(
        label=gettext_lazy("How it is counted"),
        widget=forms.RadioSelect,
        initial=PER_UNIT,
        choices=[
            (PER_UNIT, gettext_lazy("By the unit: each costs the amount")),
            (PACKAGE, gettext_lazy("By the package: the amount is for several units")),
            (GRADUATED, gettext_lazy("In tiers: each unit costs what its own tier says")),
            (VOLUME, gettext_lazy("By volume: all units cost what the tier of the last one says")),
        ],
    )
    divide_by = forms.IntegerField(
        label=gettext_lazy("Package size"),
        min_value=1,
        max_value=10**9,
        required=False,
        widget=forms.NumberInput(attrs={"data-when": f"model={PACKAGE}"}),
        help_text=gettext_lazy("A package that is begun counts."),
    )
    tiers = RowsField(
        [
            Column("up_to", gettext_lazy("Up to"), "numeric"),
            Column("unit", gettext_lazy("Per unit"), "decimal"),
            Column("flat", gettext_lazy("Flat"), "decimal"),
            _CURRENCY,
        ],
        most=_MOST_TIERS,
        spare=4,
        attrs=_FOR_TIERS,
        label=gettext_lazy("Tiers"),
        help_text=gettext_lazy(
            "One a row, the smallest first. Leave “Up to” empty in the last one: it holds for all that is more. Name a "
            "currency in the rows of another one, which needs tiers of its own."
        ),
    )
    currency_options = RowsField(
        [_CURRENCY, Column("amount", gettext_lazy("Amount"), "decimal")],
        most=_MOST_CURRENCIES,
        spare=3,
        attrs=_FOR_AMOUNTS,
        label=gettext_lazy("Amounts"),
        help_text=gettext_lazy("Of a price in tiers, they stand in the tiers."),
    )
    trial_days = forms.IntegerField(
        label=gettext_lazy("Days of trial"),
        min_value=1,
        max_value=730,
        required=False,
    )
    nickname = forms.CharField(
        label=gettext_lazy("Nickname"),
        max_length=5000,
        required=False,
        help_text=gettext_lazy("Customers do not see it."),
    )
    lookup_key = forms.CharField(
        label=gettext_lazy("Lookup key"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("A word by which your programs find the price."),
    )
    metadata = PairsField(label=gettext_lazy("Metadata"))

    def __init__(
        self, currency: str, products: Sequence[tuple[str, str]], product: str, **options: Any
    ) -> None:
        self.own_tiers: list[dict[str, Any]] = []
        self.options: dict[str, dict[str, Any]] = {}
        super().__init__(initial={"currency": currency, "product": product}, **options)
        self.fields["amount"].required = False
        self.fields["amount"].widget.attrs |= _FOR_AMOUNTS
        choice = self.fields["product"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 -- as declared
        choice.choices = list(products)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("trial_days") and not cleaned.get("interval"):
            self.add_error("trial_days", _("Only what is billed again and again has a trial."))
        if "model" in cleaned:
            self._check_model(cleaned, cleaned["model"])
        self.own_tiers, self.options = self._options(cleaned)
        return cleaned

    def refuse(self, error: DomainError) -> None:
        """Show a refusal at the field it is about; what other currencies cost may stand in the tiers."""
        is_tiered = self.cleaned_data.get("model") in _TIERED
        if is_tiered and error.param.startswith("currency_options"):
            self.add_error("tiers", error.message)
        else:
            super().refuse(error)

    def terms(self) -> dict[str, Any]:
        """Return what the price costs and how often, as services take it."""
        terms, said = super().terms(), self.cleaned_data
        if said["model"] in _TIERED:
            del terms["unit_amount_decimal"]
            terms |= {
                "billing_scheme": "tiered",
                "tiers_mode": said["model"],
                "tiers": self.own_tiers,
            }
        if said["divide_by"]:
            terms["transform_quantity"] = {"divide_by": said["divide_by"], "round": "up"}
        if said["trial_days"]:
            terms["recurring"]["trial_period_days"] = said["trial_days"]
        tax = {"tax_behavior": terms["tax_behavior"]}
        terms["currency_options"] = {code: {**tax, **of} for code, of in self.options.items()}
        return terms

    def details(self) -> dict[str, Any]:
        """Return the price's other columns."""
        return {name: self.cleaned_data[name] for name in ("nickname", "lookup_key", "metadata")}

    def _check_model(self, cleaned: dict[str, Any], model: str) -> None:
        """Ask for what the way of counting needs, and refuse what it does not have."""
        missing, wrong = _("This field is required."), _("This way of counting has none.")
        needs = {
            "amount": model not in _TIERED,
            "divide_by": model == PACKAGE,
            "tiers": model in _TIERED,
            "currency_options": None if model not in _TIERED else False,
        }
        for name, is_needed in needs.items():
            is_there = cleaned.get(name) not in (None, [])
            if name in self.errors or is_needed is None or is_there == is_needed:
                continue
            self.add_error(name, missing if is_needed else wrong)

    def _options(self, cleaned: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return the tiers in the price's own currency, and what it costs in others, by currency."""
        own = cleaned.get("currency", "")
        tiers: dict[str, list[Any]] = defaultdict(list)
        for number, row in enumerate(cleaned.get("tiers") or (), 1):
            code = self._code("tiers", number, row["currency"] or own)
            tiers[code].append(self._tier(number, row, code))
        options: dict[str, Any] = {}
        for number, row in enumerate(cleaned.get("currency_options") or (), 1):
            code = self._code("currency_options", number, row["currency"])
            amount = self._amount("currency_options", number, row["amount"], code)
            if code in options:
                self._row_error("currency_options", number, _("This currency stands there twice."))
            options[code] = {"unit_amount_decimal": amount}
        own_tiers = tiers.pop(own, [])
        return own_tiers, options | {code: {"tiers": found} for code, found in tiers.items()}

    def _tier(self, number: int, row: Row, code: str) -> dict[str, Any]:
        upper = row["up_to"]
        if upper and not (upper.isascii() and upper.isdecimal() and 0 < int(upper) <= _MOST_UP_TO):
            self._row_error("tiers", number, _("“Up to” is a whole number from 1, or empty."))
            upper = ""
        found: dict[str, Any] = {"up_to": int(upper) if upper else None}
        for name in ("unit", "flat"):
            if row[name]:
                found[f"{name}_amount_decimal"] = self._amount("tiers", number, row[name], code)
        return found

    def _code(self, name: str, number: int, text: str) -> str:
        code = text.lower()
        if code not in dict(people.currencies()):
            self._row_error(name, number, _("Name a currency by its three letters, such as EUR."))
        return code

    def _amount(self, name: str, number: int, text: str, code: str) -> Decimal:
        try:
            return minor_of(Decimal(text), code)
        except InvalidOperation:
            self._row_error(name, number, _("Write the amount as a number."))
        except forms.ValidationError as error:
            self._row_error(name, number, error.messages[0])
        return Decimal(0)

    def _row_error(self, name: str, number: int, message: str) -> None:
        self.add_error(
            name, _("Row %(number)d: %(message)s") % {"number": number, "message": message}
        )
