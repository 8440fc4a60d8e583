"""`/v1/customers/{customer}/funding_instructions`: accounts that are made up, and always the same."""

import pytest
from stdnum import iban

from customers.models import Site
from tests.factories.customers import CustomerFactory

PARTS = {
    "usd": ("us_bank_transfer", "US", ["aba", "swift"]),
    "gbp": ("gb_bank_transfer", "GB", ["sort_code"]),
    "jpy": ("jp_bank_transfer", "JP", ["zengin"]),
    "mxn": ("mx_bank_transfer", "MX", ["spei"]),
}


@pytest.fixture
def ask(api, scope):
    customer = CustomerFactory()

    def post(currency, kind, **more):
        transfer = {"type": kind, **more}
        return api.post(
            f"customers/{customer.pk}/funding_instructions", currency=currency,
            funding_type="bank_transfer", bank_transfer=transfer,
        )  # fmt: skip

    return post


@pytest.mark.parametrize("currency", PARTS)
def test_each_currency_has_its_accounts(ask, currency):
    kind, country, types = PARTS[currency]

    body = ask(currency, kind).body

    transfer = body.pop("bank_transfer")
    assert body == {
        "object": "funding_instructions", "currency": currency, "funding_type": "bank_transfer",
        "livemode": False,
    }  # fmt: skip
    assert (transfer["country"], transfer["type"]) == (country, kind)
    shown = transfer["financial_addresses"]
    assert [each["type"] for each in shown] == types
    for each in shown:
        filled = {name for name in PARTS_OF if each[name] is not None}
        assert filled == {each["type"]}
    assert ask(currency, kind).body["bank_transfer"] == transfer


PARTS_OF = ("aba", "iban", "sort_code", "spei", "swift", "zengin")


@pytest.mark.parametrize("country", ["DE", "FR", "IE", "NL"])
def test_an_iban_has_its_check_digits(ask, site, country):
    Site.objects.filter(pk=site.pk).update(address={"city": "Berlin", "country": "DE"})

    body = ask("eur", "eu_bank_transfer", eu_bank_transfer={"country": country}).body

    (shown,) = body["bank_transfer"]["financial_addresses"]
    number = shown["iban"]["iban"]
    assert iban.is_valid(number, check_country=False)
    assert (number[:2], shown["iban"]["country"], shown["supported_networks"]) == (
        country, country, ["sepa"],
    )  # fmt: skip
    assert shown["iban"]["account_holder_name"] == "Acme"


def test_accounts_can_be_chosen(ask):
    body = ask("gbp", "gb_bank_transfer", requested_address_types=["iban"]).body

    assert body["bank_transfer"]["financial_addresses"] == []


@pytest.mark.parametrize(
    ("currency", "kind", "more", "param"),
    [
        ("usd", "eu_bank_transfer", {}, "bank_transfer[type]"),
        ("eur", "eu_bank_transfer", {}, "bank_transfer[eu_bank_transfer]"),
        (
            "usd", "us_bank_transfer", {"eu_bank_transfer": {"country": "DE"}},
            "bank_transfer[eu_bank_transfer]",
        ),
        ("thb", "us_bank_transfer", {}, "currency"),
        (
            "eur", "eu_bank_transfer", {"eu_bank_transfer": {"country": "IT"}},
            "bank_transfer[eu_bank_transfer][country]",
        ),
    ],
)  # fmt: skip
def test_what_there_is_not(ask, currency, kind, more, param):
    answer = ask(currency, kind, **more)

    assert (answer.status, answer.error["param"]) == (400, param)
