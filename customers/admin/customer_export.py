"""Everything that is kept of a customer, as a file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.utils.translation import gettext as _

from customers.kit import archives, clock
from customers.models import Customer
from customers.services import privacy
from customers.services.powers import Power

if TYPE_CHECKING:
    from customers.admin.base import TenantAdmin

    _Base = TenantAdmin[Customer]
else:
    _Base = object


class CustomerExport(_Base):
    """The view that hands out a customer's data; mixed into the pages of customers."""

    def export_urls(self) -> list[URLPattern]:
        """Return the view's address."""
        return [self.route("<str:object_id>/export/", self.export, "export_data")]

    def may_export(self, request: HttpRequest) -> bool:
        """Tell whether the operator may take all that is kept of a customer away."""
        return self.allows(request, Power.EDIT_CUSTOMERS)

    def export(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Say what the file has, or hand it out."""
        customer = self.found(request, object_id)
        self.require(self.may_export(request))
        if request.method == "POST":
            return _file(customer)
        context = {
            "title": _("Export the data of %(customer)s") % {"customer": customer},
            "row": customer,
            "customer_url": self.page_url(customer),
        }
        return self.render(request, "admin/customers/customer/export.html", context)


def _file(customer: Customer) -> HttpResponseBase:
    at = clock.now()
    pieces = privacy.export(customer, at=at)
    name = f"{customer.pk}-{at:%Y-%m-%d}.json"
    if privacy.is_large(customer):
        packed = archives.zipped([(name, pieces)])
        return _download(packed, f"{name[:-5]}.zip", "application/zip")
    return _download(pieces, name, "application/json")


def _download(pieces: Iterator[bytes], name: str, kind: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        pieces,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
