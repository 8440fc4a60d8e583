"""One merge of a customer into the seeded one, and somebody who can go into it as well."""

from customers.api.v1.reference import merges as reference

NAMES = frozenset({"customer_merge", "mergeable_customer", "previewed_customer"})
MERGED = reference.OBJECTS["customer_merge"]["merged_customer"]
"""Who goes in, in the examples of the reference."""
NEEDS: dict[str, str] = {"customers/<id:customer>/merges/preview": "customer"}
_BODY = {"customer": "cus_0"}
BODIES = {
    "customers/<id:customer>/merges": {"customer": "<id:mergeable_customer>"},
    "customers/<id:customer>/merges/preview": {"customer": "<id:previewed_customer>"},
}
NEEDED = {
    "POST customers/<id:customer>/merges": _BODY,
    "POST customers/<id:customer>/merges/preview": _BODY,
}


def seed(api, customer):
    """Make them, and return their ids."""
    fresh = [api.post("customers", name=name).body["id"] for name in ("Jenny Rosen", "J. Rosen")]
    other = api.post("customers", name="J. Rosen", phone="+66 2 123 4567").body["id"]
    made = api.post(f"customers/{customer}/merges", customer=other)
    assert made.status == 200, made.body
    return {
        "customer_merge": made.body["id"],
        "mergeable_customer": fresh[0],
        "previewed_customer": fresh[1],
    }
