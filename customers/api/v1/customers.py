"""`/v1/customers`.

Source: https://docs.stripe.com/api/customers; the members that are not Stripe's are RevKeen's and Pelcro's (rules R3,
P9, P10) and are left out of objects that do not use them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.v1 import customer_members, customer_methods
from customers.api.v1.addresses import (
    AddressHash,
    AddressObject,
    PostalAddress,
    ShippingHash,
    deleted,
)
from customers.api.v1.cash_balances import CashBalanceHash
from customers.api.v1.discounts import DiscountObject
from customers.api.v1.tax_ids import TaxIdObject
from customers.kit import tenancy
from customers.kit.errors import NotFound
from customers.kit.search_language import Query
from customers.models import Customer
from customers.restkit import inputs
from customers.restkit.expansion import Included, Wire
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import EMPTIED, Input
from customers.restkit.lists import OwnerFilter, ParamFilter, V1FilterSet
from customers.restkit.matches import MatchHash, matched, not_with_method
from customers.restkit.objects import (
    Computed,
    Constant,
    Embedded,
    EmbeddedMember,
    EmbeddedWhole,
    Expandable,
    Json,
    Metadata,
    Plain,
    Spelled,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.searches import Searchable, SearchQuery
from customers.services import (
    customers,
    email_addresses,
    organizations,
    paying,
    search,
    tax_locations,
    test_clocks,
)

LANGUAGES = ("en", "fr", "it", "ko", "es", "th", "ja")
TAX_EXEMPT = {
    Customer.TaxExempt.NONE: "none",
    Customer.TaxExempt.EXEMPT: "exempt",
    Customer.TaxExempt.REVERSE: "reverse",
}
_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), "")


class InvoiceCustomField(Input):
    name = inputs.TextField(required=True, emptied=..., max_length=40)
    value = inputs.TextField(required=True, emptied=..., max_length=140)


class RenderingOptions(Input):
    amount_tax_display = inputs.ChoiceField(["exclude_tax", "include_inclusive_tax"], emptied=None)


class InvoiceSettingsHash(Input):
    custom_fields = inputs.ListField(
        inputs.HashField(InvoiceCustomField), max_items=4, emptied=None
    )
    default_payment_method = IdField(emptied=None)
    footer = inputs.TextField()
    rendering_options = inputs.HashField(RenderingOptions, emptied=None)


class TaxHash(Input):
    ip_address = inputs.IPAddressField(max_length=45, emptied=None)
    validate_location = inputs.ChoiceField(["deferred", "immediately"])


class TaxIdDatum(Input):
    type = inputs.TextField(required=True, emptied=..., max_length=40)
    value = inputs.TextField(required=True, emptied=..., max_length=64)


class CustomerDetails(Input):
    """What a customer is made with and changed by."""

    address = inputs.HashField(AddressHash, emptied=EMPTIED)
    balance = inputs.IntegerField()
    business_name = inputs.TextField(max_length=150)
    cash_balance = inputs.HashField(CashBalanceHash)
    coupon = IdField(emptied="")
    custom_fields = inputs.ValuesField()
    description = inputs.TextField()
    display_name = inputs.TextField(max_length=100)
    email = inputs.EmailField(max_length=512)
    external_id = inputs.TextField(max_length=255)
    first_name = inputs.TextField(max_length=255)
    individual_name = inputs.TextField(max_length=150)
    invoice_prefix = inputs.TextField(
        max_length=12,
        emptied=...,
        pattern=r"[A-Z0-9]{1,12}",
        wording="must be 1-12 uppercase letters or numbers",
    )
    invoice_settings = inputs.HashField(InvoiceSettingsHash, emptied={})
    language = inputs.ChoiceField(LANGUAGES, emptied="")
    last_name = inputs.TextField(max_length=255)
    mail_marketing = inputs.BooleanField(emptied=None)
    metadata = inputs.MetadataField()
    name = inputs.TextField()
    next_invoice_sequence = inputs.IntegerField(min_value=1, max_value=10**12)
    organization = inputs.TextField(max_length=150)  # a name, too
    payment_method = IdField()
    phone = inputs.TextField(max_length=64)
    preferred_currency = inputs.CurrencyField(emptied="")
    preferred_locales = inputs.ListField(inputs.LocaleField(emptied=...), max_items=20, emptied=[])
    promotion_code = IdField(emptied="")
    shipping = inputs.HashField(ShippingHash, emptied=EMPTIED)
    skip_email_dns_validations = inputs.BooleanField()
    # DRF takes declared fields off the class, so that its own `source` stays what it is.
    source = IdField()  # type: ignore[assignment]  # as the comment says
    tax = inputs.HashField(TaxHash)
    tax_exempt = inputs.ChoiceField(TAX_EXEMPT.values(), emptied="none")
    tele_marketing = inputs.BooleanField(emptied=None)
    timezone = inputs.TimeZoneField(max_length=64)
    username = inputs.TextField(
        max_length=100,
        pattern=r"[A-Za-z0-9_\-]+",
        wording="use letters, digits, underscores and hyphens",
    )


class CustomerUpdate(CustomerDetails):
    default_source = IdField()


class CustomerCreate(CustomerDetails):
    import_payment_methods = inputs.BooleanField()
    match = inputs.HashField(MatchHash)
    payment_gateway_id = IdField()
    tax_id_data = inputs.ListField(inputs.HashField(TaxIdDatum), max_items=5)
    test_clock = IdField()


class CustomerFilter(V1FilterSet):
    # The second condition is the one that the index knows; the first keeps the filter case-sensitive (rule S15).
    email = ParamFilter(
        inputs.TextField(max_length=512), "email", also=lambda value: {"email__iexact": value}
    )
    external_id = ParamFilter(inputs.TextField(max_length=255), "external_id")
    organization = ParamFilter(IdField(), "organization_id")
    test_clock = OwnerFilter(IdField(), "test_clock_id")
    username = ParamFilter(inputs.TextField(max_length=100), "username")

    @classmethod
    def unasked(cls, qs: QuerySet[Any], asked: Collection[str]) -> QuerySet[Any]:
        """Leave out the customers on test clocks, unless the list is one clock's (rule S15)."""
        return qs if "test_clock" in asked else qs.filter(test_clock__isnull=True)


