"""Imports: what comes of a file's rows, and of rows that come again."""

from datetime import timedelta

import pytest

from customers.events.models import Event
from customers.kit import clock
from customers.kit.errors import Conflict, InvalidRequest, InvalidState, NotFound
from customers.kit.tenancy import scoped_to
from customers.models import (
    Customer,
    Import,
    ImportChunk,
    ImportFault,
)
from customers.services import (
    customers,
    erasures,
    imports,
)
from tests.customers.services.importing import brought, carried_out, checked, counts, emails, wrong

pytestmark = pytest.mark.usefixtures("scope")
Status = Import.Status


def test_rows_become_customers_with_their_events():
    of = brought(
        "Email,Full name,City,Country,metadata.plan,Newsletter\n"
        "ada@example.com,Ada Lovelace,London,gb,gold,yes\n"
        "bo@example.com,Bo,,,,no\n"
    )

    of = carried_out(of)

    ada, bo = Customer.objects.order_by("email")
    assert (of.status, of.percent, counts(of)) == (Status.DONE, 100, (2, 2, 0, 0, 0))
    assert (ada.email, ada.name, ada.metadata, ada.mail_marketing) == (
        "ada@example.com", "Ada Lovelace", {"plan": "gold"}, True,
    )  # fmt: skip
    assert ada.default_addresses["billing"]["country"] == "GB"
    assert (bo.name, bo.default_addresses, bo.mail_marketing) == ("Bo", {}, False)
    assert sorted(Event.objects.values_list("type", "door").distinct()) == [
        ("customer.address.created", "import"),
        ("customer.consent.created", "import"),
        ("customer.created", "import"),
    ]


def test_a_check_says_what_would_happen_and_nothing_does(nothing_written):
    of = brought("external_id,email\n1,a@example.com\n2,nobody\n1,b@example.com\n")

    with nothing_written():
        of = checked(of)

    assert (of.status, counts(of), of.percent, of.valid) == (
        Status.CHECKED,
        (3, 1, 0, 1, 1),
        100,
        2,
    )
    assert wrong(of) == [(2, "email", "Invalid email address: nobody")]


def test_a_checked_import_runs():
    of = carried_out(checked(brought("email\na@example.com\nnobody\n")))

    assert (of.status, counts(of)) == (Status.DONE, (2, 1, 0, 0, 1))
    assert len(wrong(of)) == 1


@pytest.mark.parametrize(
    ("text", "match"),
    [
        pytest.param("external_id,name\n1,Ada\n2,Bo\n", "external_id", id="external id"),
        pytest.param("email,name\na@example.com,Ada\nb@example.com,Bo\n", "email", id="email"),
        pytest.param("email,name\n,Ada\n,Bo\n", "email", id="neither"),
    ],
)
def test_the_same_file_twice_makes_nothing_twice(text, match):
    first = carried_out(brought(text, match=match))
    second = carried_out(brought(text, match=match))

    assert (counts(first), counts(second)) == ((2, 2, 0, 0, 0), (2, 0, 0, 2, 0))
    assert Customer.objects.count() == 2


def test_a_known_customer_is_changed_where_that_is_wanted():
    known = customers.create(
        details={"external_id": "1", "name": "Ada", "metadata": {"a": "1"}}, at=clock.now()
    )
    of = brought(
        "external_id,name,metadata[b],created,balance\n1,Ada Lovelace,2,2019-05-04,-500\n",
        on_match="update",
    )

    of = carried_out(of)

    known = Customer.objects.get(pk=known.pk)
    assert counts(of) == (1, 0, 1, 0, 0)
    assert (known.name, known.metadata, known.balance) == ("Ada Lovelace", {"a": "1", "b": "2"}, 0)
    assert Event.objects.get(type="customer.updated").previous_attributes == {
        "name": "Ada", "metadata": {"b": None},
    }  # fmt: skip


def test_addresses_match_in_any_letter_case():
    customers.create(details={"email": "Ada@Example.com"}, at=clock.now())

    of = carried_out(
        brought("email\nada@example.com\nADA@example.com\nbo@example.com\nBo@example.com\n")
    )

    assert counts(of) == (4, 1, 0, 3, 0)


def test_rows_of_one_key_in_one_file_are_one_customer():
    of = brought("external_id,name\n1,Ada\n1,Ada Lovelace\n", on_match="update")

    of = carried_out(of)

    assert counts(of) == (2, 1, 1, 0, 0)
    assert Customer.objects.values_list("name", flat=True).get() == "Ada Lovelace"


def test_two_sites_do_not_touch_each_other(other):
    theirs, _keys = other
    text = "external_id,name\n1,Ada\n"
    of = brought(text)

    carried_out(of)
    with scoped_to(theirs, livemode=False):
        with pytest.raises(NotFound):
            imports.get(of.pk)
        second = carried_out(brought(text))
        theirs_own = Customer.objects.count()

    assert (counts(second), theirs_own, Customer.objects.count()) == ((1, 1, 0, 0, 0), 1, 1)


def test_a_step_at_a_time_does_the_whole_file_once(monkeypatch):
    monkeypatch.setattr(imports, "ROWS", 2)
    of = brought("".join(["email\n", *(f"n{n}@example.com\n" for n in range(7))]))
    imports.run(of, at=clock.now())
    left = iter([False, True] * 10)

    while imports.get(of.pk).is_working:  # each time another process, as it were
        imports.work(of, now=clock.now, stops=lambda _: next(left))

    of = imports.get(of.pk)
    assert (of.status, counts(of)) == (Status.DONE, (7, 7, 0, 0, 0))
    assert Customer.objects.count() == Event.objects.filter(type="customer.created").count() == 7


