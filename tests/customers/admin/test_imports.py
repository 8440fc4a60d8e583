"""Imports in the dashboard: a file is brought, its columns matched, checked, carried out, what was refused fetched."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from customers import tasks
from customers.admin import import_forms
from customers.events.models import Event
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import AuditEntry, Customer, Import, Role
from customers.services import imports
from tests.customers.admin import page
from tests.factories.customers import CustomFieldFactory
from tests.seeds.dashboard import checked_import

LIST = "/admin/customers/import/"
Status = Import.Status
FILE = """\
Customer ID,Full name,Email,Seats,Colour
1,Ada Lovelace,ada@example.com,7,blue
2,Noor Haddad,not an address,,
3,Grace Okonkwo,grace@example.com,,red"""


def brought(client, text=FILE, name="people.csv", **values):
    file = SimpleUploadedFile(name, text.encode(), content_type="text/csv")
    answer = client.post(f"{LIST}add/", {"file": file, **values})
    return Import.objects.latest("created_at"), answer


def sent(client, row, **changes):
    """Send the form of the columns as it is, but for changes."""
    url = f"{LIST}{row.pk}/columns/"
    return client.post(url, {**page.fields(client.get(url)), **changes})


def worked_off(row):
    tasks.run_import(import_id=row.pk)
    row.refresh_from_db()
    return row


def counts(row):
    return row.status, row.created, row.updated, row.skipped, row.failed


def test_a_file_is_brought_matched_checked_and_imported(owner, scope):
    CustomFieldFactory(key="seats", label="Seats", kind="number")
    row, uploaded = brought(owner)

    checking = sent(owner, row, column_4="metadata[Colour]")
    checked = counts(worked_off(row))
    before = Customer.objects.count()
    begun = owner.post(f"{LIST}{row.pk}/run/", {})
    done = counts(worked_off(row))

    assert uploaded.url == f"{LIST}{row.pk}/columns/"
    assert checking.url == begun.url == f"{LIST}{row.pk}/"
    assert (checked, before) == ((Status.CHECKED, 2, 0, 0, 1), 0)
    assert done == (Status.DONE, 2, 0, 0, 1)
    ada, _grace = Customer.objects.order_by("external_id")
    assert (ada.name, ada.email, ada.external_id) == ("Ada Lovelace", "ada@example.com", "1")
    assert (ada.custom_fields, ada.metadata) == ({"seats": 7}, {"Colour": "blue"})
    made = Event.objects.filter(type="customer.created").values_list("door", "actor").distinct()
    assert list(made) == [("import", "owner@example.com")]


def test_columns_are_guessed_and_shown_with_their_first_values(owner, scope):
    CustomFieldFactory(key="seats", label="Seats", kind="number")
    row, _answer = brought(owner)

    form = owner.get(f"{LIST}{row.pk}/columns/").context["form"]

    assert [(field.label, field.value(), sample) for field, sample in form.rows()] == [
        ("Customer ID", "external_id", "1 · 2 · 3"),
        ("Full name", "name", "Ada Lovelace · Noor Haddad · Grace Okonkwo"),
        ("Email", "email", "ada@example.com · not an address · grace@example.com"),
        ("Seats", "custom_fields[seats]", "7"),
        ("Colour", "", "blue · red"),
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"column_1": "email"}, "Two columns fill the field &#x27;email&#x27;."),
        ({"column_0": "", "match": "external_id"}, "Known customers are found by external id, which no column fills."),
        ({"column_1": "no_field"}, "Select a valid choice."),
        ({f"column_{n}": "" for n in range(5)}, "Choose at least one column to import."),
    ],
)  # fmt: skip
def test_columns_that_make_no_sense_are_refused_on_the_page(owner, scope, changes, said):
    row, _answer = brought(owner)

    answer = sent(owner, row, **changes)

    row.refresh_from_db()
    assert (answer.status_code, row.status) == (200, Status.UPLOADED)
    assert said in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "name"), [("", "empty.csv"), ("a\x00b,c\n1,2", "x.csv"), ("[1]", "x.ndjson")]
)
def test_a_file_that_cannot_be_read_is_refused_or_its_rows_are(owner, scope, text, name):
    file = SimpleUploadedFile(name, text.encode())

    answer = owner.post(f"{LIST}add/", {"file": file})

    assert answer.status_code in {200, 302}
    assert Import.objects.count() == (answer.status_code == 302)


def test_a_file_that_is_too_large_is_sent_to_the_command(owner, scope, monkeypatch):
    monkeypatch.setattr(import_forms, "MAX_SIZE", 10)

    answer = owner.post(f"{LIST}add/", {"file": SimpleUploadedFile("x.csv", FILE.encode())})

    assert "The file has 1" in answer.content.decode().replace("\xa0", " ")
    assert not Import.objects.exists()


def test_no_file_is_asked_for(owner, scope):
    answer = owner.post(f"{LIST}add/", {})

    assert "This field is required." in answer.content.decode()


def test_refused_rows_are_shown_page_by_page_and_fetched_to_be_mended(owner, scope, monkeypatch):
    monkeypatch.setattr("customers.admin.imports._FAULTS", 2)
    rows = [f"{n},N{n},{'no address' if n < 4 else ''},,," for n in range(1, 6)]
    row = checked_import(rows)

    first = owner.get(f"{LIST}{row.pk}/")
    second = owner.get(f"{LIST}{row.pk}/{first.context['more_faults_url']}")
    file = b"".join(owner.get(f"{LIST}{row.pk}/refused/").streaming_content).decode("utf-8-sig")

    shown = [page.context["faults"] for page in (first, second)]
    assert [[fault.number for fault, _value in faults] for faults in shown] == [[1, 2], [3]]
    assert first.context["faults"][0][1] == "no address"
    head, *lines = csv.reader(io.StringIO(file))
    assert head[-1] == "import_error"
    assert [line[:3] for line in lines] == [[str(n), f"N{n}", "no address"] for n in (1, 2, 3)]


def test_what_was_mended_is_brought_again_and_makes_nobody_twice(owner, scope):
    row, _answer = brought(owner)
    sent(owner, row)
    worked_off(row)
    owner.post(f"{LIST}{row.pk}/run/", {})
    worked_off(row)
    file = b"".join(owner.get(f"{LIST}{row.pk}/refused/").streaming_content).decode("utf-8-sig")

    mended = file.replace("not an address", "noor@example.com")
    again, _answer = brought(owner, mended, "again.csv")
    sent(owner, again)
    worked_off(again)
    owner.post(f"{LIST}{again.pk}/run/", {})

    assert Customer.objects.count() == 2
    assert counts(worked_off(again))[1] == 1
    assert Customer.objects.filter(email="noor@example.com").count() == 1


def test_the_page_shows_the_first_rows_as_they_will_be(owner, scope):
    row, _answer = brought(owner)

    sample = owner.get(f"{LIST}{row.pk}/").context["sample"]

    assert sample["head"] == ["External ID", "Name", "Email"]
    assert sample["rows"][0] == ["1", "Ada Lovelace", "ada@example.com"]


def test_objects_are_imported_too(owner, scope):
    text = json.dumps({"id": "a1", "name": "Ada", "address": {"city": "Bath", "country": "GB"}})
    row, _answer = brought(owner, text, "people.ndjson")
    sent(owner, row)

    worked_off(row)

    assert counts(row) == (Status.CHECKED, 1, 0, 0, 0)


def test_progress_is_told_while_the_worker_is_at_it(owner, scope):
    row, _answer = brought(owner)
    sent(owner, row)

    said = owner.get(f"{LIST}{row.pk}/progress/").json()
    shown = owner.get(f"{LIST}{row.pk}/")

    row.refresh_from_db()
    assert said == {
        "words": f"Being checked: {row.percent} %, 0 rows", "passed": row.offset, "total": row.size, "is_open": True,
    }  # fmt: skip
    assert f'data-progress="{LIST}{row.pk}/progress/"' in shown.content.decode()
    assert owner.get(f"{LIST}{row.pk}/columns/").status_code == 404


def test_an_import_is_canceled(owner, scope):
    row, _answer = brought(owner)

    asked = owner.get(f"{LIST}{row.pk}/cancel/")
    owner.post(f"{LIST}{row.pk}/cancel/", {})
    again = owner.post(f"{LIST}{row.pk}/cancel/", {})

    row.refresh_from_db()
    assert (asked.status_code, row.status) == (200, Status.CANCELED)
    assert "This has ended already." in again.content.decode()
    assert owner.get(f"{LIST}{row.pk}/cancel/").status_code == 404


def test_nothing_is_imported_before_it_was_checked(owner, scope):
    row, _answer = brought(owner)

    answer = owner.post(f"{LIST}{row.pk}/run/", {})

    row.refresh_from_db()
    assert (answer.url, row.status) == (f"{LIST}{row.pk}/columns/", Status.UPLOADED)


def test_each_act_is_in_the_audit_log(owner, scope):
    row, _answer = brought(owner)
    sent(owner, row)
    worked_off(row)
    owner.post(f"{LIST}{row.pk}/run/", {})

    actions = AuditEntry.objects.filter(action__startswith="import.").order_by("created_at", "pk")
    assert [entry.action for entry in actions] == [
        "import.created", "import.checking", "import.running",
    ]  # fmt: skip


@pytest.mark.parametrize("role", Role.values)
def test_only_who_may_import_sees_these_pages(signed_in, scope, role):
    row = checked_import()
    client = signed_in(role)

    ends = ("", "columns/", "run/", "refused/")
    addresses = [LIST, f"{LIST}add/", *(f"{LIST}{row.pk}/{end}" for end in ends)]
    codes = {client.get(address).status_code for address in addresses}
    menu = client.get("/admin/").content.decode()

    may = role not in {Role.SUPPORT, Role.READ_ONLY}
    assert codes == ({200} if may else {403})
    assert (f'href="{LIST}"' in menu) is may


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(owner, scope, count, django_assert_max_num_queries):
    for number in range(count):
        imports.create(io.BytesIO(FILE.encode()), file_name=f"{number}.csv", at=clock.now())

    with django_assert_max_num_queries(6):
        answer = owner.get(LIST)

    assert answer.status_code == 200


def test_the_import_of_another_site_is_not_there(owner, scope, other):
    with scoped_to(other[0], livemode=False):
        row = checked_import()

    ends = ("", "columns/", "refused/", "progress/")
    codes = [owner.get(f"{LIST}{row.pk}/{end}").status_code for end in ends]

    assert codes == [404] * 4
