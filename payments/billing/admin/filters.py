"""What the lists of subscriptions and invoices can be narrowed to, and how one of them is found."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from customers.admin.customer_filters import MAX_EXACT, MAX_SEARCH, TableFilter
from customers.admin.customer_filters import found as customers_found
from customers.kit import clock
from customers.models import Customer, Site
from payments.admin.filters import CustomerFilter, SinceFilter
from payments.billing.admin import shown
from payments.billing.models import Invoice, Price, Product, Subscription, SubscriptionItem
from payments.billing.models.subscriptions import ENDING, PAUSED
from payments.billing.services import card_expiry
from payments.models import PaymentIntent

State, Status = Subscription.Status, Invoice.Status
Collection = Subscription.Collection
OFFERED = 50  # prices that the filter offers, the newest first


def _in(*states: str) -> Any:
    return lambda rows: rows.filter(status__in=states)


class StateFilter(TableFilter):
    title = _("status")
    parameter_name = "status"
    table = {
        "active": (_("Active"), _in(State.ACTIVE)),
        "trialing": (_("On trial"), _in(State.TRIALING)),
        "past_due": (_("Past due"), _in(State.PAST_DUE)),
        "unpaid": (_("Unpaid"), _in(State.UNPAID)),
        "incomplete": (_("Waits for its first payment"), _in(State.INCOMPLETE)),
        "paused": (_("Paused"), lambda rows: rows.filter(PAUSED)),
        "ending": (_("Will be canceled"), lambda rows: rows.filter(ENDING)),
        "expiring": (
            _("Card about to expire"),
            lambda rows: card_expiry.subscriptions_with_them(rows, localdate(clock.now())),
        ),
        "canceled": (_("Canceled"), _in(*Subscription.ENDED)),
    }


class StatusFilter(TableFilter):
    title = _("status")
    parameter_name = "status"
    table = {
        "draft": (_("Draft"), _in(Status.DRAFT)),
        "open": (_("Open"), _in(Status.OPEN)),
        "overdue": (
            _("Overdue"),
            lambda rows: rows.filter(
                status=Status.OPEN, due_at__lt=clock.now(), amount_remaining__gt=0
            ),
        ),
        "failed": (
            _("Payment failed"),
            lambda rows: rows.filter(status=Status.OPEN, attempt_count__gt=0),
        ),
        "paid": (_("Paid"), _in(Status.PAID)),
        "uncollectible": (_("Uncollectible"), _in(Status.UNCOLLECTIBLE)),
        "void": (_("Void"), _in(Status.VOID)),
    }


class CollectionFilter(TableFilter):
    title = _("collection")
    parameter_name = "collection"
    table = {
        "automatic": (
            Collection.CHARGE.label,
            lambda rows: rows.filter(collection_method=Collection.CHARGE),
        ),
        "invoice": (
            Collection.SEND.label,
            lambda rows: rows.filter(collection_method=Collection.SEND),
        ),
    }


class PriceFilter(SimpleListFilter):
    """The subscriptions that have a price; the newest prices are offered, and the one that a link has asked for."""

    title = _("price")
    parameter_name = "price"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = Price.objects.filter(kind=Price.Kind.RECURRING, is_inline=False)
        rows = rows.select_related("product")
        found = list(rows.order_by("-created_at", "-id")[:OFFERED])
        wanted = request.GET.get(self.parameter_name, "")
        if wanted and wanted not in {price.pk for price in found}:
            found += rows.filter(pk=wanted)
        return [(str(price.pk), shown.price_choice(price)) for price in found]

    def has_output(self) -> bool:
        return True  # else the number of filters would depend on the rows

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        return queryset.filter(items__price=self.value(), items__deleted_at__isnull=True)


class ProductFilter(SimpleListFilter):
    """The subscriptions to one product; shown only when a link has asked for it."""

    title = _("product")
    parameter_name = "product"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        wanted = request.GET.get(self.parameter_name, "")
        rows = Product.objects.filter(pk=wanted) if wanted else ()
        return [(str(product.pk), product.name) for product in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        return queryset.filter(pk__in=_with_price(price__product=wanted)) if wanted else queryset


def _with_price(**which: Any) -> QuerySet[Any]:
    rows = SubscriptionItem.objects.filter(deleted_at__isnull=True, **which)
    return rows.values("subscription_id")


def subscriptions_found(
    rows: QuerySet[Subscription], text: str, *, site: Site
) -> QuerySet[Subscription]:
    """Return those of the subscriptions that a text finds: an id of theirs or around them, or what finds the customer.

    Raises:
        InvalidRequest: it is a query that breaks the search language's rules.
    """
    text = text.strip()[:MAX_SEARCH]
    conditions = {
        Subscription.PREFIX: lambda: Q(pk=text),
        Customer.PREFIX: lambda: Q(customer=text),
        Price.PREFIX: lambda: Q(pk__in=_with_price(price=text)),
        Product.PREFIX: lambda: Q(pk__in=_with_price(price__product=text)),
        Invoice.PREFIX: lambda: Q(pk__in=_values(Invoice, "subscription_id", pk=text)),
        SubscriptionItem.PREFIX: lambda: Q(
            pk__in=_values(SubscriptionItem, "subscription_id", pk=text)
        ),
    }
    return _narrowed(rows, text, conditions, site=site)


def invoices_found(rows: QuerySet[Invoice], text: str, *, site: Site) -> QuerySet[Invoice]:
    """Return those of the invoices that a text finds: a number, an id, or what finds the customer.

    Raises:
        InvalidRequest: it is a query that breaks the search language's rules.
    """
    text = text.strip()[:MAX_SEARCH]
    numbered = rows.filter(number=text.upper()) if text else rows.none()
    if numbered.order_by().exists():
        return numbered
    conditions = {
        Invoice.PREFIX: lambda: Q(pk=text),
        Customer.PREFIX: lambda: Q(customer=text),
        Subscription.PREFIX: lambda: Q(subscription=text),
        PaymentIntent.PREFIX: lambda: Q(payment_intent=text),
    }
    return _narrowed(rows, text, conditions, site=site)


def _values(model: Any, column: str, **which: Any) -> QuerySet[Any]:
    found: QuerySet[Any] = model.objects.filter(**which, **{f"{column}__isnull": False})
    return found.values(column)


def _narrowed(rows: QuerySet[Any], text: str, conditions: Any, *, site: Site) -> QuerySet[Any]:
    if not text:
        return rows
    condition = conditions.get(text.partition("_")[0]) if "_" in text else None
    if condition is not None:
        return rows.filter(condition())
    people = customers_found(Customer.objects.all(), text, site=site).values_list("pk", flat=True)
    return rows.filter(customer__in=list(people[:MAX_EXACT]))


__all__ = [
    "CollectionFilter", "CustomerFilter", "PriceFilter", "ProductFilter", "SinceFilter", "StateFilter", "StatusFilter",
    "invoices_found", "subscriptions_found",
]  # fmt: skip