class ShippingObject(WireObject):
    """Where things are sent."""

    address = Embedded(PostalAddress)
    name = Text()
    phone = Text()


class CustomerObject(WireObject):
    """A customer."""

    id = Plain()
    object = Constant("customer")
    address = EmbeddedMember(
        PostalAddress,
        "default_addresses",
        "billing",
        attribute="addresses_shown",
        relation="addresses",
    )
    balance = Plain()
    created = UnixTime("created_at")
    currency = Text()
    default_source = customer_members.DefaultSource()
    delinquent = Plain("is_delinquent")
    description = Text()
    discount = EmbeddedWhole(DiscountObject, "discount_shown")
    email = Text()
    invoice_prefix = Plain()
    invoice_settings = customer_members.InvoiceSettings()
    livemode = Plain()
    metadata = Metadata()
    name = Text("full_name", attribute="shown_name")
    next_invoice_sequence = Plain()
    phone = Text()
    preferred_locales = Plain()
    shipping = EmbeddedMember(
        ShippingObject,
        "default_addresses",
        "shipping",
        attribute="addresses_shown",
        relation="addresses",
    )
    tax_exempt = Spelled(TAX_EXEMPT)
    test_clock = Expandable("test_clock_id", resource="test_helpers.test_clock")

    business_name = Text("organization_name", optional=True)
    custom_fields = Json(optional=True)
    display_name = Text(optional=True)
    external_id = Text(optional=True)
    first_name = Text(optional=True)
    individual_name = Text(optional=True)
    language = Computed(
        lambda locales: locales[0] if locales else None,
        "preferred_locales",
        optional=True,
        schema={"type": "string"},
    )
    last_name = Text(optional=True)
    mail_marketing = Plain(optional=True)
    organization = Expandable("organization_id", resource="organization", optional=True)
    preferred_currency = Text(optional=True)
    tele_marketing = Plain(optional=True)
    timezone = Text(optional=True)
    username = Text(optional=True)

    addresses = Included(customer_members.addresses, of=AddressObject, is_list=True)
    cash_balance = Included(customer_members.cash_balances, of=customer_members.CashBalanceObject)
    invoice_credit_balance = Included(customer_members.invoice_credit_balances, of=None)
    sources = Included(customer_members.sources, resource="payment_source", is_list=True)
    subscriptions = Included(customer_members.subscriptions, resource="subscription", is_list=True)
    tax = Included(customer_members.taxes, of=customer_members.TaxObject)
    tax_ids = Included(customer_members.tax_ids, of=TaxIdObject, is_list=True)


