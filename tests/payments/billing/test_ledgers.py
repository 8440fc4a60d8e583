"""Random lives of customers, after each step of which every sum is what its parts come to."""

from datetime import timedelta
from importlib.util import find_spec
from random import Random  # noqa: TID251 -- seeded, so that a life can be had again

import pytest

from customers.models import CashTransaction, Customer, CustomerBalanceTransaction
from customers.models import TestClock as Clock
from payments.billing.models import CreditNote, Invoice, InvoiceLine, InvoicePayment
from tests import breaches
from tests.payments.billing.subscribing import shop
from tests.payments.services.books import acquirers_sums, our_sums

__all__ = ["shop"]

CURRENCIES = {"usd": 1299, "jpy": 1299, "kwd": 12_990}
SEEDS = range(3)
STEPS = 30
DECLINED, GOOD = "tok_chargeCustomerFail", "tok_visa"
HAS_CREDIT_NOTES = find_spec("payments.billing.services.credit_notes") is not None


class Player:
    """Does something to a customer at random; what does not fit is refused, which is as good."""

    def __init__(self, shop, currency, seed):
        self.shop, self.currency = shop, currency
        self.dice = Random(f"{currency} {seed}")
        unit = CURRENCIES[currency]
        self.prices = [shop.price(unit, currency=currency), shop.price(3 * unit, currency=currency)]
        self.rates = [
            shop.post("tax_rates", display_name="VAT", percentage=percentage, inclusive=inclusive)["id"]
            for percentage, inclusive in (("7.25", False), ("19", True))
        ]  # fmt: skip
        shop.post("coupons", id="third", percent_off="33.3", duration="forever")
        shop.post("coupons", id="once", amount_off=unit // 2, currency=currency, duration="once")
        self.customer = shop.customer(card="pm_card_visa")
        self.acts = [
            self.subscribe, self.change, self.change, self.end, self.credit, self.fund, self.bill,
            self.bill, self.bill, self.settle, self.replace_card, self.wait, self.wait, self.wait,
        ]  # fmt: skip
        if HAS_CREDIT_NOTES:
            self.acts += [self.take_back, self.take_back]
        self.subscribe()
        self.subscribe()

    def step(self):
        self.dice.choice(self.acts)()

    def amount(self):
        return self.dice.randint(1, 4 * CURRENCIES[self.currency]) // 10 * 10 + 10

    def send(self, path, body=None, **params):
        answer = self.shop.api.post(path, body or {}, **params)
        assert answer.status in {200, 400, 402, 404}, answer.body
        return answer

    def any_of(self, path, **wanted):
        """Return one of the customer's things, or an empty one."""
        found = self.shop.get(path, customer=self.customer, limit=100, **wanted)["data"]
        return self.dice.choice(found) if found else {"id": "none"}

    def subscribe(self):
        terms = self.dice.choice([
            {}, {"trial_period_days": 5}, {"discounts": [{"coupon": "third"}]},
            {"discounts": [{"coupon": "once"}]}, {"default_tax_rates": [self.rates[0]]},
            {"default_tax_rates": self.rates},
            {"collection_method": "send_invoice", "days_until_due": 3},
        ])  # fmt: skip
        item = {"price": self.dice.choice(self.prices), "quantity": self.dice.randint(1, 3)}
        self.send("subscriptions", {"items": [item], **terms}, customer=self.customer)

    def change(self):
        found = self.any_of("subscriptions")
        items = found.get("items", {}).get("data") or [{"id": "none"}]
        change = {"id": items[0]["id"], "quantity": self.dice.randint(0, 4)}
        if self.dice.random() < 0.5:
            change["price"] = self.dice.choice(self.prices)
        behavior = self.dice.choice(["create_prorations", "always_invoice", "none"])
        body = {"items": [change], "proration_behavior": behavior}
        self.send(f"subscriptions/{found['id']}", body)

    def end(self):
        found = self.any_of("subscriptions")
        how = {"prorate": self.dice.random() < 0.5, "invoice_now": self.dice.random() < 0.5}
        answer = self.shop.api.delete(f"subscriptions/{found['id']}", how)
        assert answer.status in {200, 404}, answer.body

    def credit(self):
        amount = self.amount() * self.dice.choice([-1, -1, 1])
        path = f"customers/{self.customer}/balance_transactions"
        self.send(path, amount=amount, currency=self.currency)

    def fund(self):
        """Let money come, too little for some invoices."""
        path = f"test_helpers/customers/{self.customer}/fund_cash_balance"
        self.send(path, amount=self.amount() // 20 * 10, currency=self.currency)

    def bill(self):
        """Bill something once, a refund of something before at times."""
        amount = self.amount() * self.dice.choice([-1, 1, 1, 1])
        body = {"tax_rates": self.dice.choice([[], self.rates[:1], self.rates[1:]])}
        body = {name: value for name, value in body.items() if value}
        who = {"customer": self.customer, "currency": self.currency}
        self.send("invoiceitems", body, amount=amount, **who)
        more = self.dice.choice([{}, {"discounts": [{"coupon": "third"}]}])
        made = self.send("invoices", more, pending_invoice_items_behavior="include", **who)
        if made.status == 200:
            self.send(f"invoices/{made.body['id']}/finalize")
        if self.dice.random() < 0.6:
            self.settle()

    def settle(self):
        """Let an open invoice be paid or given up, in one of the ways that there are."""
        found = self.any_of("invoices", status="open")
        ways = [
            ("pay", {}), ("pay", {"paid_out_of_band": True}), ("void", {}), ("mark_uncollectible", {})
        ]  # fmt: skip
        way, params = self.dice.choice(ways)
        self.send(f"invoices/{found['id']}/{way}", **params)

    def replace_card(self):
        source = self.dice.choice([GOOD, DECLINED])
        self.send(f"customers/{self.customer}", source=source)

    def take_back(self):
        found = self.any_of("invoices")
        amount = self.amount() // 3 // 10 * 10 + 10
        was_paid = found.get("status") == "paid"
        how = self.dice.choice(["credit_amount", "refund_amount", "out_of_band_amount"])
        to = {how: amount} if was_paid else {}
        self.send("credit_notes", {"invoice": found["id"], "amount": amount, **to})

    def wait(self):
        frozen = Clock.objects.get(pk=self.shop.clock).frozen_at
        until = frozen + timedelta(days=self.dice.randint(1, 20), hours=self.dice.randint(0, 5))
        self.shop.advance(until.year, until.month, until.day, until.hour)


def check_everything():
    for customer in Customer.objects.all():
        check_balance(customer)
        check_cash(customer)
        check_numbers(customer)
    for invoice in Invoice.objects.all():
        check_totals(invoice)
        if invoice.status != "draft":
            check_due(invoice)
        check_paid(invoice)
    assert our_sums() == acquirers_sums()


def check_balance(customer):
    entries = CustomerBalanceTransaction.objects.filter(customer=customer).order_by("sequence")
    sums, total = [], 0
    for place, entry in enumerate(entries, start=1):
        total += entry.amount
        sums.append((place, total) == (entry.sequence, entry.ending_balance))
    assert all(sums)
    assert customer.balance == total


def check_cash(customer):
    entries = CashTransaction.objects.filter(customer=customer).order_by("sequence")
    total = 0
    for entry in entries:
        total += entry.net_amount
        assert entry.ending_balance == total
    assert total >= 0


def check_numbers(customer):
    numbers = Invoice.objects.filter(customer=customer).exclude(number="").order_by("number")
    assert list(numbers.values_list("number", flat=True)) == [
        f"{customer.invoice_prefix}-{place:04d}" for place in range(1, customer.next_invoice_sequence)
    ]  # fmt: skip


def check_totals(invoice):
    lines = list(InvoiceLine.objects.filter(invoice=invoice))
    taxes = [tax for line in lines for tax in line.taxes_shown]
    taken_off = sum(amount for line in lines for _pk, amount in line.discounts_shown)
    added = sum(tax["amount"] for tax in taxes if not tax["is_inclusive"])
    contained = sum(tax["amount"] for tax in taxes if tax["is_inclusive"])
    asked = sum(line.amount for line in lines)
    assert {line.currency for line in lines} <= {invoice.currency}
    assert invoice.subtotal == asked
    assert invoice.total == asked - taken_off + added
    assert invoice.total_excluding_tax == invoice.total - added - contained
    assert sum(tax["amount"] for tax in invoice.taxes_shown) == added + contained


def check_due(invoice):
    """See what the customer's balance has done to what is due."""
    entries = CustomerBalanceTransaction.objects.filter(invoice_id=invoice.pk)
    sums = {}
    for entry in entries:
        sums[entry.kind] = sums.get(entry.kind, 0) + entry.amount
    used = sums.get("applied_to_invoice", 0)
    put_off = sums.get("invoice_too_small", 0)
    assert invoice.ending_balance == invoice.starting_balance + used + put_off
    assert invoice.amount_due == invoice.total - used - put_off
    if invoice.status == "void":
        assert sums.get("unapplied_from_invoice", 0) == -used - put_off
    else:
        assert sums.get("unapplied_from_invoice", 0) == -invoice.amount_overpaid


def check_paid(invoice):
    payments = InvoicePayment.objects.select_related("payment_intent").filter(invoice=invoice)
    paid = [payment for payment in payments if payment.status == "paid"]
    put = sum(payment.amount_paid for payment in paid)
    by_cards = [payment for payment in paid if payment.payment_intent is not None]
    received = sum(payment.payment_intent.amount_received for payment in by_cards)
    assert received == sum(payment.amount_paid for payment in by_cards) + invoice.amount_overpaid
    cash = CashTransaction.objects.filter(invoice_id=invoice.pk).values_list(
        "net_amount", flat=True
    )
    assert -sum(cash) == put - sum(payment.amount_paid for payment in by_cards)
    if not invoice.is_paid_out_of_band:
        assert invoice.amount_paid == put
    if invoice.status == "paid":
        assert invoice.amount_remaining == 0
    notes = CreditNote.objects.filter(invoice=invoice, status=CreditNote.Status.ISSUED)
    amounts = notes.values_list("pre_payment_amount", "post_payment_amount")
    assert invoice.pre_payment_credit == sum(before for before, _after in amounts)
    assert invoice.post_payment_credit == sum(after for _before, after in amounts)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("currency", CURRENCIES)
def test_whatever_happens_every_sum_is_that_of_its_parts(shop, currency, seed):
    player = Player(shop, currency, seed)

    for _ in range(STEPS):
        player.step()
        check_everything()

    assert Invoice.objects.filter(status="paid").count() > 1
    assert breaches.found() == []
