"""Merging two customers, and taking it back."""

from datetime import timedelta

import pytest

from customers.events.models import Event
from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.models import (
    Address,
    Alias,
    Consent,
    Customer,
    CustomerBalanceTransaction,
    Merge,
    Note,
    TaxId,
)
from customers.services import (
    addresses,
    aliases,
    balance_transactions,
    cash_balances,
    customers,
    erasures,
    merges,
)
from payments.models import Charge, PaymentMethod
from payments.services import payment_methods, spending
from tests.factories.customers import (
    AddressFactory,
    ClockFactory,
    ConsentFactory,
    CustomerFactory,
    NoteFactory,
    TaxIdFactory,
)
from tests.factories.payments import ChargeFactory, PaymentMethodFactory
from tests.factories.portal import PortalSessionFactory


def made(at, **details):
    return customers.create(details=details, at=at)


@pytest.fixture
def kept(scope, at):
    return made(at, name="Ada Whitfield", email="ada@example.com", metadata={"tier": "gold"})


@pytest.fixture
def merged(scope, at):
    return made(
        at,
        name="A. Whitfield",
        email="ada.w@example.com",
        phone="+66 2 123 4567",
        external_id="42",
        metadata={"tier": "silver", "shop": "7"},
    )


def fresh(customer):
    return Customer.objects.with_defaults().get(pk=customer.pk)


def merge(kept, merged, at, **choices):
    return merges.merge(kept, merged, choices=choices, at=at)


def test_the_kept_one_takes_what_it_does_not_have(kept, merged, at):
    record = merge(kept, merged, at)

    row = fresh(kept)
    assert (row.name, row.email, row.phone, row.phone_e164, row.external_id, row.metadata) == (
        "Ada Whitfield",
        "ada@example.com",
        "+66 2 123 4567",
        "+6621234567",
        "42",
        {"tier": "gold", "shop": "7"},
    )
    assert record.choices == {
        "email": "kept",
        "name": "kept",
        "phone": "merged",
        "external_id": "merged",
    }


def test_a_choice_takes_the_other_value(kept, merged, at):
    merge(kept, merged, at, email="merged", name="merged", external_id="kept")

    row = fresh(kept)
    assert (row.email, row.name, row.external_id) == ("ada.w@example.com", "A. Whitfield", "")


@pytest.mark.parametrize(
    ("mine", "theirs", "taken"),
    [(True, False, False), (False, True, False), (None, True, True), (True, None, True)],
)
def test_who_said_no_to_marketing_has_said_no(kept, merged, at, mine, theirs, taken):
    Customer.objects.filter(pk=kept.pk).update(mail_marketing=mine)
    Customer.objects.filter(pk=merged.pk).update(mail_marketing=theirs)

    merge(kept, merged, at)

    assert fresh(kept).mail_marketing is taken


def test_the_merged_one_is_a_tombstone_and_another_name(kept, merged, at):
    older = CustomerFactory()
    aliases.create(merged, "cus_Imported", reason=Alias.Reason.IMPORTED, at=at)
    merge(merged, older, at)

    merge(kept, merged, at)

    row = fresh(merged)
    assert (row.deleted_at, row.merged_into_id) == (at, kept.pk)
    assert aliases.targets([merged.pk, older.pk, "cus_Imported"]) == {
        merged.pk: kept.pk,
        older.pk: kept.pk,
        "cus_Imported": kept.pk,
    }


def test_what_belongs_to_it_goes_over(kept, merged, at):
    address, tax_id = AddressFactory(customer=merged), TaxIdFactory(customer=merged)
    consent, note = ConsentFactory(customer=merged), NoteFactory(customer=merged)
    method = PaymentMethodFactory(attached=True, customer=merged)
    charge = ChargeFactory(customer=merged, payment_method=method)

    record = merge(kept, merged, at)

    rows = [(Address, address), (TaxId, tax_id), (Consent, consent), (Note, note)]
    rows += [(PaymentMethod, method), (Charge, charge)]
    assert {model.objects.get(pk=row.pk).customer_id for model, row in rows} == {kept.pk}
    assert {name: record.moved[name] for name in record.moved if name != "events"} == {
        "addresses": 1,
        "charges": 1,
        "consents": 1,
        "notes": 1,
        "payment_methods": 1,
        "tax_ids": 1,
    }


