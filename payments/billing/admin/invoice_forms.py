"""What the acts on invoices ask for."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown as people
from customers.admin.forms import DashboardForm, Section
from customers.kit.currencies import digits
from customers.kit.errors import DomainError
from customers.models import Customer, Site
from payments.admin.base import ActForm
from payments.admin.charge_forms import offer
from payments.billing.admin import shown
from payments.billing.admin.acting import day_field, midnight
from payments.billing.admin.subscription_forms import MOST_QUANTITY, OFFERED
from payments.billing.models import Invoice, Price, Subscription
from payments.models import PaymentMethod
from payments.money import MOST

Collection = Subscription.Collection
LINES = 3  # that a new invoice's form has
_TEXT = forms.Textarea(attrs={"rows": 3})


class PayForm(ActForm):
    """Which of the customer's methods to charge.

    Args:
        methods: of the customer.
        first: the id of the one to offer first.
    """

    method = forms.ChoiceField(label=gettext_lazy("Payment method"))

    def __init__(self, methods: list[PaymentMethod], first: str | None, **options: Any) -> None:
        super().__init__(**options)
        offer(self.fields["method"], methods, first)


class CashForm(ActForm):
    """The amount that is named above it: what is asked is what is done, whatever there is by then.

    Args:
        amount: minor units.
    """

    amount = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, amount: int, **options: Any) -> None:
        super().__init__(initial={"amount": amount}, **options)

    def refuse(self, error: DomainError) -> None:
        """Show a refusal above the form, since the amount is not one of the fields that are seen."""
        self.add_error(None, error.message)


class DraftForm(DashboardForm):
    """What a draft says beside its lines."""

    tracks_changes = True
    sections = (Section("", ("due_on", "description", "footer")),)
    refusals = {"due_date": "due_on", "days_until_due": "due_on"}

    due_on = day_field(
        gettext_lazy("Due"),
        required=False,
        help_text=gettext_lazy("The last day on which it is paid in time."),
    )
    description = forms.CharField(
        label=gettext_lazy("Memo"), required=False, max_length=1500, widget=_TEXT
    )
    footer = forms.CharField(
        label=gettext_lazy("Footer"), required=False, max_length=5000, widget=_TEXT
    )

    def __init__(self, invoice: Invoice, **options: Any) -> None:
        super().__init__(**options)
        if invoice.collection_method != Collection.SEND:
            del self.fields["due_on"]

    def details(self) -> dict[str, Any]:
        """Return what was changed, in the service's words."""
        details = self.changes()
        if "due_on" in details:
            details["due_at"] = midnight(details.pop("due_on"), ends=True)
        return details


