"""What rows of a file say of a customer, and how they are refused."""

from datetime import UTC, datetime

import orjson
import pytest
from django.db import connection

from customers.events.models import Event
from customers.kit import clock
from customers.kit.errors import InvalidRequest
from customers.kit.tenancy import scoped_to
from customers.models import (
    Consent,
    Customer,
    CustomerBalanceTransaction,
    Import,
    ImportFault,
    Organization,
    TaxId,
)
from customers.services import (
    customers,
    email_addresses,
    imports,
    sites,
)
from tests.customers.services.importing import brought, carried_out, counts, define, emails, wrong

pytestmark = pytest.mark.usefixtures("scope")
Status = Import.Status
VISA = "4242424242424242"
UNKNOWN_TYPE = "Invalid tax ID type: eu_vatt. See https://docs.stripe.com/billing/customer/tax-ids for the types."
HOLDS_CARD = (
    "The parameter 'description' holds what looks like a card number. Card numbers must never be sent here; use a "
    "token. (A site's settings can switch this check off.)"
)


def test_a_row_makes_what_a_request_makes(api):
    of = brought(
        "email,phone,shipping[name],shipping[address][line1],language,timezone,preferred_currency,tax_exempt\n"
        "ada@example.com,+1 415 555 2671,Ada,1 High Street,fr,Europe/Paris,EUR,exempt\n"
    )

    carried_out(of)

    made = api.get("customers").body["data"][0]
    asked = api.post(
        "customers", email="ada@example.com", phone="+1 415 555 2671", language="fr",
        timezone="Europe/Paris", preferred_currency="EUR", tax_exempt="exempt",
        **{"shipping[name]": "Ada", "shipping[address][line1]": "1 High Street"},
    ).body  # fmt: skip
    own = {"id", "created", "invoice_prefix"}
    assert {name: value for name, value in made.items() if name not in own} == {
        name: value for name, value in asked.items() if name not in own
    }
    told = Event.objects.get(object_id=made["id"]).snapshot
    assert told == made