class CustomerViewSet(Searchable):
    resource = "customers"
    model = Customer
    output = CustomerObject
    filterset_class = CustomerFilter
    extra_columns = ("deleted_at",)
    compared_whole = frozenset({"email", "external_id", "metadata", "phone", "username"})
    substrings = frozenset({"email", "name", "organization", "phone"})
    only_inserting = frozenset({"create"})
    inputs = {
        "create": CustomerCreate,
        "update": CustomerUpdate,
        "search": SearchQuery,
    }

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return Customer.objects.living()

    @classmethod
    def all_rows(cls) -> QuerySet[Any]:
        return Customer.objects.filter(merged_into=None)  # those are found by their other names

    @classmethod
    def matching(cls, query: Query) -> QuerySet[Any]:
        return search.matching(query)

    @classmethod
    def spell(cls, row: Sequence[Any]) -> Wire:
        wire = cls.output.plan().spell(row)
        return wire if row[-1] is None else deleted(wire["id"], "customer")

    def is_phased(self) -> bool:
        return self.action in {"create", "update"} and not self.params.keys().isdisjoint(
            customer_methods.BRINGING
        )

    def is_only_inserting(self) -> bool:
        return super().is_only_inserting() and self.params.keys().isdisjoint(_LOCKED)

    def prepare(self, body: Mapping[str, Any]) -> None:
        email = body.get("email")
        if isinstance(email, str) and email:
            skip = str(body.get("skip_email_dns_validations", "")).lower() == "true"
            email_addresses.check_deliverable(tenancy.current().site, email, skip=skip)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(CustomerCreate)
        match = body.pop("match", None)
        customer_methods.check_import(body)
        self._live_by_clock(body)
        if self.is_phased():
            customer = self._created_with_method(body, has_match=match is not None)
            return self.warned(self.write(customer), email_addresses.warnings_of(customer))
        customer_methods.take_default(body)
        details = details_of(body)
        if match is None:
            customer = customers.create(details=details, at=self.at)
        else:
            match_on = match["on"]
            customer, _ = customers.match_or_create(
                match_on, matched(match_on, body), details=details, at=self.at
            )
        return self.warned(self.write(customer), email_addresses.warnings_of(customer))

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(CustomerUpdate)
        customer = self._living(pk)
        details = details_of(body, customer)
        if self.is_phased():
            told = {"id": customer.pk, "email": customer.email, "name": customer.shown_name}
            details["attachment"] = self._attachment(body, told)
        customer = customers.update(customer, details=details, at=self.at)
        if "source" in body:
            paying.replaced(customer, at=self.at)
        return self.warned(self.write(customer), email_addresses.warnings_of(customer))

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        customer = customers.delete(self._living(pk), at=self.at)
        return self.answer(deleted(customer.pk, "customer"))

    def delete_metadata(self, request: HttpRequest, pk: str, key: str) -> HttpResponse:
        """Take one key out of a customer's metadata (rule P4)."""
        self.refuse_params()
        customer = self._living(pk)
        if key not in customer.metadata:
            raise NotFound(f"The customer's metadata has no key '{key}'.", param="key")
        return self.write(customers.update(customer, details={"metadata": {key: ""}}, at=self.at))

    def _living(self, pk: str) -> Customer:
        """Return the customer of the URL; from now on the request's time is the customer's."""
        customer = customers.get_living(pk, param="id")
        self.at = test_clocks.now_for(customer, self.at)
        return customer

    def _live_by_clock(self, body: dict[str, Any]) -> None:
        """Put a new customer's clock into the body in its id's place; from now on the request's time is the clock's."""
        if body.get("test_clock"):
            body["test_clock"] = test_clocks.for_new_customer(body["test_clock"])
            self.at = test_clocks.read(body["test_clock"], self.at)
        else:
            body.pop("test_clock", None)

    def _created_with_method(self, body: dict[str, Any], *, has_match: bool) -> Customer:
        """Make a customer with a payment method; the same request finds the one that it made."""
        if has_match:
            raise not_with_method()
        customer_methods.take_default(body)
        param = customer_methods.param_of(body)
        return customers.create_paying(
            param, body[param], details=details_of(body), request_key=self.request_key, at=self.at
        )

    def _attachment(
        self, body: Mapping[str, Any], customer: Mapping[str, str]
    ) -> paying.Attachment:
        param = customer_methods.param_of(body)
        return paying.prepare(
            param, body[param], customer=customer, request_key=self.request_key, at=self.at
        )


