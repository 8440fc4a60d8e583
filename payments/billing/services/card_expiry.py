"""Cards that subscriptions are charged to and that expire soon."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from payments.billing.models import Subscription
from payments.models import PaymentMethod

_State = Subscription.Status
_CHARGED = (_State.TRIALING, _State.ACTIVE, _State.PAST_DUE)


def expiring_this_or_next_month(today: date) -> QuerySet[PaymentMethod]:
    """Return the cards that expire this month or the next one, and that a running subscription is charged to."""
    using = _charged().filter(customer=OuterRef("customer")).filter(
        Q(default_payment_method=OuterRef("pk"))
        | Q(default_payment_method=None, customer__default_payment_method_id=OuterRef("pk"))
    )  # fmt: skip
    return _expiring(today).filter(Exists(using))


def subscriptions_with_them(rows: QuerySet[Subscription], today: date) -> QuerySet[Subscription]:
    """Keep the running subscriptions that are charged to such a card."""
    cards = _expiring(today)
    own = Exists(cards.filter(pk=OuterRef("default_payment_method")))
    customer_s = Exists(cards.filter(pk=OuterRef("customer__default_payment_method_id")))
    return rows.filter(
        Q(default_payment_method__isnull=False) & own
        | Q(default_payment_method__isnull=True) & customer_s,
        customer__in=cards.values("customer"),  # follows, and tells the planner how few they are
        status__in=_CHARGED, collection_method=Subscription.Collection.CHARGE,
    )  # fmt: skip


def _charged() -> QuerySet[Subscription]:
    automatic = Subscription.Collection.CHARGE
    return Subscription.objects.filter(status__in=_CHARGED, collection_method=automatic)


def _expiring(today: date) -> QuerySet[PaymentMethod]:
    year, month = today.year + today.month // 12, today.month % 12 + 1
    this = Q(exp_year=today.year, exp_month=today.month)
    cards = PaymentMethod.objects.filter(kind=PaymentMethod.Kind.CARD, customer__isnull=False)
    return cards.filter(this | Q(exp_year=year, exp_month=month))
