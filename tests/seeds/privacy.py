"""A customer who is to be erased, and what would become of it."""

NAMES = frozenset({"customer_erasure", "erasing_customer"})
_TO_BE_ERASED = {"erase", "erasure", "erasure/cancel"}
NEEDS = {
    **{f"customers/<id:pk>/{what}": "erasing_customer" for what in _TO_BE_ERASED},
    "customers/<id:pk>/erasure/plan": "customer",
    "customers/<id:pk>/export": "customer",
}


def seed(api, customer):
    """Make them, and return their ids by the names of their schemas."""
    jenny = api.post("customers", name="Jenny Lee", email="jenny.lee@example.com").body["id"]
    erasure = api.post(f"customers/{jenny}/erase")
    assert erasure.status == 200, erasure.body
    return {"customer_erasure": erasure.body["id"], "erasing_customer": jenny}
