"""What holds of every merge and undo, whatever the two customers have; and of several at once."""

import threading
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from customers.kit import clock
from customers.kit.errors import NotFound
from customers.kit.tenancy import scoped_to
from customers.models import Address, Customer, Merge
from customers.services import (
    aliases,
    balance_transactions,
    cash_balances,
    customers,
    merge_fields,
    merge_parts,
    merges,
    sites,
)
from payments.models import Charge
from payments.services import spending
from tests.factories.billing import InvoiceFactory, SubscriptionFactory
from tests.factories.coupons import DiscountFactory
from tests.factories.customers import AddressFactory, CustomerFactory, NoteFactory, TaxIdFactory
from tests.factories.payments import ChargeFactory, PaymentMethodFactory

STAY = {
    "customers.CustomerBalanceTransaction",
    "customers.CashTransaction",  # ledgers: what is left goes over by entries
    "customers.DuplicatePair",  # is about two
    "customers.Erasure",  # keeps customers from being merged while it is open
    "customers.Merge",
    "payments.Spending",
    "payments.SpendingChange",  # are counted anew
    "billing.CustomerRevenue",
    "billing.SubscriptionRevenue",  # follow the subscriptions
    "portal.EmailChange",  # of who the customer was
}
SHORT = st.integers(min_value=0, max_value=2)
NAMES = st.sampled_from(["", "Ada Whitfield", "A. Whitfield"])
TELL = st.sampled_from([None, True, False])
PEOPLE = st.fixed_dictionaries(
    {
        "columns": st.fixed_dictionaries(
            {
                "name": NAMES,
                "email": st.sampled_from(["", "ada@example.com", "aw@example.com"]),
                "phone": st.sampled_from(["", "+6621234567"]),
                "mail_marketing": TELL,
                "metadata": st.dictionaries(
                    st.sampled_from(["tier", "shop"]), st.sampled_from(["a", "b"])
                ),
            }
        ),
        "balance": st.integers(min_value=-3, max_value=3),
        "cash": SHORT,
        "addresses": SHORT,
        "methods": SHORT,
        "has_default": st.booleans(),
        "notes": SHORT,
        "charges": SHORT,
        "subscriptions": SHORT,
        "invoices": SHORT,
        "has_discount": st.booleans(),
    }
)
CHOICES = st.dictionaries(
    st.sampled_from(["name", "email", "address", "mail_marketing", "default_payment_method"]),
    st.sampled_from(merge_fields.SIDES),
)


def built(said, at):
    """Make a customer with all that was drawn; who was ever billed has a currency."""
    is_billed = said["subscriptions"] or said["invoices"]
    currency = "usd" if is_billed else ""
    customer = CustomerFactory(created_at=at, currency=currency, **said["columns"])
    for number in range(said["addresses"]):
        AddressFactory(customer=customer, is_default=number == 0)
    for number in range(said["notes"]):
        NoteFactory(customer=customer)
        TaxIdFactory(customer=customer, value=f"91-000000{number}")
    _billed(customer, said)
    _paying(customer, said, at)
    return Customer.objects.with_defaults().get(pk=customer.pk)


def _billed(customer, said):
    for _ in range(said["subscriptions"]):
        subscription = SubscriptionFactory(customer=customer)
        InvoiceFactory(customer=customer, subscription=subscription, status="draft")
    for _ in range(said["invoices"]):
        InvoiceFactory(customer=customer)
    if said["has_discount"]:
        DiscountFactory(customer=customer)


def _paying(customer, said, at):
    for number in range(said["methods"]):
        method = PaymentMethodFactory(attached=True, customer=customer)
        if number == 0 and said["has_default"]:
            rows = Customer.objects.filter(pk=customer.pk)
            rows.update(default_payment_method_id=method.pk)
    for number in range(said["charges"]):
        amount = 100 * (number + 1)
        charge = ChargeFactory(
            customer=customer, amount=amount, amount_captured=amount, status="succeeded"
        )
        spending.belongs_now(charge, at=at)
    if said["balance"]:
        balance_transactions.create(customer, amount=said["balance"], currency="usd", at=at)
    if said["cash"]:
        cash_balances.fund(customer, amount=said["cash"], currency="usd", at=at)


