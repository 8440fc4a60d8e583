"""`/v1/customers/{customer}/state`: how things stand with a customer, in one call and a fixed number of statements.

Stripe has no such resource; its members are objects as their own resources show them. Lists show the newest ten.
"""

from typing import Any

from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse

from customers.api.v1.customers import CustomerObject
from customers.models import Customer
from customers.restkit.expansion import Wire
from customers.restkit.objects import (
    Computed,
    Constant,
    Filled,
    FilledList,
    Plain,
    Text,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.services import customers, test_clocks
from payments.api.v1.payment_methods import PaymentMethodObject
from payments.billing.api.v1 import invoices
from payments.billing.api.v1 import subscription_members as members
from payments.billing.api.v1.invoices import InvoiceObject
from payments.billing.api.v1.subscriptions import SubscriptionObject
from payments.billing.models import Invoice, Subscription
from payments.models import PaymentMethod

SHOWN = 10
_AMOUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}


class CustomerStateObject(WireObject):
    """How things stand with a customer."""

    object = Constant("customer_state")
    amount_due = Computed(lambda _pk: {}, "id", schema=_AMOUNTS)
    balance = Plain()
    currency = Text()
    customer = Filled(CustomerObject)
    default_payment_method = Filled(PaymentMethodObject)
    livemode = Plain()
    open_invoices = FilledList(InvoiceObject)
    subscriptions = FilledList(SubscriptionObject)


class CustomerStateViewSet(V1ViewSet):
    resource = "customers"
    model = Customer
    also_shown = ("invoices", "payment_methods", "subscriptions")
    output = CustomerStateObject

    @classmethod
    def resource_name(cls) -> str:
        return ""  # nothing refers to it

    def retrieve(self, request: HttpRequest, customer: str) -> HttpResponse:  # type: ignore[override]  # no id of its own
        """Retrieve a customer's state."""
        self.refuse_params()
        owner = customers.get_living(customer, param="customer")
        self.at = test_clocks.now_for(owner, self.at)
        wire = self.output.plan().spell_instance(owner)
        wire["customer"] = _customer(owner)
        wire["default_payment_method"] = _default_method(owner)
        owed = Invoice.objects.filter(customer=owner, status=Invoice.Status.OPEN)
        by_currency = owed.order_by().values_list("currency")
        wire["amount_due"] = dict(by_currency.annotate(due=Sum("amount_remaining")))
        wire["open_invoices"] = _newest(owed, InvoiceObject, "/v1/invoices")
        invoices.complete(wire["open_invoices"]["data"])
        running = Subscription.objects.filter(customer=owner).exclude(status__in=Subscription.ENDED)
        wire["subscriptions"] = _newest(running, SubscriptionObject, "/v1/subscriptions")
        members.complete(wire["subscriptions"]["data"])
        return self.answer(wire)


def _customer(owner: Customer) -> Wire:
    plan = CustomerObject.plan()
    return plan.spell(Customer.objects.values_list(*plan.columns).get(pk=owner.pk))


def _default_method(owner: Customer) -> Wire | None:
    plan = PaymentMethodObject.plan()
    rows = PaymentMethod.objects.filter(pk=owner.default_payment_method_id or "")
    row = rows.values_list(*plan.columns).first()
    return None if row is None else plan.spell(row)


def _newest(rows: QuerySet[Any], output: type[WireObject], url: str) -> Wire:
    """Return the list of the newest rows, incomplete objects, with whether there are more."""
    plan = output.plan()
    newest = rows.order_by("-created_at", "-id").values_list(*plan.columns)
    found = list(newest[: SHOWN + 1])
    data = [plan.spell(row) for row in found]
    return {"object": "list", "data": data[:SHOWN], "has_more": len(data) > SHOWN, "url": url}
