"""A row for every page of the dashboard: what its address names, in a state in which the page has something to do.

`rows()` is keyed by the beginning of an address's name, such as `payments_charge`; the longest one that fits counts, so
`payments_charge_capture` stands for the one page that needs a charge whose money is held.
"""

import io
from datetime import timedelta

from customers.kit import clock
from customers.kit.provenance import Provenance, acting
from customers.models import ApiKey, AuditEntry, Import, Membership, Operator
from customers.services import audit, erasures, imports, merges
from payments.billing.models import Invoice, Subscription
from payments.models import Charge, PaymentMethod, Schedule
from payments.services import attachments, payment_methods
from tests.factories import billing, catalog, coupons, customers, payments, portal, webhooks

WITH_VIEWS = (
    "customers_customer", "payments_charge", "payments_paymentintent", "payments_dispute",
    "billing_subscription", "billing_invoice", "billing_creditnote",
)  # fmt: skip
"""Lists of which views can be saved."""

WITHOUT_PAGE = {
    "customers_site_wording_preview",  # a letter; its page shows it in a frame
    "customers_customer_message_html",  # as above
    "customers_customer_export_data",  # a file
    "search_options",  # a part of the page on which somebody types
    "customers_bulkjob_progress",  # as above
    "customers_import_progress",  # as above
    "customers_bulkjob_result",  # a file
    "customers_import_refused",  # as above
}
"""Addresses whose answers are no pages of the dashboard."""


_OF_A_CUSTOMER = (
    "payments_charge_new",
    "payments_charge_credit",
    "payments_paymentmethod_link",
    "payments_paymentmethod_ask",
    "billing_subscription_new",
    "billing_invoice_new",
    "billing_discount_give",
    "portal_portalsession_send",
    "portal_portalsession_look",
)
"""Addresses that name a customer behind the question mark."""


def rows(site):
    """Make the rows in the open scope, and return what fills the gaps of addresses, by the addresses' names."""
    at = clock.now()
    customer = customers.CustomerFactory(
        name="Ada Whitfield",
        phone="+442079460958",
        metadata={"tier": "gold"},
        description="Met at the fair",
    )
    found = {}
    for part in (_people, _money, _bills, _catalog, _checkouts, _developers, _staff):
        found |= part(site, customer, at)
    for name in _OF_A_CUSTOMER:
        found[name] = {"query": f"customer={customer.pk}"}
    return found


def _of(row, **more):
    return {"object_id": str(row.pk), **more}


def _people(site, customer, at):
    again, gone = (customers.CustomerFactory(name=name) for name in ("A. Whitfield", "Ada W."))
    merge = merges.merge(again, gone, choices={}, at=at)
    return {
        "customers_customer_merge": _of(customer, query=f"with={again.pk}"),
        "customers_customer_undo_merge": _of(again, pk=merge.pk),
        "customers_duplicatepair": _of(
            customers.DuplicatePairFactory(first=customer, second=again)
        ),
        "customers_customer": _of(customer, pk=customers.AddressFactory(customer=customer).pk),
        "customers_customer_delete_tax_id": _of(
            customer, pk=customers.TaxIdFactory(customer=customer).pk
        ),
        "customers_customer_message": _of(
            customer, pk=customers.MessageFactory(customer=customer, sent=True).pk
        ),
        "customers_finding": _of(customers.FindingFactory(object_id=customer.pk)),
        "customers_erasure": _of(erasures.request(customers.CustomerFactory(), at=at)),
        "customers_organization": _of(customers.OrganizationFactory(name="Whitfield Ltd")),
        "customers_membership": _of(
            Membership.objects.create(
                site=site,
                operator=customers.OperatorFactory(name="Sam Field", email="sam@example.com"),
                role="support",
                created_at=at,
            )
        ),
        "customers_site": _of(site, kind="invoice", language="en"),
        "customers_customfield": _of(customers.CustomFieldFactory()),
        "customers_customfield_restore": _of(customers.CustomFieldFactory(archived_at=at)),
    }


def _money(site, customer, at):
    card = payment_methods.attach(payment_methods.resolve("pm_card_visa", at=at), customer, at=at)
    spare = payment_methods.attach(
        payment_methods.resolve("pm_card_mastercard", at=at), customer, at=at
    )
    attachments.set_default(type(customer).objects.get(pk=customer.pk), card, at=at)
    used = {"customer": customer, "payment_method": PaymentMethod.objects.get(pk=card.pk)}
    paid = payments.ChargeFactory(**used, description="Two mugs")
    payments.RefundFactory(charge=paid, amount=500)
    held = payments.ChargeFactory(
        **used, status=Charge.Status.AUTHORIZED, amount_captured=0,
        capture_before=at + timedelta(days=6),
    )  # fmt: skip
    failed = payments.ChargeFactory(
        **used, status=Charge.Status.FAILED, amount_captured=0, failure_code="card_declined",
        decline_code="insufficient_funds",
    )  # fmt: skip
    pending = payments.ChargeFactory(**used, status=Charge.Status.PENDING, amount_captured=0)
    return {
        "payments_charge": _of(paid),
        "payments_charge_capture": _of(held),
        "payments_charge_cancel": _of(held),
        "payments_charge_retry": _of(failed),
        "payments_charge_ask": _of(pending),
        "payments_paymentintent": _of(payments.PaymentIntentFactory(customer=customer)),
        "payments_schedule": _of(
            payments.ScheduleFactory(customer=customer, status=Schedule.Status.ACTIVE)
        ),
        "payments_link": _of(payments.LinkFactory()),
        "payments_dispute": _of(payments.DisputeFactory(charge=paid)),
        "payments_paymentmethod": _of(spare),
        "payments_gatewayaccount": _of(card.gateway_account),
    }


