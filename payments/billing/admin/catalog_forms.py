"""The forms of products, prices and tax rates; what they send is what the API takes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown as people
from customers.admin.forms import DashboardForm, LinesField, PairsField, RuledField, Section
from customers.kit.currencies import digits
from customers.restkit import inputs
from payments.billing.models import Price, Product, TaxRate
from payments.money import MOST

_ONCE = ("", gettext_lazy("Once"))
_DECIMALS = 12  # of a minor unit
_TAXES = [
    (Price.Tax.UNSPECIFIED, Price.Tax.UNSPECIFIED.label),
    (Price.Tax.EXCLUSIVE, Price.Tax.EXCLUSIVE.label),
    (Price.Tax.INCLUSIVE, Price.Tax.INCLUSIVE.label),
]


class PriceFields(DashboardForm):
    """What a price costs and how often; mixed into forms that make one."""

    refusals: ClassVar[dict[str, str]] = {
        "unit_amount": "amount",
        "unit_amount_decimal": "amount",
        "recurring[interval_count]": "interval_count",
        "default_price_data[recurring][interval_count]": "interval_count",
    }

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        max_digits=30,
        min_value=0,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=people.currencies)
    interval = forms.ChoiceField(
        label=gettext_lazy("Billed"),
        required=False,
        choices=[
            _ONCE,
            ("day", gettext_lazy("By the day")),
            ("week", gettext_lazy("By the week")),
            ("month", gettext_lazy("By the month")),
            ("year", gettext_lazy("By the year")),
        ],
    )
    interval_count = forms.IntegerField(
        label=gettext_lazy("Every how many"),
        min_value=1,
        max_value=1095,
        required=False,
        help_text=gettext_lazy("3, by the month, is every three months; three years at most."),
    )
    tax_behavior = forms.ChoiceField(
        label=gettext_lazy("Tax"),
        choices=_TAXES,
        required=False,
        initial=Price.Tax.UNSPECIFIED,
        help_text=gettext_lazy("Once it was said, it stays."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        amount, currency = cleaned.get("amount"), cleaned.get("currency", "")
        cleaned["minor"] = self._minor(amount, currency) if amount is not None else None
        return cleaned

    def terms(self) -> dict[str, Any]:
        """Return what the price costs and how often, as services take it."""
        said = self.cleaned_data
        terms: dict[str, Any] = {
            "currency": said["currency"],
            "unit_amount_decimal": said["minor"],
            "tax_behavior": said["tax_behavior"] or Price.Tax.UNSPECIFIED,
        }
        if said["interval"]:
            terms["recurring"] = {
                "interval": said["interval"],
                "interval_count": said["interval_count"] or 1,
            }
        return terms

    def _minor(self, amount: Decimal, currency: str) -> Decimal | None:
        try:
            return minor_of(amount, currency)
        except forms.ValidationError as error:
            self.add_error("amount", error)
            return None


def minor_of(amount: Decimal, currency: str) -> Decimal:
    """Return an amount as people write it in exact minor units.

    Raises:
        ValidationError: it is none that a price can have.
    """
    if not amount.is_finite() or amount < 0:
        raise forms.ValidationError(_("The amount is 0 or more."))
    minor = amount.scaleb(digits(currency))
    if minor > MOST:
        most = people.money(MOST, currency)
        raise forms.ValidationError(_("At most %(most)s.") % {"most": most})
    if minor != round(minor, _DECIMALS):
        raise forms.ValidationError(_("This currency has fewer digits after the point."))
    return minor


class ProductForm(DashboardForm):
    """What can be changed of a product."""

    tracks_changes = True
    sections: ClassVar[Sequence[Section]] = (
        Section("", ("name", "description", "is_active")),
        Section(
            gettext_lazy("Price"),
            ("amount", "currency", "interval", "interval_count", "tax_behavior"),
            gettext_lazy("It becomes the default; leave the amount empty to add prices later."),
        ),
        Section(
            gettext_lazy("More"),
            ("unit_label", "statement_descriptor", "url", "images", "is_shippable"),
            is_folded=True,
        ),
        Section(gettext_lazy("Metadata"), ("metadata",), is_folded=True),
    )

    name = forms.CharField(label=gettext_lazy("Name"), max_length=5000)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=40_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_active = forms.BooleanField(label=gettext_lazy("It is sold"), required=False, initial=True)
    unit_label = forms.CharField(
        label=gettext_lazy("Unit"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("What one unit is called, such as seat."),
    )
    statement_descriptor = RuledField(
        inputs.TextField(
            max_length=22,
            pattern=r"(?=.*[A-Za-z])[ -!#-&(-)+-;=?-\[\]-~]+",
            wording="it has Latin letters, digits and signs other than < > \\ ' \" *.",
        ),
        label=gettext_lazy("Text on bank statements"),
    )
    url = RuledField(
        inputs.TextField(
            max_length=2048, pattern=r"https?://\S+", wording="it begins with http:// or https://."
        ),
        label=gettext_lazy("Website"),
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )
    images = LinesField(
        inputs.TextField(
            max_length=2048, pattern=r"https?://\S+", wording="it begins with http:// or https://."
        ),
        max_lines=8,
        label=gettext_lazy("Pictures"),
        help_text=gettext_lazy("Their addresses, one on a line."),
    )
    is_shippable = forms.BooleanField(label=gettext_lazy("It is shipped"), required=False)
    metadata = PairsField(label=gettext_lazy("Metadata"))

    def __init__(self, row: Product | None = None, **options: Any) -> None:
        super().__init__(**options)


class NewProductForm(PriceFields, ProductForm):
    """A new product, with its first price or without one."""

    tracks_changes = False
    refusals: ClassVar[dict[str, str]] = {
        **PriceFields.refusals,
        "default_price_data[unit_amount]": "amount",
    }

    def __init__(self, currency: str, **options: Any) -> None:
        super().__init__(initial={"currency": currency, "is_active": True}, **options)
        self.fields["amount"].required = False

    def details(self) -> dict[str, Any]:
        """Return the product's columns."""
        return {name: self.cleaned_data[name] for name in ProductForm.base_fields}


