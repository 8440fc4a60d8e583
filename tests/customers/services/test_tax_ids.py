from datetime import timedelta

import pytest

from customers.kit.errors import NotFound
from customers.models import TaxId
from customers.services import customers, tax_ids
from tests.factories.customers import CustomerFactory, TaxIdFactory


@pytest.fixture
def customer(scope):
    return CustomerFactory()


@pytest.mark.parametrize(
    ("kind", "value", "country", "verification"),
    [
        pytest.param("eu_vat", "FR40303265045", "FR", "unavailable", id="right check digits"),
        pytest.param("eu_vat", "FR41303265045", "FR", "unverified", id="wrong check digits"),
        pytest.param("eu_vat", "EL094259216", "GR", "unavailable", id="Greece"),
        pytest.param("eu_oss_vat", "EU372022452", "", "unavailable", id="no country's"),
        pytest.param("us_ein", "91-1144442", "US", "unavailable", id="with a hyphen"),
        pytest.param("br_cnpj", " 16.727.230/0001-97 ", "BR", "unavailable", id="with spaces"),
        pytest.param("th_vat", "1234567891011", "TH", "unavailable", id="Thailand"),
        pytest.param("aw_tin", "12345", "AW", "unavailable", id="unknown to the library"),
    ],
)
def test_a_tax_id_is_kept_with_what_can_be_said_of_it(
    customer, at, told, kind, value, country, verification
):
    tax_id = tax_ids.create(customer, kind=kind, value=value, at=at)

    stored = TaxId.objects.filter(pk=tax_id.pk).values("kind", "value", "country", "verification")
    assert stored.get() == {
        "kind": kind, "value": value.strip(), "country": country, "verification": verification,
    }  # fmt: skip
    assert told() == ["customer.tax_id.created"]


@pytest.mark.parametrize(
    ("kind", "value", "param", "code"),
    [
        pytest.param("us_moon", "1", "type", "", id="unknown type"),
        pytest.param("eu_vat", "!", "value", "tax_id_invalid", id="signs"),
        pytest.param("eu_vat", "", "value", "tax_id_invalid", id="nothing"),
        pytest.param("us_ein", "12", "value", "tax_id_invalid", id="too short"),
        pytest.param("eu_vat", "123456789", "value", "tax_id_invalid", id="no country"),
        pytest.param("us_ein", "9" * 64, "value", "tax_id_invalid", id="too long"),
    ],
)
def test_a_malformed_tax_id_is_refused(customer, at, refused, kind, value, param, code):
    with refused(param=param, code=code):
        tax_ids.create(customer, kind=kind, value=value, at=at)


def test_a_customer_has_a_tax_id_once(customer, at, refused):
    TaxIdFactory(customer=customer, kind="us_ein", value="91-1144442")

    with refused(param="value", code="resource_already_exists"):
        tax_ids.create(customer, kind="us_ein", value="91-1144442", at=at)


def test_a_customer_has_five_tax_ids_at_most(customer, at, refused):
    TaxIdFactory.create_batch(5, customer=customer)

    with refused(code="customer_max_tax_ids"):
        tax_ids.create(customer, kind="us_ein", value="91-1144442", at=at)


def test_a_new_customer_comes_with_its_tax_ids(scope, at, told):
    pairs = [("us_ein", "91-1144442"), ("eu_vat", "FR40303265045")]

    customer = customers.create(details={"tax_id_data": pairs}, at=at)

    assert set(TaxId.objects.filter(customer=customer).values_list("kind", "value")) == set(pairs)
    assert told() == ["customer.created", "customer.tax_id.created", "customer.tax_id.created"]


@pytest.mark.parametrize(
    ("pairs", "param", "code"),
    [
        pytest.param(
            [("us_ein", "91-1144442"), ("us_ein", "!")],
            "tax_id_data[1][value]", "tax_id_invalid", id="malformed",
        ),
        pytest.param(
            [("us_ein", "91-1144442"), ("us_ein", "91-1144442")],
            "tax_id_data", "resource_already_exists", id="twice",
        ),
    ],
)  # fmt: skip
def test_a_customer_with_a_refused_tax_id_is_not_made(scope, at, refused, pairs, param, code):
    with refused(param=param, code=code):
        customers.create(details={"tax_id_data": pairs}, at=at)


def test_a_tax_id_is_removed(customer, at, told, last_event):
    tax_id = TaxIdFactory(customer=customer)

    tax_ids.delete(tax_id, at=at)

    assert list(TaxId.objects.all()) == []
    assert told() == ["customer.tax_id.deleted"]
    assert (last_event().object_id, last_event().customer_id) == (tax_id.pk, customer.pk)


def test_a_tax_id_is_removed_once(customer, at, refused):
    tax_id = TaxIdFactory(customer=customer)
    tax_ids.delete(tax_id, at=at)

    with refused(NotFound):
        tax_ids.delete(tax_id, at=at)


def test_a_tax_id_is_its_customers(customer):
    stranger = TaxIdFactory()

    with pytest.raises(NotFound) as refusal:
        tax_ids.get(customer, stranger.pk)

    assert tax_ids.get(stranger.customer, stranger.pk) == stranger
    assert refusal.value.message == f"No such tax ID: '{stranger.pk}'"


def test_a_deleted_customer_gets_no_tax_id(customer, at, refused):
    customers.delete(customer, at=at)

    with refused(NotFound):
        tax_ids.create(customer, kind="us_ein", value="91-1144442", at=at)


def test_a_text_takes_the_newest_ones_place(customer, at, told):
    kept = TaxIdFactory(customer=customer, created_at=at - timedelta(days=2))
    newest = TaxIdFactory(customer=customer, kind="gb_vat", value="GB980780684")

    tax_ids.set_primary(customer, " DE136695976 ", at=at)

    assert told() == ["customer.tax_id.deleted", "customer.tax_id.created"]
    assert set(TaxId.objects.values_list("kind", "value")) == {
        (kept.kind, kept.value), ("eu_vat", "DE136695976"),
    }  # fmt: skip
    assert not TaxId.objects.filter(pk=newest.pk).exists()


def test_the_same_text_changes_nothing(customer, at, nothing_written):
    TaxIdFactory(customer=customer, kind="gb_vat", value="GB980780684")

    with nothing_written():
        tax_ids.set_primary(customer, "GB980780684", at=at)


def test_an_empty_text_takes_the_newest_away(customer, at, told, nothing_written):
    TaxIdFactory(customer=customer)

    tax_ids.set_primary(customer, "", at=at)

    assert (list(TaxId.objects.all()), told()) == ([], ["customer.tax_id.deleted"])
    with nothing_written():
        tax_ids.set_primary(customer, "", at=at)


@pytest.mark.parametrize("text", ["!", "x" * 64])
def test_what_can_be_no_tax_id_is_refused(customer, at, refused, text):
    TaxIdFactory(customer=customer)

    with refused(param="tax_id", code="tax_id_invalid"):
        tax_ids.set_primary(customer, text, at=at)


def test_one_is_shown_of_each_customer(customer, at):
    other = TaxIdFactory(value="91-1144442")
    TaxIdFactory(customer=customer, created_at=at - timedelta(days=2))
    TaxIdFactory(customer=customer, kind="gb_vat", value="GB980780684", created_at=at)

    found = tax_ids.primaries([customer.pk, other.customer_id, "cus_nobody"])

    assert found == {customer.pk: "GB980780684", other.customer_id: "91-1144442"}