def _bills(site, customer, at):
    subscription = _subscription(customer)
    leaving = _subscription(customer, cancels_at_period_end=True, cancel_at=at + timedelta(days=30))
    trying = _subscription(
        customer,
        status=Subscription.Status.TRIALING,
        trial_start_at=at,
        trial_end_at=at + timedelta(days=14),
    )
    paused = _subscription(customer, status=Subscription.Status.PAUSED)
    draft = billing.InvoiceFactory(customer=customer, status=Invoice.Status.DRAFT)
    item = billing.InvoiceItemFactory(customer=customer, invoice=draft)
    billing.InvoiceLineFactory(invoice=draft, invoice_item=item)
    owed = _invoice(customer, status=Invoice.Status.OPEN)
    paid = _invoice(customer, status=Invoice.Status.PAID, amount_paid=2000, paid_at=at)
    note = billing.CreditNoteFactory(invoice=paid)
    return {
        "billing_subscription": _of(subscription),
        "billing_subscription_keep": _of(leaving),
        "billing_subscription_end_trial": _of(trying),
        "billing_subscription_resume": _of(paused),
        "billing_invoice": _of(owed),
        "billing_invoice_page": _of(paid),
        **{
            f"billing_invoice_{act}": _of(draft, item_id=item.pk)
            for act in ("words", "add_line", "remove_line", "discard", "finalize")
        },
        "billing_creditnote": _of(note, invoice_id=owed.pk),
        "billing_discount": _of(coupons.DiscountFactory(customer=customer)),
    }


def _invoice(customer, **columns):
    """Return an invoice with a line, which it can only get while it is a draft."""
    draft = billing.InvoiceFactory(customer=customer, status=Invoice.Status.DRAFT)
    billing.InvoiceLineFactory(invoice=draft)
    Invoice.objects.filter(pk=draft.pk).update(
        number=f"{customer.invoice_prefix}-{columns['status']}", finalized_at=draft.created_at,
        **columns,
    )  # fmt: skip
    invoice = Invoice.objects.get(pk=draft.pk)
    billing.InvoicePaymentFactory(invoice=invoice)
    return invoice


def _subscription(customer, **columns):
    subscription = billing.SubscriptionFactory(customer=customer, **columns)
    price = billing.PriceFactory(product=billing.ProductFactory(name="Gold plan"), unit_amount=4900)
    billing.SubscriptionItemFactory(subscription=subscription, price=price)
    return subscription


def _catalog(site, customer, at):
    price = catalog.PriceFactory()
    return {
        "billing_product": _of(price.product),
        "billing_product_default": _of(price.product, query=f"price={price.pk}"),
        "billing_price": _of(price),
        "billing_taxrate": _of(catalog.TaxRateFactory()),
        "billing_shippingrate": _of(catalog.ShippingRateFactory()),
        "billing_coupon": _of(coupons.CouponFactory()),
        "billing_promotioncode": _of(coupons.PromotionCodeFactory()),
    }


def _checkouts(site, customer, at):
    item = portal.CheckoutItemFactory(session__customer=customer)
    offered = portal.CheckoutItemFactory(linked=True)
    return {
        "portal_checkoutsession": _of(item.session),
        "portal_paymentlink": _of(offered.payment_link),
    }


def _developers(site, customer, at):
    endpoint = webhooks.WebhookEndpointFactory()
    off = webhooks.WebhookEndpointFactory(status="disabled", disabled_reason="merchant")
    event = customers.EventFactory()
    return {
        "events_event": _of(event),
        "events_webhookendpoint": _of(endpoint),
        "events_webhookendpoint_enable": _of(off),
        "customers_apikey": _of(ApiKey.objects.order_by("pk").first()),
        "customers_testclock": _of(customers.ClockFactory()),
    }


def checked_import(rows=(), name="people.csv"):
    """Bring a file of customers and have it checked: three good rows and two that are refused, or those given."""
    rows = rows or (
        "1,Ada Lovelace,ada.l@example.com,Analytical Ltd,GB,gold", "2,Noor Haddad,noor@example,,EG,",
        "3,สมชาย วัฒนกุล,somchai@example.com,,TH,", "4,Grace Okonkwo,grace@example.com,,XX,", "5,山本 陽菜,,,JP,silver",
    )  # fmt: skip
    text = "\n".join(["Customer ID,Full name,Email,Company,Country,Tier seen", *rows])
    of = imports.create(io.BytesIO(text.encode()), file_name=name, at=clock.now())
    of = imports.begin(of, Import.Status.CHECKING, at=clock.now())
    imports.work(of, now=clock.now, stops=lambda _of: False)
    return imports.get(of.pk)


def _staff(site, customer, at):
    with acting(Provenance(door=audit.DOOR, actor="robin@example.com")):
        audit.record(
            "site.updated", site, before={"name": "Willow"}, after={"name": site.name}, at=at
        )
    note = customers.NoteFactory(
        customer=customer, author=Operator.objects.get(email="robin@example.com")
    )
    views = {
        f"{name}_view": {"pk": customers.SavedViewFactory(table=name.replace("_", ".")).pk}
        for name in WITH_VIEWS
    }
    return {
        **views,
        "customers_customer_bulk": {"act": "tag"},
        "customers_bulkjob": _of(customers.BulkJobFactory()),
        "customers_import": _of(checked_import()),
        "customers_auditentry": _of(AuditEntry.objects.get(action="site.updated")),
        "customers_customer_change_note": _of(customer, pk=note.pk),
        "customers_customer_delete_note": _of(customer, pk=note.pk),
    }