class PriceForm(DashboardForm):
    """What can be changed of a price."""

    tracks_changes = True
    refusals: ClassVar[dict[str, str]] = {"active": "is_active"}
    sections: ClassVar[Sequence[Section]] = (
        Section("", ("nickname", "lookup_key", "is_active", "tax_behavior")),
        Section(gettext_lazy("Metadata"), ("metadata",)),
    )

    nickname = forms.CharField(
        label=gettext_lazy("Nickname"),
        max_length=5000,
        required=False,
        help_text=gettext_lazy("Customers do not see it."),
    )
    lookup_key = forms.CharField(label=gettext_lazy("Lookup key"), max_length=200, required=False)
    is_active = forms.BooleanField(
        label=gettext_lazy("New things can be sold at it"), required=False
    )
    tax_behavior = forms.ChoiceField(
        label=gettext_lazy("Tax"),
        choices=_TAXES,
        help_text=gettext_lazy("Once it was said, it stays."),
    )
    metadata = PairsField(label=gettext_lazy("Metadata"))

    def __init__(self, row: Price, **options: Any) -> None:
        super().__init__(**options)
        if row.tax_behavior != Price.Tax.UNSPECIFIED:
            del self.fields["tax_behavior"]


class TaxRateForm(DashboardForm):
    """What can be changed of a tax rate."""

    tracks_changes = True
    sections: ClassVar[Sequence[Section]] = (
        Section("", ("display_name", "percentage", "is_inclusive", "description", "is_active")),
        Section(gettext_lazy("Where it holds"), ("country", "state", "jurisdiction")),
        Section(gettext_lazy("Metadata"), ("metadata",), is_folded=True),
    )

    display_name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=50,
        help_text=gettext_lazy("It stands on invoices, such as VAT."),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=5000,
        required=False,
        help_text=gettext_lazy("Customers do not see it."),
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("New things can be taxed by it"), required=False, initial=True
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        required=False,
        choices=lambda: [("", ""), *people.countries()],
    )
    state = forms.CharField(label=gettext_lazy("State or province"), max_length=64, required=False)
    jurisdiction = forms.CharField(
        label=gettext_lazy("Jurisdiction"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("It stands on invoices, such as Bangkok."),
    )
    metadata = PairsField(label=gettext_lazy("Metadata"))

    def __init__(self, row: TaxRate | None = None, **options: Any) -> None:
        super().__init__(**options)


class NewTaxRateForm(TaxRateForm):
    """A new tax rate."""

    tracks_changes = False

    percentage = forms.DecimalField(
        label=gettext_lazy("Percent"),
        max_digits=7,
        decimal_places=4,
        min_value=0,
        max_value=100,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("It does not change later."),
    )
    is_inclusive = forms.BooleanField(
        label=gettext_lazy("Prices contain it"),
        required=False,
        help_text=gettext_lazy("Otherwise it is added. It does not change later."),
    )
