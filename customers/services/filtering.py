"""What customers and events can be filtered by, and where a free text finds them.

Source: https://docs.omise.co/search-query-and-filters
"""

from customers.kit.filter_conditions import (
    Criteria,
    IdFilter,
    MetadataFilter,
    TextFilter,
    TimeFilter,
)

CUSTOMERS = Criteria(
    ids=("id",),
    texts=("email", "full_name", "description"),
    filters={
        "created": TimeFilter("created_at"),
        "created_at": TimeFilter("created_at"),
        "email": TextFilter("email"),
        "id": IdFilter("id"),
        "metadata": MetadataFilter("metadata"),
    },
)
EVENTS = Criteria(
    ids=("id", "customer_id"),
    filters={
        "created": TimeFilter("created_at"),
        "created_at": TimeFilter("created_at"),
        "customer": IdFilter("customer_id"),
        "id": IdFilter("id"),
        "key": TextFilter("omise_key"),
    },
)