def test_new_and_known_rows_of_one_step_are_told_apart(monkeypatch):
    monkeypatch.setattr(imports, "_AT_ONCE", 2)
    carried_out(brought("id,email\n5,old@example.com\n"))
    rows = [f"{number},n{number}@example.com\n" for number in (1, 2, 3, 4, 5, 6, 6, 7)]

    of = carried_out(brought("".join(["id,email\n", *rows])))

    assert (of.status, counts(of)) == (Status.DONE, (8, 6, 0, 2, 0))
    assert emails() == [
        *(f"n{number}@example.com" for number in (1, 2, 3, 4, 6, 7)),
        "old@example.com",
    ]
    assert Event.objects.filter(type="customer.created").count() == 7


def test_of_a_check_names_are_looked_up_as_well():
    carried_out(brought("id,email\n5,old@example.com\n"))

    of = checked(brought("id,email\n4,new@example.com\n5,other@example.com\n"))

    assert (of.status, counts(of)) == (Status.CHECKED, (2, 1, 0, 1, 0))


def test_a_canceled_import_stops_before_its_next_step(monkeypatch):
    monkeypatch.setattr(imports, "ROWS", 2)
    of = brought("".join(["email\n", *(f"n{n}@example.com\n" for n in range(7))]))
    imports.run(of, at=clock.now())

    def stops(stand):
        if stand.read == 4:
            imports.cancel(stand, at=clock.now())
        return False

    imports.work(of, now=clock.now, stops=stops)

    of = imports.get(of.pk)
    assert (of.status, counts(of), Customer.objects.count()) == (
        Status.CANCELED,
        (4, 4, 0, 0, 0),
        4,
    )
    with pytest.raises(InvalidState, match="ended already"):
        imports.cancel(of, at=clock.now())


def test_columns_that_say_nothing_are_left_out():
    of = brought("Email,Shoe size,id\na@example.com,42,7\n")

    assert (of.mapping, of.match) == ({"Email": "email", "id": "external_id"}, "external_id")


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"Nothing": "email"}, "The file has no column 'Nothing'."),
        ({"Email": "shoe_size"}, "Customers have no field 'shoe_size'."),
        ({"Email": "metadata[a][b]"}, "Customers have no field 'metadata[a][b]'."),
        ({"Email": "email", "Name": "email"}, "Two columns fill the field 'email'."),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(mapping, message):
    of = brought("Email,Name\na@example.com,Ada\n")

    with pytest.raises(InvalidRequest) as refusal:
        imports.update(of, details={"mapping": mapping}, at=clock.now())

    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"mapping": {"Email": ""}}, "Choose at least one column to import."),
        (
            {"match": "external_id"},
            "Known customers are found by external id, which no column fills.",
        ),
    ],
)
def test_an_import_begins_only_where_it_can(chosen, message):
    of = brought("Email\na@example.com\n", **chosen)

    with pytest.raises(InvalidRequest) as refusal:
        imports.run(of, at=clock.now())

    assert (refusal.value.message, imports.get(of.pk).status) == (message, Status.UPLOADED)


def test_choices_are_made_before_it_runs_and_end_a_check():
    of = checked(brought("Email\na@example.com\n"))

    changed = imports.update(of, details={"match": "nothing"}, at=clock.now())
    done = carried_out(changed)

    assert changed.status == Status.UPLOADED
    with pytest.raises(InvalidState, match="begun already"):
        imports.update(done, details={"match": "email"}, at=clock.now())


def test_a_site_has_so_many_open_at_most(monkeypatch):
    monkeypatch.setattr(imports, "MAX_OPEN", 1)
    of = brought("Email\na@example.com\n")

    with pytest.raises(Conflict, match="1 others have not ended"):
        brought("Email\nb@example.com\n")

    imports.cancel(of, at=clock.now())
    assert brought("Email\nb@example.com\n").status == Status.UPLOADED


def test_who_was_erased_does_not_come_back_by_a_file():
    at = clock.now()
    gone = customers.create(details={"email": "ada@example.com", "external_id": "1"}, at=at)
    erasure = erasures.create(gone, at=at)
    assert (
        erasures.run(erasure.pk, until=at + timedelta(hours=1), now=clock.now).status
        == erasure.Status.DONE
    )

    of = carried_out(
        brought("external_id,email\n1,new@example.com\n2,ADA@example.com\n3,bo@example.com\n")
    )

    said = "The personal data of this customer was erased. Who comes back makes a new start, and not by a file."
    assert counts(of) == (3, 1, 0, 0, 2)
    assert wrong(of) == [(1, "external_id", said), (2, "email", said)]
    assert Customer.objects.living().get().email == "bo@example.com"


def test_old_files_are_deleted_and_what_they_made_stays():
    of = carried_out(brought("Email\na@example.com\nnobody\n"))
    waits = brought("Email\nb@example.com\n")

    kept = imports.delete_old(at=clock.now() + timedelta(days=6))
    gone = imports.delete_old(at=clock.now() + timedelta(days=8))

    assert (kept, gone) == (0, 2)
    assert Import.objects.filter(pk__in=[of.pk, waits.pk]).count() == 0
    assert (ImportChunk.objects.count(), ImportFault.objects.count()) == (0, 0)
    assert Customer.objects.count() == 1
