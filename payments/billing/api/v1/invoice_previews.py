"""`/v1/invoices/create_preview`.

Source: https://docs.stripe.com/api/invoices/create_preview
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from customers.kit.errors import InvalidRequest
from customers.kit.registry import Lookup
from customers.models import Customer
from customers.restkit import expansion, inputs
from customers.restkit.id_inputs import IdField
from customers.restkit.searches import Searchable
from customers.services import customers, test_clocks
from payments.billing.api.v1 import invoices as wire
from payments.billing.api.v1.discount_inputs import DiscountsField
from payments.billing.api.v1.invoice_inputs import PreviewItemHash, currency_of, line_details
from payments.billing.api.v1.subscription_previews import PreviewsSubscriptions
from payments.billing.models import Invoice, InvoiceLine
from payments.billing.services import discounts, invoice_items, invoices
from payments.billing.services.invoice_lines import NewLine

Made = tuple[Invoice, list[InvoiceLine]]
Preview = Callable[
    [Customer | None, Mapping[str, Any], Callable[..., list[NewLine]], datetime], Made
]
previews: Lookup[Preview] = Lookup("invoices.previews")
"""Under `subscription`: what previews an invoice where one of `OF_SUBSCRIPTIONS` was sent. It gets the customer, if one
was named, the body as `InvoicePreview` reads it, a function from currency to the lines of `invoice_items`, and the
time, and runs in a transaction that is rolled back."""

OF_SUBSCRIPTIONS = frozenset(
    {"subscription", "subscription_details", "schedule", "schedule_details"}
)


class InvoicePreview(PreviewsSubscriptions):
    currency = inputs.CurrencyField()
    customer = IdField()
    discounts = DiscountsField()
    invoice_items = inputs.ListField(inputs.HashField(PreviewItemHash), max_items=100)


class Previewing(Searchable):
    """The action that shows an invoice which is not made."""

    def create_preview(self, request: HttpRequest) -> HttpResponse:
        """Show the invoice that would be made; nothing of it stays."""
        body = self.read(InvoicePreview)
        customer = customers.get_living(body["customer"]) if "customer" in body else None
        self.at = test_clocks.now_for(customer, self.at)
        with transaction.atomic():
            if OF_SUBSCRIPTIONS & body.keys() and "subscription" in previews:
                made = previews["subscription"](
                    customer, body, self._lines_for(customer, body), self.at
                )
            else:
                made = self._of_items(customer, body)
            shown = self._shown(*made)
            transaction.set_rollback(True)
        return self.answer(shown)

    def _of_items(self, customer: Customer | None, body: Mapping[str, Any]) -> Made:
        if customer is None:
            raise InvalidRequest(
                "Missing required param: customer.", param="customer", code="parameter_missing"
            )
        currency = currency_of(body.get("currency"), customer)
        wanted = None
        if "discounts" in body:
            wanted = discounts.read(
                body["discounts"], param="discounts", customer=customer, at=self.at
            )
        return invoices.preview(
            customer=customer, currency=currency, lines=self._lines_for(customer, body)(currency),
            period_start=self.at, period_end=self.at, wanted=wanted, at=self.at,
        )  # fmt: skip

    def _lines_for(
        self, customer: Customer | None, body: Mapping[str, Any]
    ) -> Callable[..., list[NewLine]]:
        """Return what makes the lines of `invoice_items`, for an invoice in a currency."""

        def lines(currency: str, owner: Customer | None = customer) -> list[NewLine]:
            if owner is None:
                return []
            return [
                self._line(owner, said, f"invoice_items[{place}]", currency)
                for place, said in enumerate(body.get("invoice_items", ()))
            ]

        return lines

    def _line(
        self, customer: Customer, said: Mapping[str, Any], param: str, currency: str
    ) -> NewLine:
        details = line_details(said, currency=currency, param=param, at=self.at)
        details["currency"] = currency
        return invoice_items.loose_line(customer, details=details, at=self.at)

    def _shown(self, invoice: Invoice, lines: list[InvoiceLine]) -> dict[str, Any]:
        """Return a preview's wire form, under an id that nothing has."""
        invoice.pk = f"upcoming_{invoice.pk}"
        for line in lines:
            line.invoice_id = invoice.pk
        shown = wire.spelled_unsaved(invoice, lines)
        paths = expansion.check(self.output, self.expands)
        self.expands = []
        expansion.expand([shown], self.output, paths)  # while what is shown is there
        return shown
