"""Invoices, receipts and credit notes as files, for whoever has the address."""

import pytest

from payments.billing.models import CreditNote
from payments.billing.services import credit_notes, invoice_links, invoices
from payments.billing.services.credit_notes import Wanted


def path_of(url):
    return "/" + url.split("/", 3)[3]


@pytest.fixture
def paid(opened, at):
    return invoices.pay_out_of_band(opened(), at=at)


def test_files_can_be_downloaded(client, paid):
    urls = (invoice_links.pdf(paid.pk, paid.finalized_at), invoice_links.receipt(paid.pk))

    answers = [client.get(path_of(url)) for url in urls]

    assert [answer["Content-Type"] for answer in answers] == ["application/pdf"] * 2
    assert [answer["Content-Disposition"] for answer in answers] == [
        f'attachment; filename="Invoice-{paid.number}.pdf"',
        f'attachment; filename="Receipt-{paid.number}.pdf"',
    ]
    assert [answer.content[:5] for answer in answers] == [b"%PDF-"] * 2
    assert "no-store" in answers[0]["Cache-Control"]


def test_open_invoice_has_a_file_and_no_receipt(client, opened):
    invoice = opened()
    base = f"/invoices/{invoice_links.sealed(invoice.pk)}"

    assert [client.get(base + rest).status_code for rest in ("/pdf", "/receipt")] == [200, 404]


def test_files_can_only_be_read(client, paid):
    base = f"/invoices/{invoice_links.sealed(paid.pk)}"

    assert [client.post(base + rest).status_code for rest in ("/pdf", "/receipt")] == [405, 405]


def test_credit_note_has_a_file(client, opened, at):
    note = credit_notes.create(opened(), Wanted(amount=500), at=at)
    sealed = invoice_links.sealed(note.pk)

    answer = client.get(f"/credit-notes/{sealed}/pdf")

    assert answer["Content-Disposition"] == f'attachment; filename="CreditNote-{note.number}.pdf"'
    assert answer.content[:5] == b"%PDF-"
    assert client.get(f"/credit-notes/{sealed[:-1]}/pdf").status_code == 404
    assert client.get(f"/invoices/{sealed}/pdf").status_code == 404
    assert CreditNote.objects.count() == 1