def test_a_row_brings_history_tax_id_balance_and_what_was_agreed_to():
    of = brought(
        "email,created,tax_id_data[0][type],tax_id_data[0][value],balance,mail_marketing,consent_wording,Company\n"
        "ada@example.com,2019-05-04,eu_vat,DE123456789,-500,yes,Send me offers,Acme\n"
    )

    of = carried_out(of)

    customer = Customer.objects.get()
    assert wrong(of) == []
    assert customer.created_at == datetime(2019, 5, 4, tzinfo=UTC)
    assert TaxId.objects.values_list("kind", "value").get() == ("eu_vat", "DE123456789")
    assert CustomerBalanceTransaction.objects.values_list("kind", "amount").get() == (
        "initial",
        -500,
    )
    assert customer.balance == -500
    assert Consent.objects.values_list("channel", "granted", "door", "wording").get() == (
        "mail_marketing", True, "import", "Send me offers",
    )  # fmt: skip
    assert customer.organization == Organization.objects.get(name="Acme")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("Mail", "nobody", "Invalid email address: nobody"),
        ("Zone", "Mars/Base", "Invalid time zone: Mars/Base; give an IANA name"),
        ("Money", "xxx1", "Invalid currency: xxx1. Give a code of ISO 4217."),
        ("Login", "a b", "Invalid username: use letters, digits, underscores and hyphens"),
        ("Joined", "soon", "Invalid date: soon; write it like 2026-01-31 or 2026-01-31T08:30:00Z."),
        ("Joined", "2999-01-01", "This is in the future."),
        ("Kind", "eu_vatt", UNKNOWN_TYPE),
        ("Tongue", "tlh", "Invalid language: must be one of en, fr, it, ko, es, th, ja"),
        ("Yes", "maybe", "Invalid boolean: maybe"),
        ("Owes", "12.50", "Invalid integer: 12.50"),
        ("Size", "big", "Invalid value for the custom field 'size': it must be a number."),
        ("What", f"pay with {VISA}", HOLDS_CARD),
        ("Long", "x" * 501, "Metadata values can have up to 500 characters, but 'k' has 501."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_of_its_column(column, value, message):
    define(key="size", label="Size", kind="number")
    fields = {
        "Mail": "email", "Zone": "timezone", "Money": "preferred_currency", "Login": "username",
        "Joined": "created", "Kind": "tax_id_data[0][type]", "Tongue": "language",
        "Yes": "mail_marketing", "Owes": "balance", "Size": "custom_fields[size]",
        "What": "description", "Long": "metadata[k]",
    }  # fmt: skip
    mapping = {"Name": "name", column: fields[column], "Tax": "tax_id_data[0][value]"}
    text = f"Name,{column},Tax\nAda,{value},DE123456789\n"
    if column != "Kind":
        mapping.pop("Tax")
    of = brought(text, mapping=mapping, match="nothing")

    of = carried_out(of)

    assert (wrong(of), counts(of), Customer.objects.count()) == (
        [(1, column, message)], (1, 0, 0, 0, 1), 0,
    )  # fmt: skip


def test_a_row_of_another_width_is_refused():
    of = carried_out(
        brought("email,name\na@example.com\nb@example.com,Bo,more\nc@example.com,Cy,\n")
    )

    assert wrong(of) == [
        (1, "", "The row has 1 columns, and the file's first line 2."),
        (2, "", "The row has 3 columns, and the file's first line 2."),
    ]
    assert emails() == ["c@example.com"]


def test_a_name_that_is_taken_refuses_its_row_alone():
    customers.create(details={"username": "ada"}, at=clock.now())

    of = carried_out(brought("email,username\na@example.com,ada\nb@example.com,bo\n"))

    assert wrong(of) == [(1, "username", "Another customer has the username 'ada'.")]
    assert Customer.objects.count() == 2


def test_an_address_that_the_site_keeps_unique_refuses_its_row(site):
    sites.update(site, details={"email_uniqueness": "enforce"})
    customers.create(details={"email": "a@example.com"}, at=clock.now())
    of = brought("external_id,email\n1,A@example.com\n2,b@example.com\n")
    of = imports.find(of.pk)

    with scoped_to(of.site, livemode=False):
        of = carried_out(of)

    assert wrong(of) == [(1, "email", "Another customer has the email 'A@example.com'.")]


def test_a_prefix_that_was_drawn_before_is_drawn_again(monkeypatch):
    drawn = iter(["AAAAAAAA", "AAAAAAAA", "AAAAAAAA", "BBBBBBBB"])
    monkeypatch.setattr(customers, "random_prefix", lambda: next(drawn))

    of = carried_out(brought("email\na@example.com\nb@example.com\n"))

    assert counts(of) == (2, 2, 0, 0, 0)
    assert sorted(Customer.objects.values_list("invoice_prefix", flat=True)) == [
        "AAAAAAAA",
        "BBBBBBBB",
    ]


def test_required_custom_fields_are_required():
    define(key="size", label="Size", kind="number", is_required=True)
    of = brought("email,Size\na@example.com,\nb@example.com,4\n")
    of = imports.find(of.pk)

    with scoped_to(of.site, livemode=False):
        of = carried_out(of)

    assert wrong(of) == [(1, "Size", "The custom field 'size' is required.")]
    assert Customer.objects.get().custom_fields == {"size": 4}


def test_refused_rows_come_back_to_be_mended():
    of = carried_out(brought('email;name\nnobody;"A;da"\nb@example.com;Bo\n', name="a.csv"))
    file = "".join(imports.error_file(of))

    second = carried_out(brought(file.replace("nobody", "a@example.com")))

    assert (
        file == 'email;name;import_error\r\nnobody;"A;da";email: Invalid email address: nobody\r\n'
    )
    assert counts(second) == (1, 1, 0, 0, 0)
    assert emails() == ["a@example.com", "b@example.com"]


def test_refused_objects_come_back_to_be_mended():
    lines = ['{"email": "nobody", "name": "Ada"}', "{broken", '{"email": "b@example.com"}']
    of = carried_out(brought("\n".join(lines), name="a.ndjson"))

    file = [orjson.loads(line) for line in "".join(imports.error_file(of)).splitlines()]

    assert file[0] == {
        "email": "nobody", "name": "Ada", "import_error": "email: Invalid email address: nobody",
    }  # fmt: skip
    assert file[1]["import_line"].strip() == "{broken"
    assert emails() == ["b@example.com"]


def test_objects_are_read_as_the_api_reads_them():
    line = {
        "email": "ada@example.com", "address": {"city": "London", "country": "gb"}, "metadata": {"plan": "gold"},
        "preferred_locales": ["fr", "en"], "mail_marketing": True, "name": None,
        "tax_id_data": [{"type": "eu_vat", "value": "DE123456789"}], "livemode": False,
    }  # fmt: skip

    of = carried_out(brought(orjson.dumps(line), name="a.ndjson"))

    customer = Customer.objects.get()
    assert wrong(of) == []
    assert (customer.preferred_locales, customer.metadata) == (["fr", "en"], {"plan": "gold"})
    assert customer.default_addresses["billing"]["city"] == "London"
    assert TaxId.objects.get().value == "DE123456789"


def test_what_looks_like_a_card_number_is_not_kept():
    of = carried_out(brought(f"email,description\na@example.com,{VISA}\n"))

    assert ImportFault.objects.get(of=of).record == ["a@example.com", "[card number]"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM customers_importchunk WHERE position(%s in data) > 0",
            [VISA.encode()],
        )
        assert cursor.fetchone() == (0,)


def test_domains_without_mail_are_refused_where_the_site_asks(site, monkeypatch):
    asked = []

    def check(_site, email, **_):
        asked.append(email)
        if email.endswith("@bad.example.com"):
            raise InvalidRequest("no mail", param="email")

    monkeypatch.setattr(email_addresses, "check_deliverable", check)
    sites.update(site, details={"checks_email_dns": True})
    of = brought("email\na@bad.example.com\nb@bad.example.com\nc@example.com\n")
    of = imports.find(of.pk)

    with scoped_to(of.site, livemode=False):
        of = carried_out(of)

    assert wrong(of) == [
        (1, "email", "The domain bad.example.com takes no mail."),
        (2, "email", "The domain bad.example.com takes no mail."),
    ]
    assert asked == ["a@bad.example.com", "c@example.com"]
