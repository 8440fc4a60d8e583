"""What one transaction remembers and writes at its end."""

from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.events.models import Event
from customers.events.services import events
from customers.kit import clock, together
from customers.kit.errors import NotFound
from customers.models import Customer
from tests.factories.customers import CustomerFactory


@pytest.fixture
def publish(scope):
    customer, at = CustomerFactory(), clock.now()
    Event.objects.all().delete()
    return lambda type_: events.publish(type_, customer, at=at)


def _fail(publish):
    with transaction.atomic(), together.opened():
        publish("customer.updated")
        _ = 1 / 0


def types():
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def test_events_are_inserted_in_their_order_when_the_block_ends(publish):
    with transaction.atomic(), together.opened():
        publish("customer.created")
        publish("customer.updated")
        during = types()

    assert (during, types()) == ([], ["customer.created", "customer.updated"])


def test_many_events_are_all_inserted(publish):
    with transaction.atomic(), together.opened():
        for _ in range(20):
            publish("customer.updated")

    assert types() == ["customer.updated"] * 20


def test_what_fails_inside_is_not_told_although_the_caller_goes_on(publish):
    with transaction.atomic(), together.opened():
        publish("customer.created")
        together.remember("row", 1)
        with pytest.raises(ZeroDivisionError):
            _fail(publish)
        known = together.recalled("row")

    assert (known, types()) == (None, ["customer.created"])


def test_what_is_rolled_back_on_purpose_is_not_told(publish):
    with transaction.atomic(), together.opened():
        with transaction.atomic(), together.opened():
            publish("customer.updated")
            transaction.set_rollback(True)
        publish("customer.created")

    assert types() == ["customer.created"]


def test_behind_a_savepoint_that_the_block_does_not_know_nothing_is_put_aside(publish):
    with transaction.atomic(), together.opened():
        together.remember("row", 1)
        with transaction.atomic():
            publish("customer.updated")
            known, during = together.recalled("row"), types()

    assert (known, during) == (None, ["customer.updated"])


def test_nothing_is_remembered_outside(db):
    together.remember("row", 1)

    assert (together.is_open(), together.recalled("row")) == (False, None)


def test_what_changed_is_forgotten(db):
    with transaction.atomic(), together.opened():
        together.remember("row", 1)
        together.forget("row")

        assert together.recalled("row") is None


# -- batches -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def people(scope):
    """Five customers, as they are locked in a batch."""
    for number in range(5):
        CustomerFactory(name=f"Customer {number}", email="", balance=0)
    Event.objects.all().delete()
    return sorted(Customer.objects.values_list("pk", flat=True))


def lock_all():
    together.locked_rows(Customer.objects.all())


def rename(pk):
    """Change a customer and tell of it, with what is remembered alone."""
    row = together.recalled((Customer, pk))
    row.phone = f"phone of {pk}"
    together.save(row, "phone")
    row.metadata = {"said": 'a "quote", a \\ and\na line'}
    together.save(row, "metadata")
    events.publish("customer.updated", row, at=clock.now())


def in_a_batch(groups, act):
    """Attempt groups in a batch; return what is left alone, and how many statements it took."""
    with CaptureQueriesContext(connection) as found:
        alone = together.attempt_all(groups, act, prepare=lock_all)
    verbs = [each["sql"].split()[0] for each in found if each["sql"]]
    return alone, [verb for verb in verbs if verb not in {"BEGIN", "COMMIT"}]


@pytest.mark.django_db(transaction=True)
def test_a_small_batch_writes_all_its_changes_by_one_statement(people):
    alone, said = in_a_batch([[pk] for pk in people], rename)

    assert (alone, said) == ([], ["SELECT", "WITH"])
    rows = Customer.objects.order_by("pk").values_list("pk", "phone", "metadata")
    said = {"said": 'a "quote", a \\ and\na line'}
    assert list(rows) == [(pk, f"phone of {pk}", said) for pk in people]
    assert list(Event.objects.order_by("id").values_list("object_id", flat=True)) == people


@pytest.mark.django_db(transaction=True)
def test_a_part_that_fails_has_no_effect_and_is_left_to_be_done_alone(people):
    def act(pk):
        rename(pk)
        if pk == people[1]:
            raise NotFound("There is no such thing.", param="id")

    alone, _ = in_a_batch([[people[0]], people[1:3], people[3:]], act)

    assert alone == people[1:3]
    changed = Customer.objects.exclude(phone="").order_by("pk")
    assert list(changed.values_list("pk", flat=True)) == [people[0], *people[3:]]
    assert types() == ["customer.updated"] * 3


@pytest.mark.django_db(transaction=True)
def test_a_part_that_asks_the_database_is_left_to_be_done_alone(people):
    def act(pk):
        rename(pk)
        with suppress(together.Alone):
            Customer.objects.filter(name=pk).exists()

    alone, said = in_a_batch([[pk] for pk in people], act)

    assert (alone, said) == (people, ["SELECT"])
    assert types() == []


