"""Ids of another account's objects, as they are known here."""

import pytest

from customers.kit import clock
from customers.services import merges
from payments.gateways.holdings import Kind
from payments.models import ImportedRecord
from payments.services.account_ledger import Ledger
from tests.factories.customers import CustomerFactory


@pytest.fixture
def ledger():
    return Ledger("stripe", tell=lambda _refusal: None)


def brought(customer, source_id):
    ImportedRecord.objects.create(
        id=ImportedRecord.new_id(), site=customer.site, livemode=False, created_at=clock.now(), source="stripe",
        kind=Kind.CUSTOMER, source_id=source_id, object_id=customer.pk, state=ImportedRecord.State.DONE,
        seen_at=clock.now(),
    )  # fmt: skip
    return customer


def test_who_was_merged_is_the_one_into_whom_it_went(scope, ledger):
    gone, kept, last = (
        brought(CustomerFactory(), "cus_theirs"),
        CustomerFactory(),
        CustomerFactory(),
    )
    before = ledger.ours(Kind.CUSTOMER, "cus_theirs")

    merges.merge(kept, gone, choices={}, at=clock.now())
    merges.merge(last, kept, choices={}, at=clock.now())

    assert (before, ledger.ours(Kind.CUSTOMER, "cus_theirs")) == (gone.pk, last.pk)
    assert ledger.ours(Kind.CUSTOMER, "cus_unknown") == ""