def test_one_default_address_of_a_type_stays(kept, merged, at):
    for customer, city in ((kept, "Springfield"), (merged, "Riverton")):
        addresses.set_default(customer, "billing", {"city": city}, at=at)
    addresses.set_default(merged, "shipping", {"city": "Riverton"}, at=at)

    merge(kept, merged, at)

    shown = {kind: row["city"] for kind, row in fresh(kept).default_addresses.items()}
    assert shown == {"billing": "Springfield", "shipping": "Riverton"}


def test_the_chosen_default_address_stays(kept, merged, at):
    for customer, city in ((kept, "Springfield"), (merged, "Riverton")):
        addresses.set_default(customer, "billing", {"city": city}, at=at)

    record = merge(kept, merged, at, address="merged")

    assert fresh(kept).default_addresses["billing"]["city"] == "Riverton"
    merges.undo(record, at=at)
    cities = [fresh(row).default_addresses["billing"]["city"] for row in (kept, merged)]
    assert cities == ["Springfield", "Riverton"]


def test_a_tax_id_that_both_have_stays_behind(kept, merged, at):
    for customer in (kept, merged):
        TaxIdFactory(customer=customer, value="91-1234567")

    merge(kept, merged, at)

    assert TaxId.objects.filter(customer=kept).count() == 1


@pytest.mark.parametrize("choice", ["kept", "merged"])
def test_there_is_one_default_method(kept, merged, at, choice):
    methods = {"kept": PaymentMethodFactory(attached=True, customer=kept)}
    methods["merged"] = PaymentMethodFactory(attached=True, customer=merged)
    for customer, name in ((kept, "kept"), (merged, "merged")):
        Customer.objects.filter(pk=customer.pk).update(default_payment_method_id=methods[name].pk)

    record = merge(fresh(kept), fresh(merged), at, default_payment_method=choice)

    assert fresh(kept).default_payment_method_id == methods[choice].pk
    merges.undo(record, at=at)
    assert fresh(kept).default_payment_method_id == methods["kept"].pk
    assert fresh(merged).default_payment_method_id == methods["merged"].pk


def test_balances_are_added_by_entries_and_ledgers_stay(kept, merged, at):
    balance_transactions.create(kept, amount=-500, currency="usd", at=at)
    balance_transactions.create(merged, amount=1200, currency="usd", at=at)

    record = merge(fresh(kept), fresh(merged), at)

    rows = CustomerBalanceTransaction.objects.order_by("created_at", "id")
    entries = {
        row.pk: [
            (entry.amount, entry.ending_balance, entry.description)
            for entry in rows.filter(customer=row).order_by("sequence")
        ]
        for row in (kept, merged)
    }
    assert entries == {
        kept.pk: [(-500, -500, ""), (1200, 700, f"Came from {merged.pk}")],
        merged.pk: [(1200, 1200, ""), (-1200, 0, f"Went to {kept.pk}")],
    }
    assert (fresh(kept).balance, fresh(merged).balance) == (700, 0)
    merges.undo(record, at=at)
    assert (fresh(kept).balance, fresh(merged).balance) == (-500, 1200)


def test_cash_goes_over_and_comes_back_as_far_as_it_is_there(kept, merged, at):
    cash_balances.fund(merged, amount=900, currency="usd", at=at)
    cash_balances.fund(kept, amount=100, currency="usd", at=at)

    record = merge(kept, merged, at)
    cash_balances.use(kept, amount=400, currency="usd", invoice_id="in_1", at=at)
    undone = merges.undo(record, at=at)

    found = cash_balances.of_customers([kept.pk, merged.pk])
    assert found == {kept.pk: {"usd": 0}, merged.pk: {"usd": 600}}
    assert undone.not_restored == ["cash_balance[usd]"]


def test_what_was_spent_is_added_up_anew(kept, merged, at):
    for customer, amount in ((kept, 1000), (merged, 250)):
        charge = ChargeFactory(
            customer=customer, amount=amount, amount_captured=amount, status="succeeded"
        )
        spending.belongs_now(charge, at=at)
    spending.add_up()

    record = merge(kept, merged, at)

    assert [(row.currency, row.taken) for row in spending.of_customer(kept)] == [("usd", 1250)]
    assert spending.of_customer(merged) == []
    merges.undo(record, at=at)
    assert [spending.of_customer(row)[0].taken for row in (kept, merged)] == [1000, 250]


