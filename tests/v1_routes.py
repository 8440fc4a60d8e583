"""Every route of `/v1/`, and one object for each to find."""

from dataclasses import dataclass

from django.urls import URLPattern
from django.urls.converters import get_converters  # noqa: F401 -- routes register theirs when they are imported

from customers.api.v1 import urls
from customers.restkit.schema_objects import component_name
from customers.restkit.v1 import V1ViewSet

WORD = "tier"  # the metadata key of the seeded customer


@dataclass(frozen=True)
class Route:
    """One method of one path.

    Args:
        template: the path below `/v1/`, with gaps as Django names them.
    """

    method: str
    template: str
    action: str
    view: type[V1ViewSet]

    @property
    def name(self):
        return f"{self.method} {self.template}"

    @property
    def thing(self):
        return component_name(self.view.output)

    def path(self, ids):
        """Return the path to the objects whose ids are given, by the names of their schemas."""
        gaps = {"<id:customer>": ids["customer"], "<id:pk>": ids[self.thing]}
        path = self.template.replace("<metadata_key:key>", WORD)
        for gap, value in gaps.items():
            path = path.replace(gap, value)
        return path


def _routes():
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        for method, action in pattern.callback.actions.items():
            if method != "head":
                yield Route(method.upper(), str(pattern.pattern), action, pattern.callback.cls)


ROUTES = sorted(_routes(), key=lambda route: (route.template, route.method))


def seed(api):
    """Make one object of each kind, with everything in it, and return their ids by the names of their schemas."""
    custom_field = api.post(
        "custom_fields", key="seats", label="Seats", type="number", constraints={"minimum": 1}
    )
    organization = api.post("organizations", name="Rosen Paper", address={"country": "TH"})
    customer = api.post("customers", CUSTOMER | {"organization": organization.body["id"]}).body[
        "id"
    ]
    found = {"customer": customer}
    for kind in ("addresses", "balance_transactions", "consents", "tax_ids"):
        for thing in api.get(f"customers/{customer}/{kind}").body["data"]:
            found[thing["object"]] = thing["id"]
    return {
        **found,
        "account": api.get("account").body["id"],
        "custom_field": custom_field.body["id"],
        "event": api.get("events", type="customer.created").ids[0],
        "organization": organization.body["id"],
    }


CUSTOMER = {
    "name": "Jenny Rosen",
    "email": "jenny.rosen@example.com",
    "phone": "+66 2 123 4567",
    "description": "Reads everything",
    "external_id": "user_1042",
    "username": "jenny",
    "first_name": "Jenny",
    "last_name": "Rosen",
    "individual_name": "Jenny Rosen",
    "display_name": "Jen",
    "timezone": "Asia/Bangkok",
    "preferred_locales": ["th", "en"],
    "preferred_currency": "thb",
    "address": {"line1": "12 Nimmanhaemin Road", "city": "Chiang Mai", "country": "TH"},
    "shipping": {"name": "Jenny Rosen", "address": {"line1": "9 Nimmanhaemin Road"}},
    "tax": {"ip_address": "203.0.113.7"},
    "tax_id_data": [{"type": "eu_vat", "value": "DE136695976"}],
    "tax_exempt": "reverse",
    "balance": -500,
    "mail_marketing": True,
    "tele_marketing": False,
    "metadata": {WORD: "gold"},
    "custom_fields": {"seats": 3},
    "invoice_settings": {
        "custom_fields": [{"name": "PO", "value": "4711"}],
        "footer": "Thank you",
        "rendering_options": {"amount_tax_display": "exclude_tax"},
    },
}
"""A customer who uses every parameter that leaves something to be seen."""
