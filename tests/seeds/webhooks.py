"""A webhook endpoint, and an event that it asks for."""

NAMES = frozenset({"webhook_endpoint", "retried_event"})
NEEDS = {"events/<id:pk>/retry": "retried_event"}
BODIES = {"webhook_endpoints/<id:pk>": {"description": "Theirs"}}
NEEDED = {
    "POST webhook_endpoints": {
        "url": "https://shop.example.com/hook",
        "enabled_events": ["customer.created"],
    },
}


def seed(api, customer):
    """Make them, and return their ids by the names of their schemas."""
    endpoint = api.post(
        "webhook_endpoints",
        url="https://shop.example.com/hook",
        enabled_events=["customer.updated"],
        description="Orders",
        metadata={"tier": "gold"},
    )
    assert endpoint.status == 200, endpoint.body
    api.post(f"customers/{customer}", description="Reads what endpoints are told")
    return {
        "webhook_endpoint": endpoint.body["id"],
        "retried_event": api.get("events", type="customer.updated").ids[0],
    }
