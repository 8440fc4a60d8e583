"""Lists of the RevKeen dialect: some by offset or page and counted, some walked by cursor (rule C7).

Source: https://docs.revkeen.com/api-reference/openapi
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from customers.kit.errors import InvalidRequest
from customers.restkit import inputs
from customers.restkit.lists import MAX_LIMIT, MAX_OFFSET, V1FilterSet
from customers.restkit.revkeen_inputs import CasedInput

DEFAULT_LIMIT = 20
COUNTED_UP_TO = 10_000
LIMIT = inputs.IntegerField(min_value=1, max_value=MAX_LIMIT)


class NoFilters(V1FilterSet):
    """A list that nothing narrows: `created` is Stripe's."""

    @classmethod
    def get_filters(cls) -> dict[str, Any]:  # type: ignore[override]  # any mapping will do
        return super(V1FilterSet, cls).get_filters()


class OffsetParams(CasedInput):
    """What every list by offset can be asked for."""

    limit = inputs.IntegerField(min_value=1, max_value=MAX_LIMIT)
    offset = inputs.IntegerField(min_value=0, max_value=MAX_OFFSET)
    page = inputs.IntegerField(min_value=1, max_value=MAX_OFFSET)


@dataclass(frozen=True, slots=True)
class Offset:
    """Which rows of a list are shown."""

    limit: int
    offset: int

    @classmethod
    def from_params(cls, asked: Mapping[str, Any]) -> "Offset":
        """Return which rows are asked for, by an offset or by a page, which is the first where none is named.

        Raises:
            InvalidRequest: both are there, or the page lies too deep.
        """
        limit: int = asked.get("limit", DEFAULT_LIMIT)
        if "page" in asked and "offset" in asked:
            raise InvalidRequest("You can give a page or an offset, not both.", param="page")
        offset: int = asked.get("offset", (asked.get("page", 1) - 1) * limit)
        if offset > MAX_OFFSET:
            raise InvalidRequest(f"Pages reach {MAX_OFFSET} objects deep.", param="page")
        return cls(limit, offset)

    def of(self, rows: QuerySet[Any]) -> tuple[list[Any], int | None]:
        """Return the keys of the rows that are shown, the newest first, and how many there are.

        None stands for more than are counted. What is skipped is read from an index alone.
        """
        found = rows.order_by("-created_at", "-id").values_list("pk", flat=True)
        shown = list(found[self.offset : self.offset + self.limit])
        if len(shown) < self.limit and (shown or not self.offset):
            return shown, self.offset + len(shown)
        total = rows.order_by().values("pk")[: COUNTED_UP_TO + 1].count()
        return shown, None if total > COUNTED_UP_TO else total


def beyond(columns: Sequence[str], values: Sequence[Any], *, is_after: bool) -> Q:
    """Return the condition for rows behind one with these values in a list that is sorted by these columns downward.

    Args:
        is_after: False turns it into the condition for rows before that one.
    """
    sign = "lt" if is_after else "gt"
    condition, equal = Q(), Q()
    for column, value in zip(columns, values, strict=True):
        condition |= equal & Q((f"{column}__{sign}", value))
        equal &= Q((column, value))
    return condition & Q((f"{columns[0]}__{sign}e", values[0]))
