"""What a price asks for: read from a request's words, checked, and put into columns.

`Name` turns the name that prices have for a parameter into the one that the caller's request has, for refusals.

Source: https://docs.stripe.com/api/prices/create
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from customers.kit.errors import InvalidRequest
from payments.billing.models import Price

Name = Callable[[str], str]
Terms = Mapping[str, Any]
Scheme, Tax = Price.Scheme, Price.Tax
MOST_INTERVALS = {
    Price.Unit.DAY: 1095,
    Price.Unit.WEEK: 156,
    Price.Unit.MONTH: 36,
    Price.Unit.YEAR: 3,
}
"""Three years."""


def columns(wanted: Terms, name: Name = str) -> dict[str, Any]:
    """Return the columns of a price.

    Args:
        wanted: Stripe's parameters that say what it costs and how often; amounts are integers or decimals, the last
            tier's `up_to` is None.

    Raises:
        InvalidRequest: they do not fit together.
    """
    scheme = wanted.get("billing_scheme", Scheme.PER_UNIT)
    return {
        "currency": wanted["currency"],
        "scheme": scheme,
        "tax_behavior": wanted.get("tax_behavior", Tax.UNSPECIFIED),
        **_amounts(wanted, scheme, name),
        **_package(wanted, scheme, name),
        **_rhythm(wanted.get("recurring"), name),
        "currency_options": {
            currency: option(currency, said, own=wanted["currency"], scheme=scheme, name=name)
            for currency, said in wanted.get("currency_options", {}).items()
        },
    }


def option(
    currency: str, said: Terms, *, own: str, scheme: str, name: Name = str
) -> dict[str, Any]:
    """Return what is kept of the amounts in a further currency.

    Args:
        own: the price's currency.

    Raises:
        InvalidRequest: they do not fit the price.
    """
    path = f"currency_options[{currency}]"
    if currency == own:
        raise InvalidRequest(
            f"`{currency}` is the price's own currency, and no further one.", param=name(path)
        )
    amounts = _amounts(
        {"tiers_mode": "volume", **said} if scheme == Scheme.TIERED else said, scheme,
        lambda inner: name(f"{path}[{inner}]"),
    )  # fmt: skip
    exact = amounts["unit_amount_decimal"]
    return {
        "tax_behavior": said.get("tax_behavior", Tax.UNSPECIFIED),
        "tiers": amounts["tiers"],
        "unit_amount_decimal": None if exact is None else text(exact),
    }


def text(exact: Decimal) -> str:
    """Return an exact amount as texts have it: without an exponent and zeros that say nothing."""
    plain = format(exact, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def whole(exact: Decimal | None) -> int | None:
    """Return an exact amount as a whole number; None where it is none."""
    return None if exact is None or exact != exact.to_integral_value() else int(exact)


def _amounts(wanted: Terms, scheme: str, name: Name) -> dict[str, Any]:
    if scheme == Scheme.TIERED:
        _refuse(
            wanted, ("unit_amount", "unit_amount_decimal"), name,
            "A tiered price has its amounts in its `tiers`.",
        )  # fmt: skip
        return {
            "tiers": _tiers(wanted.get("tiers", []), name),
            "tiers_mode": _given(wanted, "tiers_mode", name),
            "unit_amount": None,
            "unit_amount_decimal": None,
        }
    _refuse(
        wanted, ("tiers", "tiers_mode"), name,
        "Only prices with `billing_scheme=tiered` have tiers.",
    )  # fmt: skip
    exact = _exact(wanted, "unit_amount", name)
    if exact is None:
        words = (name("unit_amount"), name("unit_amount_decimal"))
        raise InvalidRequest(
            f"Prices require an `{words[0]}` or `{words[1]}` parameter to be set.",
            param=words[0],
            code="parameter_missing",
        )
    return {
        "tiers": [],
        "tiers_mode": "",
        "unit_amount": whole(exact),
        "unit_amount_decimal": exact,
    }


def _tiers(said: Sequence[Terms], name: Name) -> list[dict[str, Any]]:
    if not said:
        raise InvalidRequest(
            "You must specify `tiers` when `billing_scheme` is `tiered`.",
            param=name("tiers"),
            code="parameter_missing",
        )
    below = 0
    for place, tier in enumerate(said):
        upper, is_last = tier["up_to"], place == len(said) - 1
        if (upper is None) != is_last:
            raise InvalidRequest(
                "The last tier, and only the last one, has `inf` as its `up_to`.",
                param=name(f"tiers[{place}][up_to]"),
            )
        if upper is not None and upper <= below:
            raise InvalidRequest(
                "Each tier's `up_to` must be greater than that of the tier before it.",
                param=name(f"tiers[{place}][up_to]"),
            )
        below = upper or below
    return [_tier(tier, place, name) for place, tier in enumerate(said)]


def _tier(said: Terms, place: int, name: Name) -> dict[str, Any]:
    def inner(word: str) -> str:
        return name(f"tiers[{place}][{word}]")

    unit, flat = _exact(said, "unit_amount", inner), _exact(said, "flat_amount", inner)
    if unit is None and flat is None:
        raise InvalidRequest(
            "Each tier has a `unit_amount` or a `flat_amount`, or both.",
            param=name(f"tiers[{place}]"),
            code="parameter_missing",
        )
    return {
        "up_to": said["up_to"],
        "unit_amount_decimal": None if unit is None else text(unit),
        "flat_amount_decimal": None if flat is None else text(flat),
    }


def _exact(said: Terms, word: str, name: Name) -> Decimal | None:
    """Return an amount, given as a whole number or as a decimal one."""
    if word in said and f"{word}_decimal" in said:
        words = (name(word), name(f"{word}_decimal"))
        raise InvalidRequest(
            f"You may only specify one of these parameters: {', '.join(words)}.", param=words[1]
        )
    found = said.get(word, said.get(f"{word}_decimal"))
    return None if found is None else Decimal(found)


def _package(wanted: Terms, scheme: str, name: Name) -> dict[str, Any]:
    said = wanted.get("transform_quantity")
    if said is None:
        return {"divide_by": None, "rounds_up": True}
    if scheme == Scheme.TIERED:
        raise InvalidRequest(
            "A tiered price cannot transform its quantity.", param=name("transform_quantity")
        )
    return {"divide_by": said["divide_by"], "rounds_up": said["round"] == "up"}


def _rhythm(said: Terms | None, name: Name) -> dict[str, Any]:
    if said is None:
        return {
            "kind": Price.Kind.ONE_TIME,
            "interval": "",
            "interval_count": 1,
            "trial_days": None,
        }
    count = said.get("interval_count", 1)
    if count > MOST_INTERVALS[said["interval"]]:
        raise InvalidRequest(
            "The maximum interval is three years (3 years, 36 months, 156 weeks or 1095 days).",
            param=name("recurring[interval_count]"),
        )
    return {
        "kind": Price.Kind.RECURRING,
        "interval": said["interval"],
        "interval_count": count,
        "trial_days": said.get("trial_period_days"),
    }


def _given(wanted: Terms, word: str, name: Name) -> Any:
    if word not in wanted:
        raise InvalidRequest(
            f"Missing required param: {name(word)}.", param=name(word), code="parameter_missing"
        )
    return wanted[word]


def _refuse(wanted: Terms, words: Sequence[str], name: Name, message: str) -> None:
    for word in words:
        if word in wanted:
            raise InvalidRequest(message, param=name(word))
