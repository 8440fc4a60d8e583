"""Every route of `/v1/`, and one object for each to find."""

from dataclasses import dataclass

from django.urls import URLPattern
from django.urls.converters import get_converters  # noqa: F401 -- routes register theirs when they are imported

from customers.api.v1 import urls
from customers.kit import clock
from customers.restkit.schema_objects import component_name
from customers.restkit.v1 import V1ViewSet
from payments.api.v1 import urls as payments_urls
from payments.billing.api.v1 import urls as billing_urls
from payments.services import notifications
from portal.api.v1 import urls as portal_urls
from tests.seeds import (
    catalog,
    checkouts,
    clocks,
    coupons,
    credit_notes,
    invoices,
    merges,
    portal,
    privacy,
    subscriptions,
    webhooks,
)

GROUPS = (
    catalog, coupons, clocks, invoices, credit_notes, subscriptions, checkouts, webhooks, portal,
    privacy,
    merges,
)  # fmt: skip
"""What seeds billing and webhooks: each has NEEDS, NAMES (what it makes, in schemas' words), `seed(api, customer)`.

NEEDS is by template, or by "METHOD template". It may have BODIES (by template: a change), NEEDED (by "METHOD
template": parameters with which a request has no other complaint) and SEARCHES (by template: a query that finds
everything).
"""


def of_groups(table):
    """Return a table of all groups together."""
    return {key: what for group in GROUPS for key, what in getattr(group, table, {}).items()}


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

    @property
    def needed(self):
        """What its object is, by the name that seeds have for it."""
        return NEEDS.get(self.name) or NEEDS.get(self.template, self.thing)

    def path(self, ids):
        """Return the path to the objects whose ids are given, by the names of their schemas."""
        own = self.needed
        path = self.template.replace("<metadata_key:key>", WORD)
        for gap, what in {**PARENTS, "<id:pk>": own}.items():
            if gap in path:
                path = path.replace(gap, ids[what])
        return path


PARENTS = {
    "<id:customer>": "customer",
    "<id:charge>": "charge",
    "<id:invoice>": "invoice",
    "<id:credit_note>": "credit_note",
    "<id:session>": "checkout.session",
    "<id:payment_link>": "payment_link",
}
NEEDS = {
    "charges/<id:pk>/capture": "held_charge",
    "customers/<id:customer>/sources/<id:pk>/verify": "bank_account",
    "payment_intents/<id:pk>/cancel": "other_intent",
    "payment_intents/<id:pk>/capture": "held_intent",
    "payment_intents/<id:pk>/verify_microdeposits": "waiting_intent",
    "payment_methods/<id:pk>/attach": "fresh_method",
    "setup_intents/<id:pk>/cancel": "other_setup",
    "setup_intents/<id:pk>/verify_microdeposits": "waiting_setup",
    **{template: what for group in GROUPS for template, what in group.NEEDS.items()},
}
"""What a route's object is, by its template or its name, where not every one of its kind will do; see `seed`."""


def _routes():
    maps = (portal_urls, billing_urls, payments_urls, urls)
    for pattern in (each for patterns in maps for each in patterns.urlpatterns):
        assert isinstance(pattern, URLPattern)
        for method, action in pattern.callback.actions.items():
            if method != "head":
                yield Route(method.upper(), str(pattern.pattern), action, pattern.callback.cls)


ROUTES = sorted(_routes(), key=lambda route: (route.template, route.method))


class Seeded(dict):
    """Ids by name; those of payments are made when the first of them is asked for."""

    def __init__(self, api, ids):
        super().__init__(ids)
        self.api = api

    def make_all(self):
        """Make what was not asked for yet."""
        for group in GROUPS:
            if not self.keys() >= group.NAMES:
                self.update(group.seed(self.api, self["customer"]))
        assert self["charge"]  # with it come all objects of payments

    def __missing__(self, name):
        for group in GROUPS:
            if name in group.NAMES:
                self.update(group.seed(self.api, self["customer"]))
                return self[name]
        if "charge" in self:
            raise KeyError(name)
        self.update(seed_payments(self.api, self["customer"]))
        return self[name]


