"""One row for each invariant of the ground floor that breaks it, beside one that does not."""

from customers.kit import clock
from customers.models import BulkJob, CashTransaction, Customer, Erasure, Import, Merge
from customers.services import balance_transactions, customers, merges
from tests.breaches import DAY, HOUR, ago, misnamed
from tests.factories.customers import (
    AddressFactory,
    BulkJobFactory,
    CustomerBalanceTransactionFactory,
    CustomerFactory,
    IdempotencyRecordFactory,
    MessageFactory,
)


def funded(*amounts):
    """Return a customer with so many balance transactions, made by the service."""
    customer = CustomerFactory()
    for amount in amounts:
        balance_transactions.create(customer, amount=amount, currency="usd", at=clock.now())
    return customer


def merged():
    """Return the merge of one customer into another, swept."""
    kept, gone = funded(-300), funded(-200)
    merge = merges.merge(kept, gone, choices={}, at=ago(HOUR))
    Merge.objects.update(sweep_at=None)
    return merge


def erased(**columns):
    customer = CustomerFactory(name="", email="", deleted_at=ago(DAY), **columns)
    return Erasure.objects.create(
        id=Erasure.new_id(), site=customer.site, livemode=False, created_at=ago(DAY), customer=customer,
        status="done", started_at=ago(DAY), finished_at=ago(DAY),
    )  # fmt: skip


def cash(customer, sequence, amount, ending):
    return CashTransaction.objects.create(
        id=CashTransaction.new_id(), site=customer.site, livemode=False, created_at=clock.now(),
        customer=customer, sequence=sequence, kind="funded", currency="usd", net_amount=amount,
        ending_balance=ending,
    )  # fmt: skip


def balance():
    funded(-500, 200)
    customer = funded(-500)
    Customer.objects.filter(pk=customer.pk).update(balance=-400)
    return customer


def balance_steps():
    funded(-500, 200)
    first = CustomerBalanceTransactionFactory()
    return CustomerBalanceTransactionFactory(
        customer=first.customer, sequence=2, amount=-100, ending_balance=-700
    )


def cash_steps():
    customer = CustomerFactory()
    cash(customer, 1, 500, 500)
    cash(customer, 2, 200, 700)
    return cash(customer, 4, 100, 800)  # the third one is missing


def other_names():
    return misnamed("customer", CustomerFactory())


def merged_balance():
    gone = merged().merged
    Customer.objects.filter(pk=gone.pk).update(balance=-200)
    merged()
    return gone


def merged_parts():
    merged()
    merge = merged()
    AddressFactory(customer=merge.merged)
    return merge


def erased_again():
    erased()
    return erased(phone="+15555550100")


def told():
    customers.create(details={"name": "Ada"}, at=clock.now())
    return CustomerFactory()


def requests():
    IdempotencyRecordFactory(created_at=ago(2 * HOUR))
    IdempotencyRecordFactory(status=0)
    return IdempotencyRecordFactory(status=0, created_at=ago(2 * HOUR))


def kept_answers():
    IdempotencyRecordFactory(created_at=ago(DAY))
    return IdempotencyRecordFactory(created_at=ago(3 * DAY))


def messages():
    MessageFactory()
    MessageFactory(sent=True, created_at=ago(2 * HOUR))
    return MessageFactory(created_at=ago(2 * HOUR))


def bulk_jobs():
    BulkJobFactory()
    BulkJobFactory(created_at=ago(2 * DAY), status=BulkJob.Status.DONE, finished_at=ago(DAY))
    return BulkJobFactory(created_at=ago(2 * DAY), status=BulkJob.Status.RUNNING)


def imports():
    site = CustomerFactory().site
    rows = {"site": site, "livemode": False, "created_at": ago(8 * DAY), "size": 1, "format": "csv"}
    Import.objects.create(id="imp_1", status="checked", **rows)
    return Import.objects.create(id="imp_2", status="running", **rows)


def erasures():
    erased()
    running = erased()
    Erasure.objects.filter(pk=running.pk).update(status="running", started_at=ago(2 * DAY))
    return running


BREAKS = {
    "customers.balance": balance,
    "customers.balance_steps": balance_steps,
    "customers.bulk_jobs": bulk_jobs,
    "customers.cash_steps": cash_steps,
    "customers.erased": erased_again,
    "customers.erasures": erasures,
    "customers.imports": imports,
    "customers.kept_answers": kept_answers,
    "customers.merged_balance": merged_balance,
    "customers.merged_parts": merged_parts,
    "customers.messages": messages,
    "customers.other_names": other_names,
    "customers.requests": requests,
    "customers.told": told,
}
