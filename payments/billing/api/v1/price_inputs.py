"""What prices, plans, and what makes prices along the way have in common on their way in.

Source: https://docs.stripe.com/api/prices/create
"""

from decimal import Decimal
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.restkit import inputs
from customers.restkit.id_inputs import ChosenIdField, IdField
from customers.restkit.inputs import Input
from payments import money
from payments.api.v1.payment_inputs import StatementDescriptorField
from payments.billing.models import Price

TAX_CODE = r"txcd_[0-9]{8}"
MOST_TIERS = 100
_MOST_DAYS = 730  # of a trial


class UnitAmountField(inputs.IntegerField):
    """Minor units of a currency: none, or up to eight digits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=money.MOST, **options)


class DecimalAmountField(inputs.TextField):
    """Minor units of a currency with up to twelve decimals, as text or number; yields a Decimal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=21,
            pattern=r"[0-9]{1,8}(\.[0-9]{1,12})?",
            wording="it has up to eight digits, and up to twelve decimals.",
            emptied=...,
            **options,
        )

    def read(self, value: Any, path: str) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return Decimal(super().read(str(value) if is_number else value, path))


class UpToField(inputs.TextField):
    """The last quantity of a tier, or `inf`; yields a number, or None for `inf`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=15,
            pattern="inf|[1-9][0-9]{0,14}",
            wording="it is a whole number from 1, or `inf`.",
            emptied=...,
            **options,
        )

    def read(self, value: Any, path: str) -> Any:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        text = super().read(str(value) if is_number else value, path)
        return None if text == "inf" else int(text)


class UsageTypeField(inputs.ChoiceField):
    """`licensed`; what else Stripe has is refused with the reason."""

    def __init__(self, **options: Any) -> None:
        super().__init__(["licensed"], **options)

    def read(self, value: Any, path: str) -> str:
        if value == "metered":
            raise InvalidRequest(
                "Metered prices are not offered, since there are no meters: use `licensed`, and bill usage by invoice "
                "items or by the quantity of subscription items.",
                param=path,
            )
        return super().read(value, path)


class TermsHash(Input):
    """What knows no amounts that customers choose, and says so."""

    @classmethod
    def from_params(cls, params: Any, path: str = "") -> dict[str, Any]:
        if isinstance(params, dict) and "custom_unit_amount" in params:
            raise InvalidRequest(
                "Prices whose amount the customer chooses are not offered: give a `unit_amount`.",
                param=f"{path}[custom_unit_amount]" if path else "custom_unit_amount",
                code="parameter_unknown",
            )
        return super().from_params(params, path)


class TierHash(Input):
    flat_amount = UnitAmountField()
    flat_amount_decimal = DecimalAmountField()
    unit_amount = UnitAmountField()
    unit_amount_decimal = DecimalAmountField()
    up_to = UpToField(required=True)


class TransformQuantityHash(Input):
    divide_by = inputs.IntegerField(min_value=1, max_value=10**9, required=True)
    round = inputs.ChoiceField(["down", "up"], required=True)


class InlineRecurringHash(Input):
    interval = inputs.ChoiceField(Price.Unit.values, required=True)
    interval_count = inputs.IntegerField(min_value=1, max_value=1095)


class RecurringHash(InlineRecurringHash):
    trial_period_days = inputs.IntegerField(min_value=1, max_value=_MOST_DAYS)
    usage_type = UsageTypeField()


def tiers_field() -> inputs.ListField:
    """Return the parameter of tiers."""
    return inputs.ListField(inputs.HashField(TierHash), max_items=MOST_TIERS)


def tax_behavior_field() -> inputs.ChoiceField:
    """Return the parameter that says whether tax is contained."""
    return inputs.ChoiceField(Price.Tax.values)


class CurrencyOptionHash(TermsHash):
    tax_behavior = tax_behavior_field()
    tiers = tiers_field()
    unit_amount = UnitAmountField()
    unit_amount_decimal = DecimalAmountField()


class ProductDataHash(Input):
    """A product that is made along the way."""

    active = inputs.BooleanField(source="is_active")
    id = ChosenIdField()
    metadata = inputs.MetadataField()
    name = inputs.TextField(max_length=5000, emptied=..., required=True)
    statement_descriptor = StatementDescriptorField()
    tax_code = inputs.TextField(pattern=TAX_CODE, wording="tax codes look like txcd_99999999.")
    unit_label = inputs.TextField(max_length=80)


class InlineProductHash(Input):
    metadata = inputs.MetadataField()
    description = inputs.TextField(max_length=40000)
    images = inputs.ListField(inputs.TextField(max_length=2048, emptied=...), max_items=8)
    name = inputs.TextField(max_length=5000, emptied=..., required=True)
    tax_code = inputs.TextField(pattern=TAX_CODE, wording="tax codes look like txcd_99999999.")
    unit_label = inputs.TextField(max_length=80)


class _InlineHash(TermsHash):
    currency = inputs.CurrencyField(required=True)
    tax_behavior = tax_behavior_field()
    unit_amount = UnitAmountField()
    unit_amount_decimal = DecimalAmountField()


class OneTimePriceDataHash(_InlineHash):
    """`price_data` of invoice items: a price for one use, of a product that is there."""

    product = IdField(required=True)


class LinePriceDataHash(_InlineHash):
    """`price_data` of an invoice's lines, which may bring its product along."""

    product = IdField()
    product_data = inputs.HashField(InlineProductHash)


class PriceDataHash(OneTimePriceDataHash):
    """`price_data` of subscription items: a recurring price for one use."""

    recurring = inputs.HashField(InlineRecurringHash, required=True)