def test_whoever_was_signed_in_is_signed_out(kept, merged, at):
    session = PortalSessionFactory(customer=merged)

    merge(kept, merged, at)

    session.refresh_from_db()
    assert (session.customer_id, session.ended_at) == (kept.pk, at)


def test_it_is_told(kept, merged, at, told):
    told()

    record = merge(kept, merged, at)
    of_merge = told()
    merges.undo(record, at=at)

    assert of_merge == ["customer.updated", "customer.merged"]
    assert told() == ["customer.updated", "customer.unmerged"]
    event = Event.objects.get(type="customer.merged")
    assert event.customer_id == kept.pk
    assert {name: event.snapshot[name] for name in ("object", "customer", "merged_customer")} == {
        "object": "customer_merge",
        "customer": kept.pk,
        "merged_customer": merged.pk,
    }


def test_an_undo_restores_both(kept, merged, at):
    NoteFactory(customer=merged)
    before = [Customer.objects.filter(pk=row.pk).values().get() for row in (kept, merged)]

    record = merge(kept, merged, at, email="merged")
    undone = merges.undo(record, at=at)

    after = [Customer.objects.filter(pk=row.pk).values().get() for row in (kept, merged)]
    assert after == before
    assert (undone.undone_at, undone.not_restored, undone.rows, undone.before) == (at, [], {}, {})
    assert Note.objects.get().customer_id == merged.pk
    assert aliases.targets([merged.pk]) == {}


def test_an_undo_leaves_what_was_changed_since(kept, merged, at):
    record = merge(kept, merged, at, email="merged")
    customers.update(kept, details={"email": "new@example.com"}, at=at)

    undone = merges.undo(record, at=at)

    assert undone.not_restored == ["email"]
    assert fresh(kept).email == "new@example.com"


def test_an_undo_does_without_a_name_that_somebody_took(kept, merged, at):
    record = merge(kept, merged, at, external_id="kept")
    other = made(at, external_id="42")

    undone = merges.undo(record, at=at)

    assert undone.not_restored == ["external_id"]
    assert (fresh(merged).external_id, fresh(other).external_id) == ("", "42")


def test_an_undo_names_what_is_not_there_any_more(kept, merged, at):
    note = NoteFactory(customer=merged)
    record = merge(kept, merged, at)
    Note.objects.all().delete()

    assert merges.undo(record, at=at).not_restored == [note.pk]


@pytest.mark.parametrize("whose", ["kept", "merged"])
def test_an_undo_does_without_a_default_method_that_was_detached(kept, merged, at, whose):
    customer = {"kept": kept, "merged": merged}[whose]
    method = PaymentMethodFactory(attached=True, customer=customer)
    Customer.objects.filter(pk=customer.pk).update(default_payment_method_id=method.pk)
    other = "merged" if whose == "kept" else "kept"
    second = PaymentMethodFactory(attached=True, customer={"kept": kept, "merged": merged}[other])
    Customer.objects.filter(pk=second.customer_id).update(default_payment_method_id=second.pk)
    record = merge(fresh(kept), fresh(merged), at, default_payment_method=other)
    payment_methods.detach(PaymentMethod.objects.get(pk=method.pk), at=at)

    undone = merges.undo(record, at=at)

    assert "default_payment_method_id" in undone.not_restored
    assert fresh(customer).default_payment_method_id is None


def test_what_was_made_for_something_that_moved_goes_back_with_it(kept, merged, at):
    method = PaymentMethodFactory(attached=True, customer=merged)
    record = merge(kept, merged, at)
    charge = ChargeFactory(customer=kept, payment_method=method)
    own = ChargeFactory(customer=kept)

    merges.undo(record, at=at)

    whose = [Charge.objects.get(pk=row.pk).customer_id for row in (charge, own)]
    assert whose == [merged.pk, kept.pk]


@pytest.mark.parametrize("days", [29, 30])
def test_a_merge_is_undone_within_thirty_days(kept, merged, at, days, refused):
    record = merge(kept, merged, at)
    later = at + timedelta(days=days)

    if days < 30:
        assert merges.undo(record, at=later).undone_at == later
    else:
        with refused(InvalidState, code="merge_too_old"):
            merges.undo(record, at=later)


def test_a_merge_is_undone_once_and_the_last_one_first(kept, merged, at, refused):
    first = merge(kept, merged, at)
    second = merge(kept, CustomerFactory(), at + timedelta(seconds=1))

    with refused(InvalidState, code="merge_not_last"):
        merges.undo(first, at=at)
    merges.undo(second, at=at)
    merges.undo(first, at=at)

    with refused(InvalidState, code="merge_undone"):
        merges.undo(first, at=at)


