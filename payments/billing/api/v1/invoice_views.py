"""The actions of `/v1/invoices`.

Source: https://docs.stripe.com/api/invoices
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import deleted
from customers.kit import statements
from customers.kit.errors import InvalidRequest
from customers.kit.search_language import Query
from customers.models import Customer
from customers.restkit import inputs
from customers.restkit.expansion import Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.lists import OwnerFilter, ParamFilter, V1FilterSet, WithinSecond
from customers.restkit.searches import SearchQuery
from customers.services import customers, test_clocks
from payments.billing.api.v1 import invoices as wire
from payments.billing.api.v1.invoice_inputs import (
    InvoiceAddLines,
    InvoiceAttachPayment,
    InvoiceCreate,
    InvoiceFinalize,
    InvoicePay,
    InvoiceRemoveLines,
    InvoiceUpdate,
    InvoiceUpdateLines,
    currency_of,
    line_details,
    shipping_rate_of,
)
from payments.billing.api.v1.invoice_items import subscription_of
from payments.billing.api.v1.invoice_previews import InvoicePreview, Previewing
from payments.billing.api.v1.invoices import InvoiceObject
from payments.billing.models import Invoice, InvoiceItem, Subscription
from payments.billing.services import (
    discounts,
    invoice_items,
    invoice_revisions,
    invoices,
    line_changes,
    search,
    tax_rates,
)
from payments.billing.services.discounts import Wanted
from payments.models import PaymentMethod
from payments.services import payment_intents, payment_methods


class InvoiceFilter(V1FilterSet):
    collection_method = ParamFilter(
        inputs.ChoiceField(Subscription.Collection.values), "collection_method"
    )
    customer = OwnerFilter(IdField(), "customer_id")
    due_date = WithinSecond(inputs.TimestampField(), "due_at")
    status = ParamFilter(inputs.ChoiceField(Invoice.Status.values), "status")
    subscription = OwnerFilter(IdField(), "subscription_id")

    @classmethod
    def get_filters(cls) -> dict[str, Any]:  # type: ignore[override]  # any mapping will do
        due = {
            f"due_date[{lookup}]": ParamFilter(inputs.TimestampField(), "due_at", lookup)
            for lookup in ("gt", "gte", "lt", "lte")
        }
        return {**super().get_filters(), **due}


class InvoiceViewSet(Previewing):
    resource = "invoices"
    model = Invoice
    output = InvoiceObject
    filterset_class = InvoiceFilter
    phased = frozenset({"pay", "void_invoice"})
    compared_whole = frozenset({"customer", "metadata", "subscription"})
    inputs = {
        "create": InvoiceCreate,
        "update": InvoiceUpdate,
        "add_lines": InvoiceAddLines,
        "attach_payment": InvoiceAttachPayment,
        "create_preview": InvoicePreview,
        "finalize_invoice": InvoiceFinalize,
        "pay": InvoicePay,
        "remove_lines": InvoiceRemoveLines,
        "search": SearchQuery,
        "update_lines": InvoiceUpdateLines,
    }

    @classmethod
    def complete(cls, wires: Sequence[Wire]) -> None:
        wire.complete(wires)

    @classmethod
    def matching(cls, query: Query) -> QuerySet[Any]:
        return search.invoices_matching(query)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(InvoiceCreate)
        if "from_invoice" in body:
            return self.write(self._revision(body))
        customer = self._billed(body)
        subscription = subscription_of(body.pop("subscription", None), customer)
        pending = body.pop("pending_invoice_items_behavior", "exclude") == "include"
        currency = body.pop("currency", None)
        if currency is None and subscription is not None:
            currency = subscription.currency
        currency = currency_of(currency, customer)
        details = self._details(body, customer, currency)
        invoice = invoices.draft(
            customer=customer, currency=currency, subscription=subscription,
            period_start=self.at, period_end=self.at, takes_pending=pending, at=self.at, **details,
        )  # fmt: skip
        return self.write(invoice)

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(InvoiceUpdate)
        invoice = self._invoice(pk)
        details = self._details(body, invoice.customer, invoice.currency)
        return self.write(invoices.update(invoice, details=details, at=self.at))

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        invoice = invoices.delete(self._invoice(pk), at=self.at)
        return self.answer(deleted(invoice.pk, "invoice"))

    def finalize_invoice(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Make a draft a bill, which no longer changes."""
        body = self.read(InvoiceFinalize)
        auto_advance = body.get("auto_advance")
        return self.write(
            invoices.finalize(self._invoice(pk), auto_advance=auto_advance, at=self.at)
        )

    def pay(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Try to collect an invoice at once, or write down that it was paid elsewhere."""
        body = self.read(InvoicePay)
        invoice = self._invoice(pk)
        if body.pop("paid_out_of_band", False):
            if body:
                raise InvalidRequest(
                    "What was paid out of band is not charged, so `paid_out_of_band` is sent alone.",
                    param="paid_out_of_band",
                )
            return self.write(invoices.pay_out_of_band(invoice, at=self.at))
        invoice = invoices.pay(
            invoice,
            method=self._method(body, invoice.customer),
            off_session=body.get("off_session", True),
            mandate=body.get("mandate", ""),
            request_key=self.request_key,
            at=self.at,
        )
        return self.write(invoice)

    def attach_payment(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Put a payment that was made apart from an invoice to it."""
        body = self.read(InvoiceAttachPayment)
        invoice = self._invoice(pk)
        intent = payment_intents.get(body["payment_intent"], param="payment_intent")
        return self.write(invoices.attach_payment(invoice, intent, at=self.at))

    def send_invoice(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Send an invoice to its customer, finalizing it first where it is a draft."""
        self._take_none()
        return self.write(invoices.send(self._invoice(pk), at=self.at))

    def void_invoice(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Make an invoice void: nothing is to be paid of it any more."""
        self._take_none()
        invoice = invoices.void(self._invoice(pk), at=self.at)
        invoices.call_off(invoice, at=self.at)
        return self.write(invoice)

    def mark_uncollectible(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Give an invoice up as a bad debt; it can still be paid."""
        self._take_none()
        return self.write(invoices.mark_uncollectible(self._invoice(pk), at=self.at))

    def add_lines(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Put lines on a draft."""
        body = self.read(InvoiceAddLines)
        invoice = self._invoice(pk)
        wanted = [self._new_line(line, invoice, place) for place, line in enumerate(body["lines"])]
        metadata = body.get("invoice_metadata")
        return self.write(line_changes.add(invoice, wanted, metadata=metadata, at=self.at))

    def update_lines(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Change lines of a draft."""
        body = self.read(InvoiceUpdateLines)
        invoice = self._invoice(pk)
        changes = []
        for place, said in enumerate(body["lines"]):
            param = f"lines[{place}]"
            line = line_changes.get(invoice, said["id"], param=f"{param}[id]")
            details = line_details(said, currency=invoice.currency, param=param, at=self.at)
            wanted = self._discounts(said, invoice.customer, f"{param}[discounts]")
            changes.append((line, details, wanted))
        metadata = body.get("invoice_metadata")
        return self.write(line_changes.change(invoice, changes, metadata=metadata, at=self.at))

    def remove_lines(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Take lines off a draft."""
        body = self.read(InvoiceRemoveLines)
        invoice = self._invoice(pk)
        removals = [
            (line_changes.get(invoice, said["id"], param=f"lines[{place}][id]"), said["behavior"])
            for place, said in enumerate(body["lines"])
        ]
        metadata = body.get("invoice_metadata")
        return self.write(line_changes.remove(invoice, removals, metadata=metadata, at=self.at))

    # -- inside --------------------------------------------------------------------------------------------------------

    def _take_none(self) -> None:
        self.refuse_params()
        self.has_read = True

    def _invoice(self, pk: str) -> Invoice:
        """Return the invoice of the URL; from now on the request's time is its customer's."""
        invoice = invoices.get(pk)
        test_clocks.check_steady(invoice.customer)
        self.at = test_clocks.now_for(invoice.customer, self.at)
        return invoice

    def _billed(self, body: dict[str, Any]) -> Customer:
        """Return who is billed: who is named, or has the email address, or is made with it (rule R4).

        Raises:
            InvalidRequest: nobody is named.
            NotFound: there is no such customer.
        """
        pk, email = body.pop("customer", None), body.pop("email", None)
        name = body.pop("name", "")
        if pk is None and email is None:
            raise InvalidRequest(
                "Missing required param: customer.", param="customer", code="parameter_missing"
            )
        if pk is not None and email is not None:
            raise InvalidRequest(
                "You may only specify one of these parameters: customer, email.", param="email"
            )
        if pk is not None:
            customer = customers.get_living(pk)
        else:
            details = {"email": email, "name": name}
            customer, _ = customers.match_or_create("email", email, details=details, at=self.at)
            statements.insert_gathered()  # what is made next reads and locks the customer
        test_clocks.check_steady(customer)
        self.at = test_clocks.now_for(customer, self.at)
        return customer

    def _revision(self, body: dict[str, Any]) -> Invoice:
        """Make a draft of a finalized invoice, which it takes the place of."""
        pk = body.pop("from_invoice")["invoice"]
        fixed = min(body.keys() & _OF_ORIGINAL, default=None)
        if fixed is not None:
            raise InvalidRequest(
                "You may not specify this parameter with `from_invoice`: it is as the original says.",
                param=fixed,
            )
        original = invoices.get(pk, param="from_invoice[invoice]")
        test_clocks.check_steady(original.customer)
        self.at = test_clocks.now_for(original.customer, self.at)
        details = self._details(body, original.customer, original.currency)
        return invoice_revisions.draft(original, details=details, at=self.at)

    def _details(
        self, body: Mapping[str, Any], customer: Customer, currency: str
    ) -> dict[str, Any]:
        """Return a body in the terms of the service."""
        details = {name: value for name, value in body.items() if name not in _RESHAPED}
        if "discounts" in body:
            details["wanted"] = self._discounts(body, customer, "discounts")
        if "default_tax_rates" in body:
            chosen = body["default_tax_rates"]
            details["tax_rate_ids"] = tax_rates.resolve(chosen, param="default_tax_rates")
        if "default_payment_method" in body:
            pk = body["default_payment_method"]
            details["default_payment_method"] = pk and payment_methods.get_own(
                customer, pk, param="default_payment_method"
            )
        if "shipping_cost" in body:
            said = body["shipping_cost"]
            details["shipping_rate"] = shipping_rate_of(said, currency, at=self.at)
        if "rendering" in body:
            said = body["rendering"]
            details["rendering"] = {
                name: value for name, value in said.items() if name != "pdf"
            } | said.get("pdf", {})
        return details

    def _discounts(
        self, body: Mapping[str, Any], customer: Customer, param: str
    ) -> list[Wanted] | None:
        if "discounts" not in body:
            return None
        return discounts.read(body["discounts"], param=param, customer=customer, at=self.at)

    def _method(self, body: Mapping[str, Any], customer: Customer) -> PaymentMethod | None:
        """Return the method that is named, to pay with."""
        named = [name for name in ("payment_method", "source") if name in body]
        if len(named) > 1:
            raise InvalidRequest(
                "You may only specify one of these parameters: payment_method, source.",
                param="source",
            )
        if not named:
            return None
        return payment_methods.payable(
            body[named[0]], customer, param=named[0], request_key=self.request_key, at=self.at
        )

    def _new_line(
        self, said: Mapping[str, Any], invoice: Invoice, place: int
    ) -> tuple[InvoiceItem | None, Mapping[str, Any], list[Wanted]]:
        """Return what one element of `add_lines` asks for."""
        param = f"lines[{place}]"
        if "invoice_item" in said:
            others = said.keys() - {"invoice_item"}
            if others:
                name = min(others)
                raise InvalidRequest(
                    "A line of an invoice item that is there takes what that says.",
                    param=f"{param}[{name}]",
                )
            item = invoice_items.get(said["invoice_item"], param=f"{param}[invoice_item]")
            return item, {}, []
        details = line_details(said, currency=invoice.currency, param=param, at=self.at)
        wanted = self._discounts(said, invoice.customer, f"{param}[discounts]") or []
        return None, details, wanted


_RESHAPED = frozenset(
    {
        "discounts",
        "default_tax_rates",
        "default_payment_method",
        "issuer",
        "rendering",
        "shipping_cost",
    }
)
_OF_ORIGINAL = frozenset(
    {"currency", "customer", "email", "name", "pending_invoice_items_behavior", "subscription"}
)
