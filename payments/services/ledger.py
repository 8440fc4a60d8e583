"""The site's ledger: what a settled act moved, written in the transaction that settles it; balances are sums of it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, CharField, Q, Sum, Value, When

from customers.kit.errors import NotFound
from customers.models import TenantModel
from customers.services import test_clocks
from payments.models import BalanceTransaction, Charge
from payments.money import Money

Kind = BalanceTransaction.Kind
PENDING_DAYS = 2  # until what was taken counts as available, as Stripe's default schedule has it
_BANK = (Kind.PAYMENT, Kind.PAYMENT_REFUND, Kind.PAYMENT_FAILURE)


@dataclass(frozen=True, slots=True)
class Balance:
    """What a site has at its gateways in one currency, in minor units by kind of source (`card`, `bank_account`)."""

    currency: str
    available: Mapping[str, int]
    pending: Mapping[str, int]


def get(pk: str) -> BalanceTransaction:
    """Return a movement.

    Raises:
        NotFound: the site has none with this id.
    """
    found = BalanceTransaction.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such balance transaction: '{pk}'", param="id")
    return found


def prepare(
    source: TenantModel,
    kind: Kind,
    money: Money,
    *,
    fee: int = 0,
    description: str = "",
    at: datetime,
) -> BalanceTransaction:
    """Return the unsaved movement that settling something makes; the database takes one of a kind for each source.

    Args:
        money: negative where it goes away.
        fee: what the gateway keeps of it.
    """
    is_coming = kind in {Kind.CHARGE, Kind.PAYMENT}
    return BalanceTransaction.belonging_to(
        source,
        source_id=source.pk,
        kind=kind,
        amount=money.amount,
        fee=fee,
        net=money.amount - fee,
        currency=money.currency,
        description=description[:500],
        available_on=test_clocks.real(at) + timedelta(days=PENDING_DAYS if is_coming else 0),
        created_at=at,
    )


def charge_kind(charge: Charge) -> Kind:
    """Return the kind of what a charge brings in: Stripe calls what comes from a bank account a payment."""
    return Kind.CHARGE if charge.method_details.get("type", "card") == "card" else Kind.PAYMENT


def refund_kind(charge: Charge) -> Kind:
    """Return the kind of what a charge's refund takes out."""
    return Kind.REFUND if charge_kind(charge) == Kind.CHARGE else Kind.PAYMENT_REFUND


def balance(*, currency: str | None = None, at: datetime) -> list[Balance]:
    """Return the site's balances, ordered by currency; those of one currency where it is named."""
    source = Case(
        When(kind__in=_BANK, then=Value("bank_account")),
        default=Value("card"),
        output_field=CharField(),
    )
    entries = BalanceTransaction.objects.all()
    rows = (
        (entries.filter(currency=currency) if currency else entries)
        .annotate(source=source)
        .values("currency", "source")
        .annotate(
            available=Sum("net", filter=Q(available_on__lte=at), default=0),
            pending=Sum("net", filter=Q(available_on__gt=at), default=0),
        )
    )
    sums: dict[str, tuple[dict[str, int], dict[str, int]]] = defaultdict(lambda: ({}, {}))
    for row in rows.order_by("currency", "source"):
        available, pending = sums[row["currency"]]
        available[row["source"]] = int(row["available"])
        pending[row["source"]] = int(row["pending"])
    return [
        Balance(currency, available, pending) for currency, (available, pending) in sums.items()
    ]
