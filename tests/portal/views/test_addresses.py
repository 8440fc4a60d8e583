"""The page "Addresses": many of both types, in the form of each country."""

import pytest

from customers.models import Address
from tests.factories.customers import AddressFactory, CustomerFactory
from tests.portal.views.test_details import allow, text_of

PAGE = "/portal/acme/addresses"
TOKYO = {"name": "Jenny Rosen", "company": "", "phone": "", "country": "JP",
         "postal_code": "154-0023", "state": "東京都", "line1": "世田谷区若林4-31-8", "line2": ""}  # fmt: skip


def columns(*names):
    return list(Address.objects.order_by("created_at").values_list(*names))


@pytest.mark.parametrize("kind", ["billing", "shipping"])
def test_an_address_is_added_and_the_first_one_is_used(client, session, customer, kind):
    answer = client.post(f"{PAGE}/add/{kind}", TOKYO)

    assert answer["Location"] == PAGE
    assert columns("kind", "is_default", "country", "state", "city", "postal_code") == [
        (kind, True, "JP", "東京都", "", "154-0023")
    ]
    page = text_of(client.get(PAGE))
    assert "The address is saved." in page
    assert "世田谷区若林4-31-8" in page


def test_a_form_follows_the_country(client, session):
    typed = {**TOKYO, "shape": "JP", "country": "US", "show": "1"}
    page = text_of(client.post(f"{PAGE}/add/billing", typed))

    assert "ZIP code" in page
    assert "世田谷区若林4-31-8" in page
    assert "154-0023" not in page
    assert 'role="alert"' not in page
    assert not Address.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"postal_code": "12"}, "It is written like 154-0023.", id="postal code"),
        pytest.param({"line1": ""}, "Fill this in.", id="nothing"),
        pytest.param({"state": "Kent"}, "Choose one of these.", id="another country's"),
        pytest.param({"country": ""}, "Choose one of these.", id="no country"),
        pytest.param({"country": "XY"}, "Choose one of these.", id="no such country"),
    ],
)
def test_what_cannot_be_is_refused_in_words(client, session, typed, said):
    page = client.post(f"{PAGE}/add/billing", {**TOKYO, **typed})

    assert page.status_code == 400
    assert said in text_of(page)
    assert not Address.objects.exists()


def test_another_address_can_be_the_one_that_is_used(client, session, customer):
    AddressFactory(customer=customer, kind="billing", is_default=True)
    client.post(f"{PAGE}/add/billing", TOKYO)
    other = Address.objects.get(country="JP")
    assert not other.is_default

    answer = client.post(f"{PAGE}/{other.pk}/use")

    assert answer["Location"] == PAGE
    assert Address.objects.get(is_default=True) == other


def test_an_address_is_changed_and_keeps_what_its_country_does_not_write(client, session, customer):
    row = AddressFactory(
        customer=customer, kind="billing", is_default=True, country="GB", line1="1 Quay Road",
        city="Bristol", state="Avon", postal_code="BS1 4QA",
    )  # fmt: skip
    form = text_of(client.get(f"{PAGE}/{row.pk}"))

    client.post(
        f"{PAGE}/{row.pk}",
        {"country": "GB", "line1": "2 Quay Road", "city": "Bristol", "state": "Avon", "postal_code": "BS1 4QA"},
    )  # fmt: skip

    assert 'value="Avon"' in form
    assert columns("line1", "state", "is_default") == [("2 Quay Road", "Avon", True)]


def test_an_address_goes_after_a_question(client, session, customer):
    row = AddressFactory(customer=customer, line1="1 Quay Road")
    asked = client.get(f"{PAGE}/{row.pk}/remove")

    answer = client.post(f"{PAGE}/{row.pk}/remove")

    assert "1 Quay Road" in text_of(asked)
    assert answer["Location"] == PAGE
    assert not Address.objects.exists()


@pytest.mark.parametrize("path", ["{}", "{}/use", "{}/remove"])
def test_another_customer_s_address_is_not_found(client, session, nothing_written, path):
    row = AddressFactory(customer=CustomerFactory(), line1="1 Quay Road")
    client.get(PAGE)

    with nothing_written():
        assert client.post(f"{PAGE}/{path.format(row.pk)}", TOKYO).status_code == 404


def test_a_configuration_can_keep_either_type_as_it_is(client, session, customer):
    row = AddressFactory(customer=customer, kind="billing", is_default=True, line1="1 Quay Road")
    allow(session, "shipping")

    page = text_of(client.get(PAGE))

    assert "1 Quay Road" in page
    assert f"{PAGE}/add/shipping" in page
    assert f"{PAGE}/add/billing" not in page
    assert client.get(f"{PAGE}/{row.pk}").status_code == 404
    assert client.get(f"{PAGE}/add/billing").status_code == 404


def test_a_type_that_there_is_not_is_not_found(client, session):
    assert client.get(f"{PAGE}/add/holiday").status_code == 404
