"""`/v1/customers/{customer}/funding_instructions`.

Source: https://docs.stripe.com/api/cash_balance; https://docs.stripe.com/payments/customer-balance/funding-instructions
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.api.v1.parents import OfCustomer
from customers.kit.errors import InvalidRequest
from customers.models import Customer, Site
from customers.models.sites import ADDRESS
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.inputs import Input
from customers.restkit.objects import Computed, Constant, Plain, WireObject
from customers.services import funding_instructions
from customers.services.funding_instructions import EU_COUNTRIES, TRANSFERS, Account

_KINDS = ("aba", "iban", "sort_code", "spei", "swift", "zengin")
_BANKS = {
    "city": "Test City",
    "line1": "1 Test Street",
    "line2": None,
    "postal_code": "00000",
    "state": None,
}
_TRANSFER = {
    "type": "object",
    "properties": {
        "country": {"type": "string"},
        "financial_addresses": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": True},
        },
        "type": {"type": "string", "enum": [*TRANSFERS.values()]},
    },
}


class EuBankTransferHash(Input):
    country = inputs.ChoiceField(EU_COUNTRIES, required=True)


class FundingBankTransferHash(Input):
    eu_bank_transfer = inputs.HashField(EuBankTransferHash)
    requested_address_types = inputs.ListField(
        inputs.ChoiceField(("iban", "sort_code", "spei", "zengin")), max_items=4
    )
    type = inputs.ChoiceField(TRANSFERS.values(), required=True)


class FundingInstructionsCreate(Input):
    bank_transfer = inputs.HashField(FundingBankTransferHash, required=True)
    currency = inputs.CurrencyField(required=True)
    funding_type = inputs.ChoiceField(("bank_transfer",), required=True)


class FundingInstructionsObject(WireObject):
    """Where a customer sends money for their cash balance."""

    object = Constant("funding_instructions")
    bank_transfer = Computed(lambda _customer: None, "id", schema=_TRANSFER)
    currency = Computed(lambda _customer: "", "id", schema={"type": "string"})
    funding_type = Constant("bank_transfer")
    livemode = Plain()


class FundingInstructionsViewSet(OfCustomer):
    resource = "customers"
    model = Customer
    output = FundingInstructionsObject
    inputs = {"show": FundingInstructionsCreate}

    @classmethod
    def resource_name(cls) -> str:
        return ""  # nothing is kept of it, and nothing refers to it

    def show(self, request: HttpRequest, customer: str) -> HttpResponse:
        """Say where a customer sends money for their cash balance."""
        body = self.read(FundingInstructionsCreate)
        owner, asked, currency = self.owner(customer), body["bank_transfer"], body["currency"]
        country = _country(asked, currency)
        accounts = funding_instructions.accounts(owner, currency=currency, country=country)
        wanted = asked.get("requested_address_types") or _KINDS
        shown = [_address(account, owner.site) for account in accounts if account.kind in wanted]
        wire = FundingInstructionsObject.plan().spell_instance(owner)
        wire["currency"] = currency
        wire["bank_transfer"] = {
            "country": accounts[0].country,
            "financial_addresses": shown,
            "type": asked["type"],
        }
        return self.answer(wire)


def _country(asked: Mapping[str, Any], currency: str) -> str:
    """Return the country that an account in euros is to be in; empty for other currencies.

    Raises:
        InvalidRequest: the kind of transfer is not that of the currency, or the country is missing or for nothing.
    """
    if currency in TRANSFERS and asked["type"] != TRANSFERS[currency]:
        raise InvalidRequest(
            f"A transfer in `{currency}` is a `{TRANSFERS[currency]}`.", param="bank_transfer[type]"
        )
    param, is_eu = "bank_transfer[eu_bank_transfer]", asked["type"] == TRANSFERS["eur"]
    if is_eu and "eu_bank_transfer" not in asked:
        raise InvalidRequest(
            f"Missing required param: {param}.", param=param, code="parameter_missing"
        )
    if not is_eu and "eu_bank_transfer" in asked:
        raise InvalidRequest(
            "Only a transfer in euros has the parameter eu_bank_transfer.", param=param
        )
    return str(asked["eu_bank_transfer"]["country"]) if is_eu else ""


def _address(account: Account, site: Site) -> Wire:
    own = {
        "account_holder_address": {name: site.address.get(name) or None for name in ADDRESS},
        "account_holder_name": site.name,
        "bank_address": {**_BANKS, "country": account.country},
        **account.numbers,
    }
    return {
        **{kind: own if kind == account.kind else None for kind in _KINDS},
        "supported_networks": list(account.networks),
        "type": account.kind,
    }
