"""How many digits the amounts of a currency have after the point, on the wire and on pages.

Source: https://docs.stripe.com/currencies#special-cases; ISO 4217 for three-digit currencies that Stripe does not take.
"""

WITHOUT_DIGITS = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()  # noqa: SIM905 -- one word a currency
)
WITH_THREE_DIGITS = frozenset("bhd iqd jod kwd lyd omr tnd".split())  # noqa: SIM905 -- as above


def digits(currency: str) -> int:
    """Return how many decimal digits a currency's amounts have: JPY 0, THB 2, KWD 3.

    Stripe writes two digits for some that have none in practice (ISK, UGX), and so do we.

    Args:
        currency: lowercase ISO 4217.
    """
    if currency in WITHOUT_DIGITS:
        return 0
    return 3 if currency in WITH_THREE_DIGITS else 2