def rows_of(*people):
    """Return all rows of customers, and the customers themselves; but for the events that tell of what is done."""
    pks = [person.pk for person in people]
    found = {"customers": list(Customer.objects.filter(pk__in=pks).order_by("pk").values())}
    for part in merge_parts.every_part():
        if part.name != "events":
            rows = part.model._default_manager.filter(**{f"{part.column}__in": pks})
            found[part.name] = list(rows.order_by("pk").values())
    return found


def money(*people):
    cash = cash_balances.of_customers([person.pk for person in people]).values()
    balances = Customer.objects.filter(pk__in=[person.pk for person in people])
    spent = [row for person in people for row in spending.of_customer(person)]
    return {
        "balance": sum(balances.values_list("balance", flat=True)),
        "cash": sum(amount for held in cash for amount in held.values()),
        "spent": sum(row.net for row in spent),
        "payments": sum(row.payments for row in spent),
    }


@contextmanager
def taken_back():
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # whatever refers to whom
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        transaction.set_rollback(True)


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # making a failure smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(one=PEOPLE, other=PEOPLE, choices=CHOICES)
def test_nothing_is_lost_and_an_undo_restores_all(scope, one, other, choices):
    at = clock.now()
    with taken_back():
        kept, merged = built(one, at), built(other, at)
        before, sums = rows_of(kept, merged), money(kept, merged)

        record = merges.merge(kept, merged, choices=choices, at=at)

        after = rows_of(kept, merged)
        assert {name: [row["id"] for row in rows] for name, rows in after.items()} == {
            name: [row["id"] for row in rows] for name, rows in before.items()
        }
        assert money(kept, merged) == sums
        assert aliases.targets([merged.pk]) == {merged.pk: kept.pk}
        assert merge_parts.counts(merged).keys() <= {"tax_ids", "discounts", "events"}
        defaults = Address.objects.filter(customer=kept, is_default=True)
        assert defaults.count() == min(1, one["addresses"] + other["addresses"])

        undone = merges.undo(record, at=at)

        assert undone.not_restored == []
        again = rows_of(kept, merged)
        for name, rows in before.items():
            for row, found in zip(rows, again[name], strict=True):
                assert {key: found[key] for key in row if found[key] != row[key]} == {}, name
        assert money(kept, merged) == sums
        assert aliases.targets([merged.pk]) == {}


def test_every_row_of_a_customer_has_a_part():
    parts = {part.model._meta.label for part in merge_parts.every_part()}
    named = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if (isinstance(field, models.ForeignKey) and field.related_model is Customer)
        or field.attname == "customer_id"
    }

    assert named - {"customers.Customer"} == parts | STAY


def in_thread(act, outcome):
    def run():
        try:
            outcome.append(act())
        except NotFound:
            outcome.append("refused")
        finally:
            connection.close()

    return threading.Thread(target=run)


@pytest.fixture
def three():
    at = clock.now()
    site = sites.create_bare(name="Acme", slug="acme", at=at)
    with scoped_to(site, livemode=False):
        yield [customers.create(details={"name": name}, at=at) for name in "ABC"]


def merging(site, kept, merged):
    def act():
        with scoped_to(site, livemode=False):
            return merges.merge(kept, merged, choices={}, at=clock.now()).pk

    return act


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pair", [(1, 2), (2, 0)], ids=["into another", "the other way round"])
def test_of_two_merges_at_once_one_is_made(three, pair):
    first, other = (three[0], three[2]), tuple(three[place] for place in pair)
    outcome = []

    with transaction.atomic():
        merges.merge(*first, choices={}, at=clock.now())
        thread = in_thread(merging(first[0].site, *other), outcome)
        thread.start()
        thread.join(0.3)
        is_waiting = thread.is_alive()
    thread.join(10)

    assert (is_waiting, outcome) == (True, ["refused"])
    assert Merge.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_charge_that_is_made_during_a_merge_goes_over(three):
    kept, merged, _other = three
    at = clock.now()
    outcome = []

    def charging():
        with scoped_to(kept.site, livemode=False):
            return ChargeFactory(customer=merged).pk

    with transaction.atomic():
        record = merges.merge(kept, merged, choices={}, at=at)
        thread = in_thread(charging, outcome)
        thread.start()
        thread.join(0.3)
    thread.join(10)
    merges.sweep(at=at + merges.SWEEPS[0])

    assert Charge.objects.get(pk=outcome[0]).customer_id == kept.pk
    record.refresh_from_db()
    assert record.rows["charges"] == outcome
