"""What Omise's clients can ask for and Keeptab does not offer: a clear answer instead of a path that leads nowhere."""

from django.http import HttpRequest, HttpResponse

from customers.restkit import omise_errors
from customers.restkit.omise import OmiseViewSet

REASONS = {
    "chains": "accounts are not chained: each merchant is a site of its own",
    "receipts": "the payment gateway writes receipts of its fees, and keeps them",
    "recipients": "money is paid out by the payment gateway, to the account that is set up there",
    "transfers": "money is paid out by the payment gateway, to the account that is set up there",
}
"""Why, by the first segment of the path."""


class NotOfferedViewSet(OmiseViewSet):
    """Every verb on every path of a resource that is not offered."""

    resource = "account"

    def refuse_all(self, request: HttpRequest, **parents: str) -> HttpResponse:
        """Say that the resource is not offered, and why."""
        noun = next(part for part in request.path.split("/") if part in REASONS)
        said = f"Keeptab does not offer {noun}: {REASONS[noun]}."
        return omise_errors.plain(404, "service_not_found", said)
