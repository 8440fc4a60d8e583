"""What our books say and what the acquirer's says, and how a crowd acts on them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from customers.kit import clock
from customers.kit.errors import DomainError
from customers.kit.tenancy import scoped_to
from payments.models import BalanceTransaction
from payments.services import refunds, sandbox


def acquirers_sums():
    """What the acquirer has taken and given back, as its own book tells."""
    return sorted(
        (line["reference"], line["amount"])
        for line in sandbox.ledger()
        if line["status"] == "succeeded" and line["kind"] in {"charge", "refund"}
    )


def our_sums():
    rows = BalanceTransaction.objects.values_list("source_id", "amount")
    return sorted((source, abs(amount)) for source, amount in rows)


def give_back(charge):
    return refunds.create(charge, amount=700, request_key="one", at=clock.now())


def crowd(scope, count, act):
    """Run an act in so many threads at once, and return what each got, an error's class name for errors."""
    gate = Barrier(count)

    def one(number):
        try:
            with scoped_to(scope.site, livemode=False):
                gate.wait()
                return act(number)
        except DomainError as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))
