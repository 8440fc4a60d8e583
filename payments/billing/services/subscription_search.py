"""Search of subscriptions: a query of Stripe's language, answered from the rows as they stand in this moment.

Source: https://docs.stripe.com/search#query-fields-for-subscriptions
"""

from django.db.models import QuerySet

from customers.kit import search_conditions
from customers.kit.search_conditions import Field, MetadataField, TextField, TimeField
from customers.kit.search_language import Query
from payments.billing.models import Subscription


def matching(query: Query) -> QuerySet[Subscription]:
    """Return the subscriptions that match a query, the newest first.

    Raises:
        InvalidRequest: the query asks for what subscriptions do not have.
    """
    condition = search_conditions.condition(query, _FIELDS)
    return Subscription.objects.filter(condition).order_by("-created_at", "-id")


_FIELDS: dict[str, Field] = {
    "created": TimeField("created_at"),
    "metadata": MetadataField("metadata"),
    "status": TextField("status"),
}