@pytest.mark.django_db(transaction=True)
def test_a_part_of_which_a_block_fails_is_left_to_be_done_alone_although_its_caller_goes_on(people):
    def act(pk):
        with suppress(NotFound), transaction.atomic(savepoint=False), together.opened():
            rename(pk)
            raise NotFound("There is no such thing.", param="id")

    alone, _ = in_a_batch([people], act)

    assert (alone, types()) == (people, [])


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_written_leaves_the_whole_batch_to_be_done_alone(people):
    def act(pk):
        rename(pk)
        row = together.recalled((Customer, pk))
        row.balance = 100 if pk == people[3] else 0  # it has no currency: a constraint forbids it
        together.save(row, "balance")

    alone, _ = in_a_batch([[pk] for pk in people], act)

    assert (alone, types()) == (people, [])
    assert set(Customer.objects.values_list("phone", flat=True)) == {""}


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_saved_whole_is_written_where_it_differs(people):
    def act(pk):
        row = together.recalled((Customer, pk))
        row.name, row.metadata["new"] = "Changed", "yes"
        together.save(row)

    with CaptureQueriesContext(connection) as found:
        together.attempt_all([people[:1]], act, prepare=lock_all)

    (update,) = [each["sql"] for each in found if each["sql"].startswith("UPDATE")]
    assert '"name" = changed."name"' in update
    assert '"phone"' not in update
    assert Customer.objects.values_list("name", "metadata").get(pk=people[0]) == (
        "Changed", {"new": "yes"},
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_many_new_rows_are_copied_as_they_would_be_inserted(people):
    at, many = clock.now(), 40
    given = {
        "name": 'tab\t, line\n, return\r, \\N "x"', "preferred_locales": ['a"b', "c\\d", "e,{f}"],
        "metadata": {"a": 'b\\"c\n', "é": "日本"}, "discount_shown": None, "tax_ip_address": "192.0.2.1",
        "test_clock_id": None, "mail_marketing": True, "deleted_at": at, "balance": -5, "currency": "usd",
    }  # fmt: skip

    def act(number):
        parent = together.recalled((Customer, people[0]))
        together.insert(
            Customer.belonging_to(parent, created_at=at, invoice_prefix=f"P{number}", **given)
        )
        events.publish("customer.created", parent, at=at)

    alone = together.attempt_all([list(range(many))], act, prepare=lock_all)

    made = Customer.objects.filter(invoice_prefix__startswith="P")
    assert alone == []
    assert [*made.values_list(*given)] == [tuple(given.values())] * many
    assert set(made.values_list("created_at", flat=True)) == {at}
    told = Event.objects.values_list("snapshot__name", flat=True)
    assert list(told) == [Customer.objects.get(pk=people[0]).name] * many


@pytest.mark.django_db(transaction=True)
def test_joined_batches_go_on_with_what_the_ones_before_have_locked_and_written(people):
    def read():
        if together.recalled((Customer, people[0])) is None:
            lock_all()

    def name(said):
        row = together.recalled((Customer, people[0]))
        row.name = said
        together.save(row)

    names = []
    with CaptureQueriesContext(connection) as found, together.joined():
        for said in ("New", "Newer", "New"):
            together.attempt_all([[said]], name, prepare=read)
            names.append(Customer.objects.values_list("name", flat=True).get(pk=people[0]))

    assert names == ["New", "Newer", "New"]
    assert sum("FOR NO KEY UPDATE" in each["sql"] for each in found) == 1


@pytest.mark.django_db(transaction=True)
def test_of_joined_batches_of_which_one_cannot_be_written_none_is(people):
    def break_(pk):
        row = together.recalled((Customer, pk))
        row.balance = 100  # it has no currency: a constraint forbids it
        together.save(row, "balance")

    def do_both():
        with together.joined():
            together.attempt_all([people[:1]], rename, prepare=lock_all)
            together.attempt_all([people[1:2]], break_, prepare=lock_all)

    with pytest.raises(IntegrityError):
        do_both()

    assert types() == []
    assert set(Customer.objects.values_list("phone", flat=True)) == {""}


@pytest.mark.django_db(transaction=True)
def test_of_what_a_part_takes_back_nothing_stays(people):
    def act(pk):
        row = together.recalled((Customer, pk))
        with suppress(NotFound), together.taken_back(row):
            rename(pk)
            together.remember("row", pk)
            raise NotFound("There is no such thing.", param="id")
        events.publish("customer.created", row, at=clock.now())
        seen.append((row.phone, together.recalled("row")))

    seen = []
    alone, _ = in_a_batch([[pk] for pk in people], act)

    assert (alone, seen) == ([], [("", None)] * 5)
    assert types() == ["customer.created"] * 5
    assert set(Customer.objects.values_list("phone", flat=True)) == {""}


def test_outside_of_batches_what_is_taken_back_is_rolled_back(publish):
    with transaction.atomic():
        with together.taken_back():
            publish("customer.updated")
            during = types()
        publish("customer.created")

    assert (during, types()) == (["customer.updated"], ["customer.created"])


def test_outside_of_batches_rows_are_written_at_once(people):
    row = Customer.objects.get(pk=people[0])
    before, row.phone, row.name = row.name, "now", "now"

    together.save(row, "phone")

    assert Customer.objects.values_list("phone", "name").get(pk=row.pk) == ("now", before)
    together.save(row)
    assert Customer.objects.get(pk=row.pk).name == "now"
