"""`/v1/invoiceitems`.

Source: https://docs.stripe.com/api/invoiceitems
"""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import deleted
from customers.kit.errors import InvalidRequest, NotFound
from customers.models import Customer
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.lists import OwnerFilter, ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Expandable,
    ExpandableList,
    Metadata,
    Plain,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.v1 import V1ViewSet
from customers.services import customers, test_clocks
from payments.billing.api.v1 import line_members, tax_members
from payments.billing.api.v1.invoice_inputs import (
    InvoiceitemCreate,
    InvoiceitemUpdate,
    currency_of,
    line_details,
)
from payments.billing.models import Invoice, InvoiceItem, Subscription
from payments.billing.services import discounts, invoice_items, invoices


class InvoiceitemObject(WireObject):
    """Something to be billed, or that an invoice has billed."""

    id = Plain()
    object = Constant("invoiceitem")
    amount = Plain()
    currency = Plain()
    customer = Expandable("customer_id", resource="customer")
    customer_account = Constant(None)
    date = UnixTime("created_at")
    description = Text()
    discountable = Plain("is_discountable")
    discounts = ExpandableList("discount")
    frozen_fields = Constant(None)
    invoice = Expandable("invoice_id", resource="invoice")
    invoicing_rules = Constant(None)
    livemode = Plain()
    metadata = Metadata()
    net_amount = Constant(None)
    parent = Computed(  # type: ignore[assignment]  # a member, not DRF's attribute
        line_members.item_parent, "subscription_id", "subscription_item_id",
        schema=line_members.ITEM_PARENT_SCHEMA,
    )  # fmt: skip
    period = Computed(
        line_members.period, "period_start", "period_end", schema=line_members.PERIOD_SCHEMA
    )
    pricing = Computed(
        line_members.pricing, "price_id", "price__product_id", "unit_amount_decimal",
        schema=line_members.PRICING_SCHEMA,
    )  # fmt: skip
    proration = Plain("is_proration")
    proration_details = Constant(None)
    quantity = Plain()
    quantity_decimal = Computed(
        line_members.decimal, "quantity", schema=line_members.QUANTITY_SCHEMA
    )
    tax_rates = tax_members.TaxRates("tax_rate_ids")
    test_clock = Expandable("test_clock_id", resource="test_helpers.test_clock")


def complete(wires: Sequence[Wire]) -> None:
    """Fill in what items show of other tables, for all of them together."""
    own = discounts.ids_of("invoice_item", [wire["id"] for wire in wires])
    for wire in wires:
        wire["discounts"] = own.get(wire["id"], [])
    tax_members.fill(wires, "tax_rates")


def spelled(item: InvoiceItem) -> Wire:
    """Return an item's wire form."""
    wire = InvoiceitemObject.plan().spell_instance(item)
    complete([wire])
    return wire


class InvoiceitemFilter(V1FilterSet):
    customer = OwnerFilter(IdField(), "customer_id")
    invoice = ParamFilter(IdField(), "invoice_id")
    pending = ParamFilter(inputs.BooleanField(), "invoice", "isnull")


class InvoiceitemViewSet(V1ViewSet):
    resource = "invoices"
    model = InvoiceItem
    output = InvoiceitemObject
    filterset_class = InvoiceitemFilter
    inputs = {"create": InvoiceitemCreate, "update": InvoiceitemUpdate}

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        complete(wires)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(InvoiceitemCreate)
        invoice = invoices.get(body["invoice"], param="invoice") if "invoice" in body else None
        customer = _customer_of(body.get("customer"), invoice)
        test_clocks.check_steady(customer)
        self.at = test_clocks.now_for(customer, self.at)
        subscription = subscription_of(body.get("subscription"), customer)
        currency = body.get("currency") or (invoice.currency if invoice is not None else "")
        details = line_details(body, currency=currency, at=self.at)
        details.setdefault("currency", currency_of(currency, customer))
        wanted = discounts.read(
            body.get("discounts"), param="discounts", customer=customer, at=self.at
        )
        item = invoice_items.create(
            customer, invoice=invoice, subscription=subscription, wanted=wanted, details=details,
            at=self.at,
        )  # fmt: skip
        return self.write(item)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(InvoiceitemUpdate)
        item = self._item(pk)
        details = line_details(body, currency=item.currency, at=self.at)
        wanted = None
        if "discounts" in body:
            wanted = discounts.read(
                body["discounts"], param="discounts", customer=item.customer, at=self.at
            )
        return self.write(invoice_items.update(item, wanted=wanted, details=details, at=self.at))

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        item = invoice_items.delete(self._item(pk), at=self.at)
        return self.answer(deleted(item.pk, "invoiceitem"))

    def _item(self, pk: str) -> InvoiceItem:
        """Return the item of the URL; from now on the request's time is its customer's."""
        item = invoice_items.get(pk)
        test_clocks.check_steady(item.customer)
        self.at = test_clocks.now_for(item.customer, self.at)
        return item


def _customer_of(pk: str | None, invoice: Invoice | None) -> Customer:
    """Return whom an item is for: who is named, or is billed by the invoice that is named.

    Raises:
        InvalidRequest: nobody is.
        NotFound: there is no such customer.
    """
    if pk is not None:
        return customers.get_living(pk)
    if invoice is None:
        raise InvalidRequest(
            "Missing required param: customer.", param="customer", code="parameter_missing"
        )
    return invoice.customer


def subscription_of(pk: str | None, customer: Customer) -> Subscription | None:
    """Return the subscription that is named, which has to be the customer's.

    Raises:
        NotFound: the customer has none with this id.
    """
    if pk is None:
        return None
    found = Subscription.objects.filter(customer=customer, pk=pk).first()
    if found is None:
        raise NotFound(f"No such subscription: '{pk}'", param="subscription")
    return found