def seed(api):
    """Make one object of each kind, with everything in it, and return their ids by the names of their schemas."""
    custom_field = api.post(
        "custom_fields", key="seats", label="Seats", type="number", constraints={"minimum": 1}
    )
    organization = api.post("organizations", name="Rosen Paper", address={"country": "TH"})
    coupon = api.post("coupons", percent_off=10, duration="forever")
    belonging = {"organization": organization.body["id"], "coupon": coupon.body["id"]}
    customer = api.post("customers", CUSTOMER | belonging).body["id"]
    found = {"customer": customer}
    for kind in ("addresses", "balance_transactions", "consents", "tax_ids"):
        for thing in api.get(f"customers/{customer}/{kind}").body["data"]:
            found[thing["object"]] = thing["id"]
    return Seeded(
        api,
        {
            **found,
            "account": api.get("account").body["id"],
            "custom_field": custom_field.body["id"],
            "event": api.get("events", type="customer.created").ids[0],
            "organization": organization.body["id"],
        },
    )


def seed_payments(api, customer):
    """Make one of each kind of payment object, and those that single routes need."""

    def make(path, **params):
        answer = api.post(path, params)
        assert answer.status == 200, answer.body
        return answer.body["id"]

    money = {"amount": 2000, "currency": "usd"}
    method = make("payment_methods/pm_card_visa/attach", customer=customer)
    charge = make("charges", **money, customer=customer, metadata={WORD: "gold"})
    make("charges", **money, source="tok_createDispute")
    notifications.deliver_from_sandbox(at=clock.now())
    notifications.work_off_due(at=clock.now())
    saved = make("setup_intents", customer=customer, confirm=True, **DEBIT)
    return {
        "balance_transaction": api.get("balance_transactions", source=charge).ids[0],
        "bank_account": make(
            f"customers/{customer}/sources", source=make("tokens", bank_account=ACCOUNT)
        ),
        "card": make(f"customers/{customer}/sources", source="tok_mastercard"),
        "charge": charge,
        "customer_credit": charge,
        "dispute": api.get("disputes").ids[0],
        "fresh_method": make("payment_methods", type="card", card={"token": "tok_visa"}),
        "held_charge": make("charges", **money, source="tok_visa", capture=False),
        "held_intent": make(
            "payment_intents",
            **money,
            confirm=True,
            payment_method="pm_card_visa",
            capture_method="manual",
        ),
        "mandate": api.get(f"setup_intents/{saved}").body["mandate"],
        "message": api.get(f"customers/{customer}/messages").ids[0],
        "other_intent": make("payment_intents", **money),
        "other_setup": make("setup_intents", customer=customer),
        "payment_intent": make(
            "payment_intents", **money, customer=customer, metadata={WORD: "gold"}
        ),
        "payment_method": method,
        "refund": make("refunds", charge=charge, amount=100),
        "setup_intent": make("setup_intents", customer=customer),
        "token": make(
            "tokens", card={"number": "4242424242424242", "exp_month": 8, "exp_year": 2030}
        ),
        "waiting_intent": make("payment_intents", **money, confirm=True, **DEBIT),
        "waiting_setup": saved,
    }


ACCOUNT = {
    "country": "US",
    "currency": "usd",
    "routing_number": "110000000",
    "account_number": "000123456789",
}
DEBIT = {
    "payment_method_data": {
        "type": "us_bank_account",
        "us_bank_account": {
            "routing_number": "110000000", "account_number": "000123456789", "account_holder_type": "individual",
        },
        "billing_details": {"name": "Jenny Rosen"},
    },
    "payment_method_options": {"us_bank_account": {"verification_method": "microdeposits"}},
    "mandate_data": {
        "customer_acceptance": {"type": "online", "online": {"ip_address": "203.0.113.7", "user_agent": "Mozilla"}}
    },
}  # fmt: skip


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
