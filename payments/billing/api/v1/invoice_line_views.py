"""The actions of `/v1/invoices/{invoice}/lines`.

Source: https://docs.stripe.com/api/invoice-line-item
"""

from django.http import HttpRequest, HttpResponse

from customers.kit.errors import NotFound
from customers.restkit import expansion
from customers.restkit.lists import Page, V1FilterSet
from customers.restkit.v1 import V1ViewSet, json_response
from customers.services import test_clocks
from payments.billing.api.v1.invoice_inputs import LineItemUpdate, line_details
from payments.billing.api.v1.invoice_lines import LineItemObject
from payments.billing.models import InvoiceLine
from payments.billing.services import discounts, invoices, line_changes


class OrderedFilter(V1FilterSet):
    """An invoice's lines are narrowed by nothing."""

    @classmethod
    def get_filters(cls) -> dict[str, object]:  # type: ignore[override]  # any mapping will do
        return {}


class InvoiceLineViewSet(V1ViewSet):
    resource = "invoices"
    model = InvoiceLine
    output = LineItemObject
    filterset_class = OrderedFilter
    parent = "invoice_id"
    parent_name = "invoice"
    inputs = {"update": LineItemUpdate}

    def list(self, request: HttpRequest, **parents: str) -> HttpResponse:
        """List an invoice's lines in the order in which they stand on it."""
        page = Page.from_params(self.params, self.filterset_class)
        paths = expansion.check(self.output, self.expands, in_list=True)
        owner = invoices.get(parents["invoice"], param="invoice")
        rows = InvoiceLine.objects.filter(invoice=owner)
        cursor = page.starting_after or page.ending_before
        order = "-position" if page.ending_before else "position"
        if cursor:
            place = rows.filter(pk=cursor).values_list("position", flat=True).first()
            if place is None:
                name = "starting_after" if page.starting_after else "ending_before"
                raise NotFound(f"No such line item: '{cursor}'", param=name)
            rows = rows.filter(**{f"position__{'lt' if page.ending_before else 'gt'}": place})
        start = (page.page - 1) * page.limit
        found = rows.order_by(order).values_list(*self.columns())
        shown = [self.spell(row) for row in found[start : start + page.limit + 1]]
        data = shown[: page.limit]
        if page.ending_before:
            data.reverse()
        expansion.expand(data, self.output, paths)
        return json_response(
            {
                "object": "list",
                "data": data,
                "has_more": len(shown) > page.limit,
                "url": request.path,
            }
        )

    def update(self, request: HttpRequest, invoice: str, pk: str) -> HttpResponse:
        body = self.read(LineItemUpdate)
        owner = invoices.get(invoice, param="invoice")
        test_clocks.check_steady(owner.customer)
        self.at = test_clocks.now_for(owner.customer, self.at)
        line = line_changes.get(owner, pk)
        details = line_details(body, currency=owner.currency, at=self.at)
        wanted = None
        if "discounts" in body:
            wanted = discounts.read(
                body["discounts"], param="discounts", customer=owner.customer, at=self.at
            )
        line_changes.change(owner, [(line, details, wanted)], at=self.at)
        return self.write(line_changes.get(owner, pk))