def test_a_merge_into_one_that_was_merged_itself_is_not_undone(kept, merged, at, refused):
    record = merge(kept, merged, at)
    merge(CustomerFactory(), kept, at)

    with refused(InvalidState, code="customer_deleted"):
        merges.undo(record, at=at)


def test_it_can_be_merged_again_after_an_undo(kept, merged, at):
    merges.undo(merge(kept, merged, at), at=at)

    merge(kept, fresh(merged), at)

    assert [row.undone_at for row in Merge.objects.order_by("undone_at")] == [at, None]


def test_two_that_do_not_fit_are_refused(kept, merged, at, refused):
    on_clock = CustomerFactory(test_clock=ClockFactory())
    gone = customers.delete(CustomerFactory(), at=at)
    for customer, currency in ((kept, "usd"), (merged, "thb")):
        Customer.objects.filter(pk=customer.pk).update(currency=currency)

    with refused(InvalidState, code="currency_differs"):
        merge(kept, merged, at)
    with refused(InvalidState, code="test_clock_differs"):
        merge(kept, on_clock, at)
    with refused(InvalidRequest, param="customer"):
        merges.preview(kept, kept, choices={}, at=at)
    with refused(NotFound, param="id"):
        merge(kept, gone, at)
    with refused(InvalidRequest, param="choices[shoe_size]"):
        merge(kept, merged, at, shoe_size="kept")
    with refused(InvalidRequest, param="choices[name]"):
        merge(kept, merged, at, name="both")


def test_who_is_to_be_erased_is_not_merged(kept, merged, at, refused):
    erasures.request(merged, at=at)

    with refused(InvalidState, code="erasure_open"):
        merge(kept, merged, at)


def test_who_went_into_an_erased_customer_is_erased_as_well(kept, merged, at):
    merge(kept, merged, at)
    erasure = erasures.create(kept, at=at)

    erasures.run(erasure.pk, until=at + timedelta(hours=1), now=lambda: at)

    assert erasures.latest(merged).status == "waiting"
    assert Alias.objects.filter(target_id=kept.pk).count() == 0
    assert Merge.objects.get().before == {}


def test_metadata_that_is_too_much_for_one_is_refused(kept, at, refused):
    many = made(at, metadata={str(number): "x" for number in range(50)})

    with refused(InvalidState):
        merge(kept, many, at)


def test_a_preview_changes_nothing(kept, merged, at, nothing_written):
    PaymentMethodFactory(attached=True, customer=merged)

    with nothing_written():
        shown = merges.preview(kept, merged, choices={"email": "merged"}, at=at)

    assert {name: shown.record.moved[name] for name in ("payment_methods",)} == {
        "payment_methods": 1
    }
    assert [(row.name, row.side) for row in shown.differences] == [
        ("email", "merged"),
        ("name", "kept"),
        ("external_id", "merged"),
        ("phone", "merged"),
    ]


def test_what_was_made_for_the_merged_one_meanwhile_is_moved_later(kept, merged, at):
    record = merge(kept, merged, at)
    charge = ChargeFactory(customer=merged)

    early = merges.sweep(at=at + timedelta(seconds=59))
    swept = merges.sweep(at=at + timedelta(minutes=1))

    record.refresh_from_db()
    assert (early, swept > 0) == (0, True)
    assert Charge.objects.get().customer_id == kept.pk
    assert record.rows["charges"] == [charge.pk]
    assert record.sweep_at == at + timedelta(hours=1)
    merges.sweep(at=at + timedelta(hours=1))
    record.refresh_from_db()
    assert record.sweep_at is None


def test_a_change_of_one_that_was_merged_meanwhile_reaches_the_other(kept, merged, at):
    merge(kept, merged, at)

    balance_transactions.create(merged, amount=100, currency="usd", at=at)

    assert fresh(kept).balance == 100


def test_what_was_before_is_forgotten_when_the_time_is_over(kept, merged, at):
    record = merge(kept, merged, at)

    early = merges.end(at=at + timedelta(days=29))
    ended = merges.end(at=at + timedelta(days=30))

    record.refresh_from_db()
    assert (early, ended, record.before, record.rows) == (0, 1, {}, {})
