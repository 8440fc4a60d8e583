"""The addresses of the dashboard, and a row for each of them."""

import re

from django.contrib import admin
from django.urls import URLPattern

from customers.kit import clock, tenancy
from customers.services import erasures
from tests.factories.billing import CreditNoteFactory, InvoiceFactory, SubscriptionItemFactory
from tests.factories.catalog import (
    PriceFactory,
    ProductFactory,
    ShippingRateFactory,
    TaxRateFactory,
)
from tests.factories.coupons import CouponFactory, DiscountFactory, PromotionCodeFactory
from tests.factories.customers import (
    AddressFactory,
    ApiKeyFactory,
    BulkJobFactory,
    ClockFactory,
    CustomerFactory,
    CustomFieldFactory,
    DuplicatePairFactory,
    EventFactory,
    FindingFactory,
    MessageFactory,
    OrganizationFactory,
    TaxIdFactory,
)
from tests.factories.payments import (
    ChargeFactory,
    DisputeFactory,
    GatewayAccountFactory,
    LinkFactory,
    PaymentIntentFactory,
    PaymentMethodFactory,
    ScheduleFactory,
)
from tests.factories.portal import CheckoutItemFactory
from tests.factories.webhooks import WebhookEndpointFactory
from tests.seeds.dashboard import checked_import

GAP = re.compile(r"<str:(\w+)>")
OPEN = {"login", "login_code"}
"""What can be seen without signing in."""


def _addresses():
    found = []
    for entry in admin.site.get_urls():
        if isinstance(entry, URLPattern):
            found.append((entry.name, str(entry.pattern)))
        else:
            found += [
                (inner.name, f"{entry.pattern}{inner.pattern}") for inner in entry.url_patterns
            ]
    return found


ADDRESSES = [(name, address) for name, address in _addresses() if name not in OPEN]
"""Every address of the dashboard behind the sign-in: its name, and its pattern."""


def filled(address, **ids):
    """Return an address with ids in its gaps; one that nothing has where none is given."""
    address = GAP.sub(lambda gap: ids.get(gap[1], "x_1"), address)
    return "/admin/" + address.replace("<path:url>", "nowhere")


def one_of_each(site):
    """Make rows in the chosen scope, and return their ids by the prefix of an address's name."""
    customer = CustomerFactory()
    method = PaymentMethodFactory(customer=customer, attached=True)
    return {
        "billing_creditnote": CreditNoteFactory().pk,
        "billing_invoice": InvoiceFactory(customer=customer).pk,
        "billing_subscription": SubscriptionItemFactory().subscription_id,
        "billing_coupon": CouponFactory().pk,
        "billing_discount": DiscountFactory().pk,
        "billing_price": PriceFactory().pk,
        "billing_product": ProductFactory().pk,
        "billing_promotioncode": PromotionCodeFactory().pk,
        "billing_shippingrate": ShippingRateFactory().pk,
        "billing_taxrate": TaxRateFactory().pk,
        "customers_customer": customer.pk,
        "customers_organization": OrganizationFactory().pk,
        "customers_apikey": ApiKeyFactory().pk,
        "customers_auditentry": "audit_1",
        "customers_bulkjob": BulkJobFactory().pk,
        "customers_erasure": erasures.request(CustomerFactory(), at=clock.now()).pk,
        "customers_import": checked_import().pk,
        "customers_customfield": CustomFieldFactory().pk,
        "customers_duplicatepair": DuplicatePairFactory(first=customer).pk,
        "customers_finding": FindingFactory(object_id=customer.pk).pk,
        "events_event": EventFactory().pk,
        "events_webhookendpoint": WebhookEndpointFactory().pk,
        "customers_site": site.pk,
        "customers_membership": "1",
        "customers_testclock": "" if tenancy.current().livemode else ClockFactory().pk,
        "payments_charge": ChargeFactory(customer=customer).pk,
        "payments_dispute": DisputeFactory().pk,
        "payments_gatewayaccount": GatewayAccountFactory(kind="stripe", name="acct_1").pk,
        "payments_link": LinkFactory().pk,
        "payments_paymentintent": PaymentIntentFactory().pk,
        "payments_paymentmethod": method.pk,
        "payments_schedule": ScheduleFactory().pk,
        "portal_checkoutsession": CheckoutItemFactory().session_id,
        "portal_paymentlink": CheckoutItemFactory(linked=True).payment_link_id,
        "customers_message": MessageFactory(customer=customer, sent=True).pk,
        "address": AddressFactory(customer=customer).pk,
        "tax_id": TaxIdFactory(customer=customer).pk,
    }