def details_of(body: dict[str, Any], customer: Customer | None = None) -> dict[str, Any]:
    """Return a body in the terms of the service.

    Args:
        customer: the one that it changes.
    """
    details = {key: value for key, value in body.items() if key not in _RESHAPED}
    if "address" in body:
        details["address"] = None if body["address"] is None else _NO_ADDRESS | body["address"]
    if "shipping" in body:
        details["shipping"] = _shipping(body["shipping"])
    if "cash_balance" in body:
        mode = body["cash_balance"].get("settings", {}).get("reconciliation_mode")
        details |= {"cash_balance_mode": mode} if mode else {}
    if "tax" in body:
        details |= _tax(body, customer)
    if "invoice_settings" in body:
        details |= _invoice_settings(body["invoice_settings"])
    if "tax_id_data" in body:
        details["tax_id_data"] = [(datum["type"], datum["value"]) for datum in body["tax_id_data"]]
    if body.get("organization", "").startswith("org_"):
        details["organization"] = organizations.get(body["organization"])
    return details


_LOCKED = frozenset({"coupon", "promotion_code", "test_clock"})
"""What is counted, or held, while a customer is made."""
_RESHAPED = customer_methods.BRINGING | {
    "address", "shipping", "cash_balance", "tax", "tax_id_data", "skip_email_dns_validations",
    "invoice_settings", "import_payment_methods",
}  # fmt: skip


def _invoice_settings(body: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in body.items() if name != "default_payment_method"}
    if "default_payment_method" not in body:
        return {"invoice_settings": rest}
    chosen = {"default_payment_method": body["default_payment_method"]}
    return {"invoice_settings": rest, **chosen} if rest else chosen


def _shipping(body: dict[str, Any] | None) -> dict[str, Any] | None:
    if body is None:
        return None
    return {**_NO_ADDRESS, **body["address"], "name": body["name"], "phone": body.get("phone", "")}


def _tax(body: dict[str, Any], customer: Customer | None) -> dict[str, Any]:
    tax = body["tax"]
    if tax.get("validate_location") == "immediately":
        known = customers.get(customer.pk) if customer else None  # with its addresses
        tax_locations.check(_shipping_country(body, known) or _billing_country(body, known))
    return {"tax_ip_address": tax["ip_address"]} if "ip_address" in tax else {}


def _shipping_country(body: dict[str, Any], customer: Customer | None) -> str:
    if "shipping" in body:
        return (body["shipping"] or {}).get("address", {}).get("country") or ""
    return customer.shipping.country if customer and customer.shipping else ""


def _billing_country(body: dict[str, Any], customer: Customer | None) -> str:
    if "address" in body:
        return (body["address"] or {}).get("country") or ""
    return customer.billing.country if customer and customer.billing else ""
