"""`/v1/customers/{customer}/export`: everything that is kept of a customer, streamed."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse

from customers.models import Customer
from customers.restkit.objects import Plain, WireObject
from customers.restkit.v1 import V1ViewSet
from customers.services import customers, privacy


class ExportObject(WireObject):
    """What an export begins with; the lists that follow are not known here, since higher apps add to them."""

    customer = Plain("id")


class CustomerExportViewSet(V1ViewSet):
    """One JSON object with a list of each kind of row, deleted customers' as well; for as long as it takes to read."""

    resource = "privacy"
    model = Customer
    output = ExportObject
    is_described = False  # its lists are those of every other operation

    @classmethod
    def resource_name(cls) -> str:
        return ""  # nothing refers to it

    def export(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Hand out everything that is kept of a customer."""
        self.refuse_params()
        customer = customers.get(pk)
        return StreamingHttpResponse(
            privacy.export(customer, at=self.at),
            content_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{customer.pk}.json"'},
        )
