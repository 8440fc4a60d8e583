"""Exports of lists: who gets them, which rows and columns, in which form; both ways of writing write the same."""

import csv
import dataclasses
import io
import json
from datetime import timedelta

import hypothesis
import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as st

from customers.admin import exports, list_files
from customers.kit import clock
from customers.models import AuditEntry, CustomField, Role
from tests.customers.admin import page
from tests.factories.billing import CreditNoteFactory, InvoiceFactory, SubscriptionItemFactory
from tests.factories.customers import AddressFactory, CustomerFactory, CustomFieldFactory
from tests.factories.payments import ChargeFactory, DisputeFactory, PaymentIntentFactory

LIST = "/admin/customers/customer/"
LISTS = {
    "customers/customer": CustomerFactory, "payments/charge": ChargeFactory, "payments/dispute": DisputeFactory,
    "payments/paymentintent": PaymentIntentFactory, "billing/invoice": InvoiceFactory,
    "billing/subscription": lambda: SubscriptionItemFactory().subscription, "billing/creditnote": CreditNoteFactory,
}  # fmt: skip
RISKY = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\n", '\n"x', '\n"', "\N{FULLWIDTH EQUALS SIGN}1",
    "\N{FULLWIDTH PLUS SIGN}1", "\N{FULLWIDTH HYPHEN-MINUS}1", "\N{FULLWIDTH COMMERCIAL AT}x",
]  # fmt: skip
HARMLESS = [
    "", "a=1", '"=1', 'x,"=1', "a,", ",", ",\n", '",\n', '","=1', 'Ada "the first"', "ก=1", "two\nlines", "100%",
    "\N{FULLWIDTH LATIN SMALL LETTER A}", " =1",
]  # fmt: skip
# What ends or begins a text, a value or a line somewhere, and anything else that PostgreSQL takes.
AWKWARD = st.text(
    st.sampled_from('"\\,\n\r\t\x1f\x01\x0b\x7f\u2028{}:%ก')
    | st.characters(exclude_characters="\0", codec="utf-8"),
    max_size=12,
)


def exported(client, address, form="csv"):
    answer = client.post(address, {"format": form})
    return b"".join(answer.streaming_content).decode()


def read(text):
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def objects(text):
    return [json.loads(line) for line in text.removesuffix("\n").split("\n") if line]


def by_python(monkeypatch):
    """Let the lists be written as if the database knew no column."""
    monkeypatch.setattr(
        exports,
        "chosen",
        lambda cells, columns: [dataclasses.replace(c, column=None) for c in cells],
    )


def test_a_list_is_exported_with_its_custom_fields_and_cannot_run(owner, scope):
    CustomFieldFactory(key="seats", label="Seats", kind=CustomField.Kind.NUMBER)
    at = clock.now().replace(year=2026, month=3, day=1, hour=9, minute=5, second=7)
    customer = CustomerFactory(
        name='=HYPERLINK("https://example.com")', email="ada@example.com", phone="+14155550132", balance=-1500,
        currency="jpy", custom_fields={"seats": -7}, created_at=at, mail_marketing=True, description='@x, "y"\nz',
    )  # fmt: skip

    text = exported(owner, f"{LIST}export/")

    assert text.startswith("\ufeff")
    assert read(text) == [
        [
            "id", "created", "name", "email", "phone", "organization", "country", "external_id", "language", "balance",
            "currency", "email_marketing", "description", "Seats",
        ],
        [
            customer.pk, "2026-03-01T09:05:07Z", '\'=HYPERLINK("https://example.com")', "ada@example.com",
            "'+14155550132", "", "", "", "", "-1500", "jpy", "true", '\'@x, "y"\nz', "-7",
        ],
    ]  # fmt: skip


