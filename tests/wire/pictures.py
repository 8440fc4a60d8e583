"""What a site's tables hold, without what differs from one time to the next: ids, instants and random texts."""

import json
import re
from datetime import date, datetime
from itertools import groupby

from customers.events.models import Event
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from payments.models import BalanceTransaction, Charge, PaymentMethod, Refund, Token

MODELS = (Customer, PaymentMethod, Token, Charge, Refund, BalanceTransaction, Event)
_ID = re.compile(r"\b([a-z]{2,7})_[0-9a-z]{8,}\b")
_OTHER_PREFIXES = {"card": "pm"}  # a card's id tells how it came in
_RANDOM = re.compile(r"[0-9a-f]{16,}|[0-9A-Za-z+/]{20,}={0,2}|[0-9A-Z]{8}")


def of_site(site, *, without):
    """Return the rows of each model, the oldest first; those of one moment that are alike in kind by what they say.

    Args:
        without: names of columns, and of members inside columns, that are left out, by model.
    """
    with scoped_to(site, livemode=False):
        return {
            model.__name__: [*_rows(model, without.get(model.__name__, ()))] for model in MODELS
        }


def _rows(model, without):
    rows = model.objects.order_by("created_at", "pk").values()
    for _moment, alike in groupby(rows, lambda row: (row["created_at"], row.get("type"))):
        yield from sorted((_plain(row, without) for row in alike), key=json.dumps)


def _plain(value, without):
    if isinstance(value, dict):
        return {
            name: _plain(inner, without) for name, inner in value.items() if name not in without
        }
    if isinstance(value, list):
        return [_plain(inner, without) for inner in value]
    if isinstance(value, datetime | date):
        return "an instant"
    if isinstance(value, str):
        return _RANDOM.sub("random", _ID.sub(_unnumbered, value))
    return "an instant" if isinstance(value, int) and value > 1_600_000_000 else value


def _unnumbered(match):
    return f"{_OTHER_PREFIXES.get(match[1], match[1])}_"
