"""What a customer was billed, paid and got back: invoices, credit notes, and payments without an invoice.

They lie in three tables; a page takes the newest of each behind where the last one ended, and of these the newest.
What happened at the same instant is ordered by its table, and inside of one as the database orders ids.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from customers.kit import reading
from customers.kit.errors import NotFound
from customers.models import Customer
from payments.billing.models import CreditNote, Invoice, InvoiceLine, InvoicePayment
from payments.models import Charge, PaymentIntent

Paper = Invoice | CreditNote | Charge
_LINES = 3  # of an invoice: more than are named, so that it is known whether there are more
_TABLES: tuple[type[Paper], ...] = (Invoice, CreditNote, Charge)


@dataclass(frozen=True, slots=True)
class History:
    """A page of what happened, the newest first.

    Args:
        older: where the page behind begins, as `after` of `rows`; empty where this is the last one.
        lines: by invoice, its first lines.
        intents: by id, those of unpaid invoices.
        numbers: by invoice that is not on the page, its number.
    """

    papers: Sequence[Paper]
    older: str = ""
    lines: dict[str, list[InvoiceLine]] = field(default_factory=dict)
    intents: dict[str, PaymentIntent] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)


def of_customer(customer: Customer, *, after: str = "", limit: int) -> History:
    """Return a page of a customer's history.

    Args:
        after: the id of the last paper of the page before.

    Raises:
        NotFound: the customer has no such paper.
    """
    found = reading.at_once(*rows(customer, after=after, limit=limit))
    return described(found, limit=limit)


def rows(customer: Customer, *, after: str = "", limit: int) -> list[QuerySet[Any]]:
    """Return the rows to read for a page: one more than it has of each table.

    Raises:
        NotFound: the customer has no such paper.
    """
    begin = _begin(customer, after) if after else {}
    tables: dict[type[Paper], QuerySet[Any]] = {
        Invoice: finalized(customer),
        CreditNote: CreditNote.objects.filter(customer=customer),
        Charge: _payments(customer),
    }
    return [
        tables[table].filter(begin.get(table, Q())).order_by("-created_at", "-id")[: limit + 1]
        for table in _TABLES
    ]


def described(
    found: Iterable[Sequence[Paper]], *, limit: int, unpaid: Sequence[Invoice] = ()
) -> History:
    """Return the page of what was read, with what its rows need to be told.

    Args:
        unpaid: other invoices whose payments are to be known.
    """
    in_order = sorted(
        (paper for group in found for paper in group),
        key=lambda paper: paper.created_at,
        reverse=True,  # which leaves what is equal in its order
    )
    papers = in_order[:limit]
    invoices = [paper for paper in papers if isinstance(paper, Invoice)]
    credited = {paper.invoice_id for paper in papers if isinstance(paper, CreditNote)}
    return History(
        papers=papers,
        older=str(papers[-1].pk) if len(in_order) > limit else "",
        lines=_lines({invoice.pk for invoice in invoices}),
        intents=_intents([*invoices, *unpaid]),
        numbers=_numbers(credited, [*invoices, *unpaid]),
    )


def finalized(customer: Customer) -> QuerySet[Invoice]:
    """Return the invoices that a customer was told of."""
    return Invoice.objects.filter(customer=customer).exclude(status=Invoice.Status.DRAFT)


def _payments(customer: Customer) -> QuerySet[Charge]:
    """Return what a customer paid without an invoice."""
    of_invoices = InvoicePayment.objects.filter(payment_intent=OuterRef("payment_intent"))
    paid = Charge.objects.filter(customer=customer, status=Charge.Status.SUCCEEDED)
    return paid.filter(~Exists(of_invoices))


def _begin(customer: Customer, pk: str) -> dict[type[Paper], Q]:
    """Return by table what comes behind a paper of the customer's, the newest first."""
    prefix = pk.partition("_")[0]
    own = next((table for table in _TABLES if prefix == table.PREFIX), None)
    at: datetime | None = None
    if own is not None:
        found = own.objects.filter(pk=pk, customer=customer)
        at = found.values_list("created_at", flat=True).first()
    if own is None or at is None:
        raise NotFound(f"No such entry: '{pk}'", param="after")
    place = _TABLES.index(own)
    return {
        **dict.fromkeys(_TABLES[:place], Q(created_at__lt=at)),
        own: Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(pk__lt=pk)),
        **dict.fromkeys(_TABLES[place + 1 :], Q(created_at__lte=at)),
    }


def _lines(invoices: Collection[str]) -> dict[str, list[InvoiceLine]]:
    found: dict[str, list[InvoiceLine]] = defaultdict(list)
    if invoices:
        lines = InvoiceLine.objects.filter(invoice__in=invoices, position__lt=_LINES)
        for line in lines.select_related("price__product").order_by("invoice", "position"):
            found[str(line.invoice_id)].append(line)
    return found


def _intents(invoices: Iterable[Invoice]) -> dict[str, PaymentIntent]:
    asked = {
        str(invoice.payment_intent_id)
        for invoice in invoices
        if invoice.status == Invoice.Status.OPEN and invoice.payment_intent_id
    }
    return dict(PaymentIntent.objects.in_bulk(asked)) if asked else {}


def _numbers(wanted: Collection[str], known: Iterable[Invoice]) -> dict[str, str]:
    numbers = {str(invoice.pk): invoice.number for invoice in known}
    missing = set(wanted) - numbers.keys()
    if missing:
        numbers |= dict(Invoice.objects.filter(pk__in=missing).values_list("pk", "number"))
    return numbers
