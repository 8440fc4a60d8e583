from datetime import timedelta

import pytest

from customers.models import Customer
from payments.billing.models import Invoice
from payments.billing.services import invoices
from payments.services import due_work

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def shown(invoice):
    row = invoices.get(invoice.pk)
    return row.status, row.finalizes_at, row.next_attempt_at


def test_a_draft_that_advances_is_finalized_and_collected(drafted, method, gateway, at):
    draft = drafted(auto_advance=True)

    early = due_work.run(at=at + HOUR - timedelta(seconds=1))
    before = shown(draft)
    due_work.run(at=at + HOUR)
    due_work.run(at=at + HOUR)

    assert (early, before) == (0, ("draft", at + HOUR, None))
    assert shown(draft) == ("paid", None, None)


def test_a_draft_that_does_not_advance_stays(drafted, at):
    draft = drafted()

    assert due_work.run(at=at + 30 * DAY) == 0
    assert shown(draft) == ("draft", None, None)


def test_a_draft_that_cannot_be_finalized_says_why(drafted, told, at):
    draft = drafted(100_000_000, auto_advance=True)
    told()

    due_work.run(at=at + HOUR)

    row = invoices.get(draft.pk)
    assert (row.status, row.finalizes_at) == ("draft", None)
    assert row.last_finalization_error["code"] == "amount_too_large"
    assert told() == ["invoice.finalization_failed"]


def test_one_that_is_sent_is_sent_and_called_to_mind(drafted, told, at):
    draft = drafted(auto_advance=True, collection_method="send_invoice", days_until_due=10)
    told()

    for instant in (at + HOUR, at + HOUR + 7 * DAY, at + HOUR + 10 * DAY, at + 20 * DAY):
        due_work.run(at=instant)

    assert [type_ for type_ in told() if type_.startswith("invoice.")] == [
        "invoice.finalized", "invoice.updated", "invoice.sent", "invoice.will_be_due", "invoice.overdue",
    ]  # fmt: skip
    assert invoices.get(draft.pk).sent_at == at + HOUR
    assert Customer.objects.get().is_delinquent is True


def test_what_was_paid_is_not_overdue(opened, method, told, at):
    invoice = opened(collection_method="send_invoice", days_until_due=1)
    invoices.pay(invoice, request_key="asked", at=at)
    told()

    assert due_work.run(at=at + 2 * DAY) == 0
    assert told() == []


@pytest.mark.parametrize("state", ["draft", "open"])
def test_a_deleted_customer_is_billed_no_more(drafted, customer, state, at):
    from customers.services import customers  # noqa: PLC0415 -- the fixture has the name

    draft = drafted(auto_advance=True)
    if state == "open":
        invoices.finalize(draft, at=at)

    customers.delete(customer, at=at)

    assert due_work.run(at=at + DAY) == 0
    assert Invoice.objects.get().status == state
