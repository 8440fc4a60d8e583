import pytest

from customers.api.v1.imported import ImportedCustomer
from customers.kit import clock
from customers.services import custom_fields, import_fields
from customers.services.import_fields import guess_mapping

pytestmark = pytest.mark.usefixtures("scope")


@pytest.mark.parametrize(
    ("columns", "mapping"),
    [
        pytest.param(
            ["id", "Description", "Email", "Name", "Created (UTC)", "Delinquent", "Currency"],
            {
                "id": "external_id", "Description": "description", "Email": "email", "Name": "name",
                "Created (UTC)": "created", "Currency": "preferred_currency",
            },
            id="as Stripe's dashboard writes them",
        ),
        pytest.param(
            ["address[line1]", "address.city", "Billing Zip", "Shipping Country", "metadata[a b]", "metadata.plan"],
            {
                "address[line1]": "address[line1]", "address.city": "address[city]",
                "Billing Zip": "address[postal_code]", "Shipping Country": "shipping[address][country]",
                "metadata[a b]": "metadata[a b]", "metadata.plan": "metadata[plan]",
            },
            id="nested",
        ),
        pytest.param(["Mail", "E-Mail", "email"], {"email": "email"}, id="one field once, the plainest first"),
        pytest.param(["Shoe size", "size"], {"Shoe size": "custom_fields[size]"}, id="a custom field"),
        pytest.param(["import_error", "Delinquent", ""], {}, id="nothing"),
    ],
)  # fmt: skip
def test_columns_say_what_they_are(columns, mapping):
    details = {"key": "size", "label": "Shoe size", "kind": "number"}
    custom_fields.create(details=details, at=clock.now())

    assert guess_mapping(columns) == mapping


def test_every_field_is_one_of_the_api_s():
    offered = {target.name.partition("[")[0] for target in import_fields.TARGETS}

    assert offered - set(ImportedCustomer._declared_fields) == set()
    assert set(ImportedCustomer._declared_fields) - offered == {
        "business_name",  # organization in other words
        "custom_fields",
        "metadata",
        "next_invoice_sequence",
    }


def test_no_column_s_word_stands_for_two_fields():
    pairs = {(word, target.name) for target in import_fields.TARGETS for word in target.known_as}

    words = [word for word, _field in pairs]

    assert sorted({word for word in words if words.count(word) > 1}) == []


def test_names_of_objects_are_flattened():
    value = {"a": {"b": 1, "c": [{"d": 2}]}, "preferred_locales": ["en"], "e": None}

    assert import_fields.flattened(value) == {
        "a[b]": 1, "a[c][0][d]": 2, "preferred_locales": ["en"], "e": None,
    }  # fmt: skip
