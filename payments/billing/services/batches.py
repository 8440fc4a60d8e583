"""What batches of renewals read and lock before their parts are done from memory, in few statements for all of them.

Whoever reads one of these rows asks first what is remembered; what is not here is read where a part is done alone.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet

from customers.kit import tenancy, together
from customers.models import CashTransaction, Customer, TaxId
from customers.services import cash_balances
from payments.billing.models import (
    Discount,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    Subscription,
    SubscriptionItem,
    TaxRate,
)
from payments.billing.services import (
    discount_owners,
    finalizing,
    invoice_lines,
    numbering,
    tax_rates,
)
from payments.services import payment_intents

_M = TypeVar("_M", bound=Model)
_R = TypeVar("_R", Subscription, Invoice)
_OWNERS = "customers with discounts"


def by_customer(rows: Iterable[_R]) -> list[list[_R]]:
    """Return rows as parts of a batch: each customer's together, in their order."""
    ordered = sorted(rows, key=_customer)
    return [list(theirs) for _, theirs in groupby(ordered, key=_customer)]


def begin(customer_id: str) -> None:
    """Say for whom the next part is."""
    owners = together.recalled(_OWNERS)
    discount_owners.begin(customer_id, has_any=owners is None or customer_id in owners)


def read_for_drafts(subscriptions: Sequence[Subscription]) -> None:
    """Read what renewing subscriptions needs; their customers, and they, stay locked."""
    customers = _locked_customers({subscription.customer_id for subscription in subscriptions})
    rows = _locked_subscriptions({subscription.pk for subscription in subscriptions}, customers)
    pks = [pk for pk in rows if together.recalled((SubscriptionItem, pk)) is None]
    if not pks:
        return
    living = SubscriptionItem.objects.filter(subscription__in=pks, deleted_at__isnull=True)
    items = list(living.select_related("price__product").order_by("position", "id"))
    _remember_lists(SubscriptionItem, pks, items, "subscription_id")
    for item in items:
        item.subscription = rows[item.subscription_id]
    remember_tax_rates([*rows.values(), *items])


def read_for_finalizing(drafts: Sequence[Invoice]) -> None:
    """Read what finalizing drafts needs; their customers, they, and their subscriptions stay locked."""
    customers = _locked_customers({draft.customer_id for draft in drafts})
    known, missing = _recalled(Invoice, [draft.pk for draft in drafts])
    rows = [*known.values(), *together.locked_rows(Invoice.objects.filter(pk__in=missing))]
    bought = {row.subscription_id for row in rows if row.subscription_id is not None}
    subscriptions = _locked_subscriptions(bought, customers)
    for row in rows:
        row.site, row.customer = tenancy.current().site, customers[row.customer_id]
        row.subscription = subscriptions.get(row.subscription_id or "")
    lines = list(
        InvoiceLine.objects.filter(invoice__in=missing).select_related("price").order_by("position")
    )
    _remember_lists(invoice_lines.READ, missing, lines, "invoice_id")
    payment_intents.remember_unmade(finalizing.intent_key(row) for row in rows)
    _remember_numbers(customers, rows)
    remember_tax_rates([*rows, *lines])


def _customer(row: Subscription | Invoice) -> str:
    return row.customer_id


def _locked_customers(pks: Iterable[str]) -> dict[str, Customer]:
    """Lock customers in the order of their keys, and remember them with what few of them have."""
    known, missing = _recalled(Customer, pks)
    return known | _read_customers(missing) if missing else known


def _locked_subscriptions(
    pks: Iterable[str], customers: Mapping[str, Customer]
) -> dict[str, Subscription]:
    """Lock the subscriptions of locked customers in the order of their keys."""
    rows, missing = _recalled(Subscription, pks)
    if missing:
        found = together.locked_rows(Subscription.objects.filter(pk__in=missing))
        rows |= {row.pk: row for row in found}
    for row in rows.values():
        row.site, row.customer = tenancy.current().site, customers[row.customer_id]
    return rows


def _recalled(model: type[_M], pks: Iterable[str]) -> tuple[dict[str, _M], list[str]]:
    """Return by key what the transaction has locked before, and the keys of what it has not."""
    found = {pk: together.recalled((model, pk)) for pk in pks}
    known = {pk: row for pk, row in found.items() if row is not None}
    return known, [pk for pk in found if pk not in known]


def _read_customers(pks: Sequence[str]) -> dict[str, Customer]:
    wanted = Customer.objects.filter(pk__in=pks)
    list(wanted.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    # Read apart: what a locking query joins is as it was before it waited for the locks.
    having = {f"has_{name}": Exists(rows) for name, rows in _belongings().items()}
    found = {customer.pk: customer for customer in wanted.all().with_defaults().annotate(**having)}
    for customer in found.values():
        customer.site = tenancy.current().site
        together.remember((Customer, customer.pk), customer)
    owners = together.recalled(_OWNERS) or set()
    together.remember(_OWNERS, owners | _with("discounts", found))
    for pk in found.keys() - _with("pending", found):
        together.remember((InvoiceItem, pk), [])
    cash = cash_balances.of_customers(_with("cash", found))
    for pk in found:
        together.remember((CashTransaction, pk), cash[pk])
    _remember_tax_ids(found, _with("tax_ids", found))
    return found


def _belongings() -> dict[str, QuerySet[Any]]:
    """Return by name what few customers have, of the one whom a query is at."""
    own = {"customer": OuterRef("pk")}
    return {
        "cash": CashTransaction.objects.filter(**own),
        "discounts": Discount.objects.filter(**own, removed_at=None),
        "pending": InvoiceItem.objects.filter(**own, invoice=None),
        "tax_ids": TaxId.objects.filter(**own),
    }


def _with(name: str, customers: Mapping[str, Customer]) -> set[str]:
    return {pk for pk, customer in customers.items() if getattr(customer, f"has_{name}")}


def _remember_lists(name: Hashable, pks: Iterable[str], rows: Iterable[Any], column: str) -> None:
    """Remember rows under a name and what they belong to, also where there are none."""
    found: dict[str, list[Any]] = {pk: [] for pk in pks}
    for row in rows:
        found[getattr(row, column)].append(row)
    for pk, theirs in found.items():
        together.remember((name, pk), theirs)


def _remember_tax_ids(customers: Iterable[str], with_some: Collection[str]) -> None:
    rows = TaxId.objects.filter(customer__in=with_some).order_by("created_at", "id")
    _remember_lists(TaxId, customers, rows, "customer_id")


def remember_tax_rates(taxed: Iterable[Any]) -> None:
    """Remember the tax rates that rows name."""
    wanted = {pk for row in taxed for pk in row.tax_rate_ids or ()}
    for rate in tax_rates.by_id(wanted).values():
        together.remember((TaxRate, rate.pk), rate)


def _remember_numbers(customers: Mapping[str, Customer], rows: Sequence[Invoice]) -> None:
    """Remember which of the numbers that invoices would be given were used before."""
    counts = Counter(row.customer_id for row in rows)
    candidates = [
        numbering.candidate(customers[pk], ahead)
        for pk, count in counts.items()
        for ahead in range(count)
    ]
    used = set(Invoice.objects.filter(number__in=candidates).values_list("number", flat=True))
    for number in candidates:
        together.remember(numbering.key(number), number in used)
