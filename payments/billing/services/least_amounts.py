"""The smallest amounts that card networks let a merchant charge, as Stripe publishes them.

Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
"""

_LEAST = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "cop": 250_000, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17_500, "inr": 50, "jpy": 50, "krw": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip


def least(currency: str) -> int:
    """Return the least that can be charged in a currency, in minor units; 1 where none is published."""
    return _LEAST.get(currency, 1)