def test_json_has_values_of_their_types_as_they_are(owner, scope):
    CustomFieldFactory(key="seats", label="Seats", kind=CustomField.Kind.NUMBER)
    CustomFieldFactory(key="vip", label="email", kind=CustomField.Kind.CHECKBOX)
    at = clock.now().replace(year=2026, month=3, day=1, hour=9, minute=5, second=7)
    customer = CustomerFactory(
        name="=1", email="ada@example.com", balance=-1505, currency="usd", custom_fields={"seats": 7}, created_at=at,
        preferred_locales=["fr", "en"],
    )  # fmt: skip
    AddressFactory(customer=customer, country="FR", is_default=True)

    text = exported(owner, f"{LIST}export/", "ndjson")

    assert objects(text) == [
        {
            "id": customer.pk, "created": "2026-03-01T09:05:07Z", "name": "=1", "email": "ada@example.com", "phone": "",
            "organization": "", "country": "FR", "external_id": "", "language": "fr", "balance": -15.05,
            "currency": "usd", "email_marketing": None, "description": "", "Seats": 7, "email (2)": None,
        }
    ]  # fmt: skip


@pytest.mark.parametrize("text", [*RISKY, *HARMLESS])
def test_no_text_is_taken_for_a_formula_wherever_it_stands(owner, scope, text):
    CustomFieldFactory(key="last", label="Last", kind=CustomField.Kind.TEXT)
    for _twice in range(2):
        CustomerFactory(name=text, description=text, custom_fields={"last": text})

    _head, *rows = read(exported(owner, f"{LIST}export/"))

    expected = f"'{text}" if text in RISKY else text
    assert [(row[2], row[12], row[13]) for row in rows] == [(expected,) * 3] * 2


@pytest.mark.parametrize("form", ["csv", "ndjson"])
@pytest.mark.parametrize("model", LISTS)
def test_the_database_writes_what_python_does(owner, scope, monkeypatch, model, form):
    for kind in CustomField.Kind.values:
        CustomFieldFactory(key=f"a_{kind}", label=f"A {kind}", kind=kind)
    values = {"a_text": "=1", "a_number": -5, "a_date": "2026-02-03", "a_dropdown": "x"}
    values["a_checkbox"] = True
    LISTS[model]()
    if model == "customers/customer":
        for number, text in enumerate([*RISKY, *HARMLESS]):
            currency, marketing = ["usd", "jpy", "kwd"][number % 3], [True, False, None][number % 3]
            CustomerFactory(
                name=text, description=text, currency=currency, balance=number * 7 - 50, mail_marketing=marketing,
                custom_fields=values if number % 2 else {}, preferred_locales=["fr"] if number % 2 else [],
            )  # fmt: skip

    ours = exported(owner, f"/admin/{model}/export/", form)
    by_python(monkeypatch)
    theirs = exported(owner, f"/admin/{model}/export/", form)

    shown = read if form == "csv" else objects
    assert len(shown(ours)) >= 2 if form == "csv" else shown(ours)
    assert shown(ours) == shown(theirs)


@hypothesis.settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@hypothesis.given(st.lists(st.tuples(AWKWARD, AWKWARD, st.booleans()), min_size=1, max_size=4))
def test_json_of_the_database_is_byte_by_byte_what_python_writes(owner, scope, monkeypatch, texts):
    CustomField.objects.all().delete()
    CustomFieldFactory(key="said", label='100 % of "what"', kind=CustomField.Kind.TEXT)
    for name, description, is_said in texts:
        said = {"said": name} if is_said else {}
        CustomerFactory(name=name, description=description, custom_fields=said)

    ours = exported(owner, f"{LIST}export/", "ndjson")
    with monkeypatch.context() as patched:
        by_python(patched)
        theirs = exported(owner, f"{LIST}export/", "ndjson")

    assert ours == theirs
    assert len(objects(ours)) >= len(texts)


@pytest.mark.parametrize("way", ["database", "python"])
@pytest.mark.parametrize(("order", "expected"), [("", "4210"), ("&order=oldest", "0124")])
def test_an_export_has_the_columns_and_rows_of_the_list(
    owner, scope, monkeypatch, way, order, expected
):
    monkeypatch.setattr(list_files, "_AT_ONCE", 2)
    at = clock.now() - timedelta(minutes=5)
    for number in range(5):
        CustomerFactory(
            name=f"C{number}", email=f"c{number}@example.com", mail_marketing=number != 3,
            created_at=at + timedelta(seconds=number),
        )  # fmt: skip
    if way == "python":
        cells = [dataclasses.replace(exports.plain(name), column=None) for name in ("id", "email")]
        monkeypatch.setattr("customers.admin.customers.CustomerAdmin.cells", cells)

    rows = read(exported(owner, f"{LIST}export/?consent=yes&columns=email{order}"))

    assert [row[1:] for row in rows] == [
        ["email"],
        *([f"c{number}@example.com"] for number in expected),
    ]


