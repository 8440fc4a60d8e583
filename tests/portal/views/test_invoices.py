"""Invoices, receipts and credit notes are listed page by page, each with its file; nobody sees another's."""

import re

import pytest

from payments.billing.services import invoice_links
from portal.views import invoices
from tests.factories.billing import CreditNoteFactory, InvoiceFactory
from tests.factories.customers import CustomerFactory
from tests.factories.portal import PortalConfigurationFactory
from tests.portal.views.test_home import text_of
from tests.seeds import statements as seeds

PATH = "/portal/acme/invoices"


def older(answer):
    found = re.search(r'rel="next" href="([^"]+)"', answer.content.decode())
    return found[1] if found else ""


def test_each_paper_has_its_files(client, session, customer):
    paid = seeds.invoice(customer, "Oak bookshelf", ago=9)
    unpaid = seeds.invoice(customer, "Assembly", ago=3, status="open")
    note = CreditNoteFactory(invoice=paid)

    answer = client.get(PATH)

    page = answer.content.decode()
    for url in (
        invoice_links.pdf(paid.pk, paid.finalized_at),
        invoice_links.receipt(paid.pk),
        invoice_links.pdf(unpaid.pk, unpaid.finalized_at),
        invoice_links.credit_note_pdf(note.pk),
    ):
        assert page.count(f'href="{url}"') == 1
    assert invoice_links.receipt(unpaid.pk) not in page
    assert f"Credit for invoice {paid.number}" in text_of(answer)
    assert page.count(f'href="{PATH}/{unpaid.pk}"') == 2  # its name, and the button


def test_list_goes_on_page_by_page(client, session, customer, monkeypatch):
    monkeypatch.setattr(invoices, "_AT_ONCE", 2)
    bills = [seeds.invoice(customer, f"Thing {ago}", ago=ago) for ago in (1, 2, 3)]

    first = client.get(PATH)
    second = client.get(older(first))

    assert [bill.number in text_of(first) for bill in bills] == [True, True, False]
    assert [bill.number in text_of(second) for bill in bills] == [False, False, True]
    assert older(second) == ""
    assert f'href="{PATH}"' in second.content.decode()


def test_empty_list_says_what_will_stand_here(client, session):
    answer = client.get(PATH)

    assert "Your invoices, receipts and credit notes will appear here" in text_of(answer)


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_as_many_queries_for_more_rows(
    client, session, customer, count, django_assert_max_num_queries
):
    for number in range(count):
        bill = seeds.invoice(customer, "Oak", ago=number + 1)
        CreditNoteFactory(invoice=bill)
        seeds.confirmed_at_the_bank(seeds.invoice(customer, "Oak", ago=number, status="open"))
    client.get(PATH)

    with django_assert_max_num_queries(7):
        answer = client.get(PATH)

    assert answer.status_code == 200


@pytest.mark.parametrize("after", ["in_nothing", "x"])
def test_page_behind_nothing_is_not_found(client, session, after):
    answer = client.get(f"{PATH}?after={after}")

    assert answer.status_code == 404


def test_other_customers_invoices_are_not_found(client, session):
    other = seeds.invoice(CustomerFactory(), "Secret", ago=1, status="open")

    assert client.get(f"{PATH}/{other.pk}").status_code == 404
    assert client.post(f"{PATH}/{other.pk}", {}).status_code == 404
    assert client.get(f"{PATH}?after={other.pk}").status_code == 404
    assert other.number not in text_of(client.get(PATH))


def test_draft_is_not_found(client, session, customer):
    draft = InvoiceFactory(customer=customer, status="draft")

    assert client.get(f"{PATH}/{draft.pk}").status_code == 404


def test_configuration_can_hide_invoices(client, sign_in, customer):
    configuration = PortalConfigurationFactory()
    configuration.features["invoice_history"] = {"enabled": False}
    configuration.save()
    sign_in(customer, configuration=configuration)
    bill = seeds.invoice(customer, "Oak", ago=1)

    assert client.get(PATH).status_code == 404
    assert bill.number not in text_of(client.get("/portal/acme/overview"))
