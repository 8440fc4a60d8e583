import pytest

from customers.kit.currencies import digits


@pytest.mark.parametrize(
    ("currency", "expected"),
    [
        *((currency, 2) for currency in ("usd", "thb", "huf", "isk", "twd", "ugx", "rsd", "all")),
        *((currency, 0) for currency in ("jpy", "krw", "clp", "vnd", "mga")),
        *((currency, 3) for currency in ("kwd", "bhd", "tnd")),
    ],
)
def test_currencies_have_their_digits(currency, expected):
    assert digits(currency) == expected