@pytest.mark.parametrize("currency", ["usd", "jpy", "kwd"])
def test_amounts_are_whole_units_with_their_currency(owner, scope, currency):
    ChargeFactory(amount=1005, currency=currency)

    header, row = read(exported(owner, "/admin/payments/charge/export/?columns=amount_shown"))

    said = dict(zip(header, row, strict=True))
    whole = {"usd": "10.05", "jpy": "1005", "kwd": "1.005"}
    assert (said["amount"], said["currency"]) == (whole[currency], currency)


@pytest.mark.parametrize("form", ["csv", "ndjson", "stripe"])
@pytest.mark.parametrize("model", LISTS)
def test_an_empty_list_is_exported_too(owner, scope, model, form):
    text = exported(owner, f"/admin/{model}/export/", form)

    assert len(read(text)) == (1 if form == "csv" else 0)


@pytest.mark.parametrize("query", ["?q=cus_nobody", "?consent=yes"])
def test_a_list_that_shows_nothing_is_exported_with_its_head(owner, scope, query):
    CustomerFactory()

    assert len(read(exported(owner, f"{LIST}export/{query}"))) == 1


@pytest.mark.parametrize(("model", "make"), LISTS.items())
def test_every_list_that_offers_it_is_exported(owner, scope, model, make):
    row = make()

    header, *lines = read(exported(owner, f"/admin/{model}/export/"))

    written = [dict(zip(header, line, strict=True)) for line in lines if line[0] == row.pk]
    assert [line["currency"] for line in written] == [row.currency]


def test_a_narrowed_list_is_handed_out_as_the_apis_spell_its_rows(owner, scope):
    wanted = CustomerFactory(name="Wanted", mail_marketing=True)
    CustomerFactory(mail_marketing=False)

    ours = objects(exported(owner, f"{LIST}export/?consent=yes", "stripe"))
    theirs = objects(exported(owner, f"{LIST}export/?consent=yes", "omise"))

    assert [(row["object"], row["id"], row["name"]) for row in ours] == [("customer", wanted.pk, "Wanted")]  # fmt: skip
    omise_id = wanted.pk.replace("cus_", "cust_test_")
    assert [(row["object"], row["id"]) for row in theirs] == [("customer", omise_id)]


def test_the_page_offers_the_forms_that_there_are(owner, scope):
    customers = [form.name for form in owner.get(f"{LIST}export/").context["formats"]]
    intents = [form.name for form in owner.get("/admin/payments/paymentintent/export/").context["formats"]]  # fmt: skip

    assert customers == ["csv", "ndjson", "stripe", "omise"]
    assert intents == ["csv", "ndjson", "stripe"]


def test_an_export_is_entered_in_the_audit_log(owner, scope):
    exported(owner, f"{LIST}export/?consent=yes&columns=email")

    entry = AuditEntry.objects.get(action="customer.export")
    assert entry.after == {"format": "csv", "rows": {"consent": "yes"}, "columns": ["email"]}


def test_a_file_is_named_after_the_list_and_kept_nowhere(owner, scope):
    form = page.fields(owner.get(f"{LIST}export/"))

    answer = owner.post(f"{LIST}export/", form)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="customers-20')
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("role", Role.values)
def test_who_may_only_look_exports_nothing(signed_in, scope, role):
    client = signed_in(role)

    codes = [ask(f"{LIST}export/").status_code for ask in (client.get, client.post)]

    may = role not in {Role.SUPPORT, Role.READ_ONLY}
    assert codes == ([200, 200] if may else [403, 403])


@pytest.mark.parametrize("query", ["?nonsense=1", "?cf_nothing=1", "?after=x"])
def test_an_address_that_makes_no_sense_is_no_error_of_ours(owner, scope, query):
    CustomerFactory()

    answer = owner.post(f"{LIST}export/{query}", {"format": "csv"})

    assert answer.status_code in {200, 400, 404}