class LineForm(ActForm):
    """Something more on a draft: at a price, or in words with an amount.

    Args:
        currency: of the draft.
        prices: to choose from.
    """

    sections = (Section("", ("price", "description", "amount", "quantity")),)
    refusals = {"pricing[price]": "price", "unit_amount_decimal": "amount"}

    price = forms.ChoiceField(label=gettext_lazy("Price"), required=False)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=500,
        required=False,
        help_text=gettext_lazy(
            "The customer reads it on the invoice; of a price, its product's name if empty."
        ),
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Unit price"),
        max_digits=18,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("Where no price is chosen; negative for a credit."),
    )
    quantity = forms.IntegerField(
        label=gettext_lazy("Quantity"), min_value=1, max_value=MOST_QUANTITY, initial=1
    )

    def __init__(self, currency: str, prices: Sequence[Price], **options: Any) -> None:
        self.currency = currency
        super().__init__(**options)
        label = _("Unit price in %(currency)s") % {"currency": currency.upper()}
        self.fields["amount"].label = label
        choice = self.fields["price"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 -- so it was declared
        choice.choices = [
            ("", _("None")), *((str(price.pk), shown.price_choice(price)) for price in prices),
        ]  # fmt: skip
        self.prices = {str(price.pk): price for price in prices}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        amount = cleaned.get("amount")
        if bool(cleaned.get("price")) is (amount is not None) and not self.errors:
            self.add_error("amount", _("Choose a price, or give an amount."))
        cleaned["minor"] = minor_units(self, "amount", amount, self.currency)
        if amount is not None and not cleaned.get("description") and not self.errors:
            self.add_error("description", _("Say what it is for."))
        return cleaned

    def details(self) -> dict[str, Any]:
        """Return the line, in the service's words."""
        said = self.cleaned_data
        details: dict[str, Any] = {
            "currency": self.currency,
            "quantity": said["quantity"],
            "description": said["description"],
        }
        if said["price"]:
            return {**details, "price": self.prices[said["price"]]}
        return {**details, "unit_amount_decimal": Decimal(said["minor"])}


class NewInvoiceForm(ActForm):
    """Who is billed how, and the first lines."""

    refusals = {"days_until_due": "days_until_due", "currency": "currency"}

    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=people.currencies)
    collection = forms.ChoiceField(
        label=gettext_lazy("How it is paid"),
        choices=Collection.choices,
        widget=forms.RadioSelect,
        initial=Collection.SEND,
    )
    days_until_due = forms.IntegerField(
        label=gettext_lazy("Days until it is due"),
        min_value=0,
        max_value=3650,
        required=False,
        initial=30,
        help_text=gettext_lazy("Where it is paid by invoice."),
    )
    takes_pending = forms.BooleanField(
        label=gettext_lazy("Include what waits for the next invoice"), required=False, initial=True
    )
    description = forms.CharField(
        label=gettext_lazy("Memo"), required=False, max_length=1500, widget=_TEXT
    )

    def __init__(self, customer: Customer, site: Site, **options: Any) -> None:
        currency = customer.currency or customer.preferred_currency or site.default_currency
        super().__init__(initial={"currency": currency}, **options)
        for number in range(1, LINES + 1):
            self._line_fields(number)
        lines = [
            Section(
                _("Line %(number)s") % {"number": number},
                tuple(f"{name}_{number}" for name in ("text", "amount", "quantity")),
                is_folded=number > 1,
            )
            for number in range(1, LINES + 1)
        ]
        about = Section("", ("currency", "collection", "days_until_due", "takes_pending"))
        self.sections = [about, *lines, Section("", ("description",))]  # type: ignore[misc]  # this form's

    def _line_fields(self, number: int) -> None:
        self.fields[f"text_{number}"] = forms.CharField(
            label=_("Description"), required=False, max_length=500
        )
        self.fields[f"amount_{number}"] = forms.DecimalField(
            label=_("Unit price"),
            required=False,
            max_digits=18,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )
        self.fields[f"quantity_{number}"] = forms.IntegerField(
            label=_("Quantity"), min_value=1, max_value=MOST_QUANTITY, initial=1, required=False
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for number in range(1, LINES + 1):
            text, amount = cleaned.get(f"text_{number}"), cleaned.get(f"amount_{number}")
            if bool(text) is not (amount is not None):
                name = f"amount_{number}" if text else f"text_{number}"
                if name not in self.errors:
                    self.add_error(name, _("A line needs a description and an amount."))
            cleaned[f"minor_{number}"] = minor_units(
                self, f"amount_{number}", amount, cleaned.get("currency", "")
            )
        return cleaned

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines, in the service's words."""
        said = self.cleaned_data
        return [
            {
                "currency": said["currency"],
                "description": said[f"text_{number}"],
                "unit_amount_decimal": Decimal(said[f"minor_{number}"]),
                "quantity": said[f"quantity_{number}"] or 1,
            }
            for number in range(1, LINES + 1)
            if said[f"minor_{number}"] is not None
        ]


def one_time_prices(currency: str) -> list[Price]:
    """Return the prices that lines can have, the newest first."""
    rows = Price.objects.filter(
        Q(currency=currency) | Q(currency_options__has_key=currency),
        kind=Price.Kind.ONE_TIME, is_active=True, is_inline=False, deleted_at__isnull=True,
    )  # fmt: skip
    return list(rows.select_related("product").order_by("-created_at", "-id")[:OFFERED])


def minor_units(form: forms.Form, name: str, amount: Decimal | None, currency: str) -> int | None:
    """Return an amount in minor units, negative for a credit; None, with an error at a field, where it is none."""
    if amount is None or not currency:
        return None
    minor = amount.scaleb(digits(currency))
    if minor != minor.to_integral_value():
        form.add_error(name, _("This currency has fewer digits after the point."))
        return None
    if abs(minor) > MOST:
        most = shown.money(MOST, currency)
        form.add_error(name, _("At most %(most)s can be charged at once.") % {"most": most})
        return None
    return int(minor)
