"""One shop's acts in the words of each dialect's official library, so that a scenario can be run in all of them."""

import contextlib

import omise
import stripe

from tests.wire.omise_cards import CARD, token


class Stripe:
    """The shop, as a client of `/v1/`."""

    def __init__(self, v1):
        self.v1 = v1

    def save(self, number, email):
        source = self._token(number)
        return self.v1.customers.create({"email": email, "source": source}).id

    def add(self, customer, number):
        source = self._token(number)
        return self.v1.customers.payment_sources.create(customer, {"source": source}).id

    def charge(self, customer, amount, *, card=None, capture=True):
        given = {"source": card} if card else {}
        asked = {"customer": customer, "amount": amount, "currency": "thb", "capture": capture}
        with contextlib.suppress(stripe.CardError):
            return self.v1.charges.create({**asked, **given}).id
        return self.v1.charges.list({"limit": 1}).data[0].id

    def capture(self, charge, amount):
        self.v1.charges.capture(charge, {"amount": amount})

    def refund(self, charge, amount):
        self.v1.refunds.create({"charge": charge, "amount": amount})

    def make_default(self, customer, card):
        self.v1.customers.update(customer, {"default_source": card})

    def remove(self, customer, card):
        self.v1.customers.payment_sources.delete(customer, card)

    def delete(self, customer):
        self.v1.customers.delete(customer)

    def _token(self, number):
        card = {
            "number": number,
            "exp_month": CARD["expiration_month"],
            "exp_year": CARD["expiration_year"],
            "cvc": CARD["security_code"],
            "name": CARD["name"],
            "address_city": CARD["city"],
            "address_zip": CARD["postal_code"],
        }
        return self.v1.tokens.create({"card": card}).id


class Omise:
    """The shop, as a client of Omise's dialect; its library is set up elsewhere."""

    def save(self, number, email):
        return omise.Customer.create(email=email, card=token(number)).id

    def add(self, customer, number):
        found = omise.Customer.retrieve(customer)
        found.update(card=token(number))
        return found.cards[0].id

    def charge(self, customer, amount, *, card=None, capture=True):
        given = {"card": card} if card else {}
        asked = {"customer": customer, "amount": amount, "currency": "THB", "capture": capture}
        return omise.Charge.create(**asked, **given).id

    def capture(self, charge, amount):
        omise.Charge.retrieve(charge).capture(capture_amount=amount)

    def refund(self, charge, amount):
        omise.Charge.retrieve(charge).refund(amount=amount)

    def make_default(self, customer, card):
        omise.Customer.retrieve(customer).update(default_card=card)

    def remove(self, customer, card):
        omise.Card.retrieve(customer, card).destroy()

    def delete(self, customer):
        omise.Customer.retrieve(customer).destroy()


def live_a_customers_life(shop):
    """Save a card, charge it, hold and capture, refund a part, be declined, choose and remove cards, delete."""
    customer = shop.save("4242424242424242", "jenny@example.com")
    charge = shop.charge(customer, 100_000)
    held = shop.charge(customer, 50_000, capture=False)
    shop.capture(held, 30_000)
    shop.refund(charge, 25_000)
    poor = shop.add(customer, "4111111111140011")
    shop.charge(customer, 10_000, card=poor)
    second = shop.add(customer, "5555555555554444")
    shop.make_default(customer, second)
    shop.charge(customer, 20_000)
    shop.remove(customer, poor)
    shop.delete(customer)
