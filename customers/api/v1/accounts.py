"""`/v1/account` and `/v1/accounts`: the key's own site (fact F15).

Source: https://docs.stripe.com/api/accounts
"""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime

from django.http import HttpRequest, HttpResponse

from customers.kit import tenancy
from customers.kit.errors import NotFound
from customers.models import Site
from customers.restkit import expansion
from customers.restkit.expansion import Wire
from customers.restkit.lists import Page
from customers.restkit.objects import Computed, Constant, Plain, Text, UnixTime, WireObject
from customers.restkit.v1 import V1ViewSet, json_response

_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def _business_profile(name: str, email: str, phone: str, website: str) -> Wire:
    return {
        "mcc": None,
        "name": name,
        "product_description": None,
        "support_address": _NO_ADDRESS,
        "support_email": email or None,
        "support_phone": phone or None,
        "support_url": None,
        "url": website or None,
    }


def _settings(name: str, timezone: str, color: str) -> Wire:
    return {
        "branding": {"icon": None, "logo": None, "primary_color": color, "secondary_color": None},
        "dashboard": {"display_name": name, "timezone": timezone},
        "payments": {"statement_descriptor": None},
    }


_HASH = {"type": "object", "additionalProperties": True}


class AccountObject(WireObject):
    """A site."""

    id = Plain()
    object = Constant("account")
    business_profile = Computed(
        _business_profile, "name", "support_email", "support_phone", "website", schema=_HASH
    )
    business_type = Constant(None)
    charges_enabled = Constant(True)
    country = Plain()
    created = UnixTime("created_at")
    default_currency = Plain()
    details_submitted = Constant(True)
    email = Text("support_email")
    metadata = Constant({})
    payouts_enabled = Constant(False)
    settings = Computed(_settings, "name", "timezone", "brand_color", schema=_HASH)
    type = Constant("standard")


class AccountViewSet(V1ViewSet):
    resource = "account"
    output = AccountObject

    def retrieve(self, request: HttpRequest, pk: str = "", **parents: str) -> HttpResponse:
        self.refuse_params()
        site = tenancy.current().site
        if pk and pk != site.pk:
            raise NotFound(f"No such account: '{pk}'", param="id", code="account_invalid")
        return self.write(Site.objects.get(pk=site.pk))

    def list(self, request: HttpRequest, **parents: str) -> HttpResponse:
        """List the one account that the key can see; a page behind or before it is empty."""
        expansion.check(self.output, self.expands, in_list=True)
        page = Page.from_params(self.params, self.filterset_class)
        site = Site.objects.get(pk=tenancy.current().site.pk)
        cursor = page.starting_after or page.ending_before
        if cursor and cursor != site.pk:
            param = "starting_after" if page.starting_after else "ending_before"
            raise NotFound(f"No such account: '{cursor}'", param=param)
        is_shown = not cursor and page.page == 1 and _fits(page.filters, site.created_at)
        data = [self.output.plan().spell_instance(site)] if is_shown else []
        return json_response(
            {"object": "list", "data": data, "has_more": False, "url": request.path}
        )


_COMPARISONS: dict[str, Callable[[datetime, datetime], bool]] = {
    "created": lambda made, wanted: made.replace(microsecond=0) == wanted,
    "created[gt]": operator.gt,
    "created[gte]": operator.ge,
    "created[lt]": operator.lt,
    "created[lte]": operator.le,
}


def _fits(filters: Mapping[str, datetime], created_at: datetime) -> bool:
    return all(_COMPARISONS[name](created_at, wanted) for name, wanted in filters.items())
