"""Plans: recurring prices as older integrations know them, made, changed and deleted under another name.

Source: https://docs.stripe.com/api/plans
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.kit.errors import NotFound
from payments.billing.models import Price, Product
from payments.billing.services import chosen_ids, prices

_NAMES = {
    "unit_amount": "amount",
    "unit_amount_decimal": "amount_decimal",
    "recurring[interval_count]": "interval_count",
    "transform_quantity": "transform_usage",
}


def get(pk: str, *, param: str = "id") -> Price:
    """Return a recurring price of the chosen site, by the id that the wire shows.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    rows = Price.objects.select_related("product").filter(
        kind=Price.Kind.RECURRING, deleted_at=None
    )
    found = rows.filter(pk__in=chosen_ids.keys(pk)).first()
    if found is None:
        raise NotFound(f"No such plan: '{pk}'", param=param)
    return found


def create(
    product: Product | Mapping[str, Any],
    *,
    terms: Mapping[str, Any],
    details: Mapping[str, Any],
    pk: str = "",
    at: datetime,
) -> Price:
    """Make a recurring price as a plan; see `prices.create`.

    Raises:
        InvalidRequest: the terms do not fit together, or an id is taken.
        NotFound: the product was deleted meanwhile.
    """
    return prices.create(
        product,
        terms=terms,
        details={**details, "is_plan": True},
        pk=pk,
        name=lambda word: _NAMES.get(word, word),
        at=at,
    )
