"""What tests of checkouts begin with: a merchant who makes sessions, and customers who go through them."""

from datetime import timedelta

import pytest

from customers.events.models import Event
from customers.kit import clock
from payments.services import payment_methods
from portal.services import checkout_payments as payments
from portal.services import checkout_visits as visits
from portal.services import checkouts

SUCCESS = "https://shop.example.com/thanks?session={CHECKOUT_SESSION_ID}"
LAMP = {
    "price_data": {"currency": "usd", "unit_amount": 1500, "product_data": {"name": "Lamp"}},
    "quantity": 2,
}
CLUB = {
    "price_data": {
        "currency": "usd", "unit_amount": 1000, "product_data": {"name": "Club"},
        "recurring": {"interval": "month"},
    },
    "quantity": 1,
}  # fmt: skip


class Till:
    """A merchant's `/v1/`, and what the page does for a customer."""

    def __init__(self, api):
        self.api = api
        self.at = clock.now()

    def ok(self, answer):
        assert answer.status == 200, answer.body
        return answer.body

    def post(self, path, body=None, /, **params):
        return self.ok(self.api.post(path, body, **params))

    def get(self, path, **params):
        return self.ok(self.api.get(path, params))

    def session(self, *items, **more):
        """Make a session, by default of two lamps."""
        items = items or (() if more.get("mode") == "setup" else (LAMP,))
        body = {"success_url": SUCCESS, **({"line_items": list(items)} if items else {}), **more}
        return checkouts.get(self.post("checkout/sessions", body)["id"])

    def subscription(self, *items, **more):
        return self.session(*(items or (CLUB,)), mode="subscription", **more)

    def named(self, session, email="jenny@example.com", **said):
        return visits.describe(session, email=email, said=said, at=self.at)

    def pay(self, session, card="pm_card_visa", *, act="first", amount=None, **more):
        """Pay what the page shows with a fresh card."""
        method = payment_methods.resolve(card, at=self.at)
        shown = checkouts.get(session.pk).amount_due if amount is None else amount
        return payments.pay(session, method, amount=shown, act_key=act, at=self.at, **more)

    def wire(self, session):
        return self.get(f"checkout/sessions/{session.pk}")

    def later(self, **how_long):
        return self.at + timedelta(**how_long)


def told(session):
    """Return the events of a session."""
    rows = Event.objects.filter(object_id=session.pk).order_by("id")
    return list(rows.values_list("type", flat=True))


@pytest.fixture
def till(api, scope):
    return Till(api)


def through_the_bank(client, session, choice="complete"):
    """Do at the bank what the customer chooses, and come back to the page."""
    page = _path(payments.bank_of(session))
    over = client.post(page, {"choice": choice}, follow=True).content.decode()
    back = over.split('content="0; url=')[1].split('"')[0]
    return client.get(_path(back.replace("&amp;", "&")))["Location"]


def _path(url):
    return url.removeprefix("http://127.0.0.1:8000")
