"""The page "Details": what customers change of themselves, as far as the merchant lets them."""

import pytest
from django.db import transaction

from customers.models import Customer, Organization, TaxId
from portal.models import PortalConfiguration
from tests.factories.customers import CustomerFactory, OrganizationFactory, TaxIdFactory

PAGE = "/portal/acme/details"


def sent(**typed):
    return {"name": "Jenny Rosen", "phone": "", "language": "", "timezone": "", **typed}


def text_of(page):
    return page.content.decode()


def allow(session, *updates, enabled=True):
    features = session.configuration.features
    features["customer_update"] = {"allowed_updates": list(updates), "enabled": enabled}
    PortalConfiguration.objects.filter(pk=session.configuration.pk).update(features=features)


def test_details_are_changed_and_only_what_was_typed_otherwise(client, session, customer):
    Customer.objects.filter(pk=customer.pk).update(name="", first_name="Jenny", last_name="Rosen")

    answer = client.post(PAGE, sent(phone="+44 20 7946 0018", timezone="Asia/Bangkok"))

    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    row = Customer.objects.get(pk=customer.pk)
    assert (row.name, row.phone_e164, row.timezone) == ("", "+442079460018", "Asia/Bangkok")
    assert "Your details are saved." in text_of(client.get(PAGE))


def test_another_language_holds_from_the_next_page_on(client, session, customer):
    client.post(PAGE, sent(language="th"))

    page = client.get(PAGE)

    assert page["Content-Language"] == "th"
    assert "บันทึกข้อมูลของคุณแล้ว" in text_of(page)
    assert Customer.objects.get(pk=customer.pk).language == "th"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"phone": "call me"}, "This is no phone number.", id="no number"),
        pytest.param({"name": "x" * 251}, "Write 250 characters at most.", id="too long"),
        pytest.param({"name": "a\0b"}, "cannot be read", id="null character"),
        pytest.param({"language": "tlh"}, "Choose one of these.", id="no language of ours"),
        pytest.param({"timezone": "Mars/Olympus"}, "Choose one of these.", id="no time zone"),
    ],
)
def test_what_cannot_be_is_refused_in_words(client, session, nothing_written, typed, said):
    client.get(PAGE)
    with nothing_written():
        page = client.post(PAGE, sent(**typed))

    assert page.status_code == 400
    assert said in text_of(page)


def test_a_configuration_keeps_names_and_numbers_as_they_are(client, session, customer):
    allow(session, "tax_id")

    client.post(PAGE, sent(name="Somebody else", phone="+442079460018", language="fr"))

    row = Customer.objects.get(pk=customer.pk)
    assert (row.name, row.phone, row.language) == ("Jenny Rosen", "", "fr")


@pytest.mark.parametrize("path", ["business", "tax-ids", "email", "tax-ids/txi_1/remove"])
def test_what_a_configuration_does_not_offer_is_not_there(client, session, path):
    allow(session, "address", "email", "name", "phone", "shipping", "tax_id", enabled=False)

    assert client.get(f"{PAGE}/{path}").status_code == 404


def test_a_business_is_added(client, session, customer):
    typed = {"business": "Rosen Ltd", "legal_name": "Rosen Limited", "country": "GB",
             "line1": "1 Quay Road", "city": "Bristol", "postal_code": "BS1 4QA"}  # fmt: skip

    answer = client.post(f"{PAGE}/business", typed)

    assert answer["Location"] == PAGE
    made = Organization.objects.get()
    assert (made.name, made.city, made.state) == ("Rosen Ltd", "Bristol", "")
    assert "Bristol BS1 4QA" in text_of(client.get(PAGE))


def test_a_known_business_says_whom_to_ask(client, session):
    OrganizationFactory(name="Known Ltd", legal_name="Known Secrets Limited")

    page = client.post(f"{PAGE}/business", {"business": "Known Ltd"})

    assert page.status_code == 400
    assert "Ask Acme to add you to it." in text_of(page)


def test_of_a_business_with_others_only_the_name_is_shown(client, session, customer):
    shared = OrganizationFactory(name="Shared Ltd", legal_name="Shared Secrets Limited")
    CustomerFactory(organization=shared)
    Customer.objects.filter(pk=customer.pk).update(organization=shared)

    page = text_of(client.get(PAGE))

    assert "Shared Ltd" in page
    assert "Shared Secrets Limited" not in page
    assert client.get(f"{PAGE}/business").status_code == 404


def test_a_tax_id_is_added_and_says_what_is_known_of_it(client, session, customer):
    answer = client.post(f"{PAGE}/tax-ids", {"kind": "eu_vat", "value": "DE123456788"})

    assert answer["Location"] == PAGE
    assert list(TaxId.objects.values_list("kind", "value", "verification")) == [
        ("eu_vat", "DE123456788", "unavailable")
    ]
    assert "Not checked" in text_of(client.get(PAGE))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"kind": "eu_vat", "value": "Z"}, "does not look like", id="malformed"),
        pytest.param({"kind": "gb_vat", "value": "GB980780684"}, "already", id="twice"),
        pytest.param({"kind": "", "value": ""}, "Choose one of these.", id="nothing"),
    ],
)
def test_a_wrong_tax_id_is_refused_in_words(client, session, customer, typed, said):
    TaxIdFactory(customer=customer, kind="gb_vat", value="GB980780684")

    with transaction.atomic():  # what is refused is rolled back
        page = client.post(f"{PAGE}/tax-ids", typed)

    assert page.status_code == 400
    assert said in text_of(page)
    assert TaxId.objects.count() == 1


def test_a_tax_id_goes_after_a_question(client, session, customer):
    row = TaxIdFactory(customer=customer)
    asked = client.get(f"{PAGE}/tax-ids/{row.pk}/remove")

    answer = client.post(f"{PAGE}/tax-ids/{row.pk}/remove")

    assert row.value in text_of(asked)
    assert answer["Location"] == PAGE
    assert not TaxId.objects.exists()


def test_another_customer_s_tax_id_is_not_found(client, session):
    row = TaxIdFactory(customer=CustomerFactory())

    assert client.post(f"{PAGE}/tax-ids/{row.pk}/remove").status_code == 404
    assert TaxId.objects.exists()
