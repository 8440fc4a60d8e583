"""Every route of the Omise dialect, and one object for each to find."""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.urls import URLPattern

from customers.api.omise import urls
from customers.api.omise.not_offered import NotOfferedViewSet
from customers.kit import clock
from customers.restkit.omise import OmiseViewSet
from payments.api.omise import urls as payments_urls
from payments.services import notifications, occurrences
from tests.omise_client import CARD

_GAP = re.compile(r"(\w+)/<\w+:\w+>")
NEEDS = {
    "charges/<id:pk>/capture": "held_charge",
    "charges/<id:pk>/expire": "waiting_charge",
    "charges/<id:pk>/reverse": "other_held_charge",
}
"""What a route's object is, where not every one of its kind will do."""
DISPUTED, WAITING = "4000000000000259", "4000002760003184"  # whose holders disagree, and are asked
MONEY = {"amount": 100_000, "currency": "usd"}


@dataclass(frozen=True)
class Route:
    """One method of one path.

    Args:
        template: the path below the mount, with gaps as Django names them.
    """

    method: str
    template: str
    action: str
    view: type[OmiseViewSet]

    @property
    def name(self):
        return f"{self.method} {self.template}"

    def path(self, ids):
        """Return the path to the objects whose ids are given, by the names of their kinds."""

        def filled(match):
            plural = match[1]
            return f"{plural}/{ids[NEEDS.get(self.template, plural.removesuffix('s'))]}"

        return _GAP.sub(filled, self.template)


def _routes():
    for pattern in (*urls.urlpatterns, *payments_urls.urlpatterns):
        assert isinstance(pattern, URLPattern)
        if pattern.callback.cls is not NotOfferedViewSet:
            for method, action in pattern.callback.actions.items():
                if method != "head":
                    yield Route(method.upper(), str(pattern.pattern), action, pattern.callback.cls)


ROUTES = sorted(_routes(), key=lambda route: (route.template, route.method))


def seed(omise, api):
    """Make one object of each kind and return their ids by the names of their kinds.

    Args:
        api: a client of `/v1/`, where bank accounts come from.
    """

    def make(path, **params):
        answer = omise.post(path, params)
        assert answer.status == 200, answer.body
        return answer.body

    def token(number=CARD["number"]):
        return make("tokens", card={**CARD, "number": number})["id"]

    def charge(number=CARD["number"], **params):
        return make("charges", **MONEY, card=token(number), **params)["id"]

    customer = make("customers", email="somchai@example.com", card=token())
    paid = make("charges", **MONEY, customer=customer["id"])["id"]
    charge(DISPUTED)
    notifications.deliver_from_sandbox(at=clock.now())
    notifications.work_off_due(at=clock.now())
    tomorrow = clock.now() + timedelta(days=1)
    schedule = make(
        "schedules",
        every=1,
        period="month",
        start_date=f"{tomorrow:%Y-%m-%d}",
        end_date=f"{tomorrow + timedelta(days=300):%Y-%m-%d}",
        charge={**MONEY, "customer": customer["id"]},
    )["id"]
    occurrences.run_due(at=tomorrow.replace(hour=23))
    account = api.post(f"customers/{customer['id']}/sources", source="btok_us_verified").body["id"]
    return {
        "card": customer["default_card"],
        "charge": paid,
        "customer": customer["id"],
        "dispute": omise.get("disputes").ids[0],
        "document": "docu_test_1",
        "event": omise.get("events").ids[0],
        "forex": "usd",
        "held_charge": charge(capture=False),
        "link": make("links", **MONEY, title="A parcel", description="Two books")["id"],
        "occurrence": omise.get(f"schedules/{schedule}/occurrences").ids[0],
        "other_held_charge": charge(capture=False),
        "refund": make(f"charges/{paid}/refunds", amount=100)["id"],
        "schedule": schedule,
        "source": f"src_test_{account.removeprefix('ba_')}",
        "token": token(),
        "transaction": omise.get("transactions").ids[0],
        "waiting_charge": charge(WAITING, return_uri="https://example.com/back"),
    }
