"""Rows as they lie in the database, without the services' rules and events; those of tenants are the chosen site's."""

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory, Password

from customers.events.models import Event
from customers.kit import clock, ids, tenancy
from customers.models import (
    Address,
    ApiKey,
    BulkJob,
    Consent,
    Customer,
    CustomerBalanceTransaction,
    CustomField,
    DuplicatePair,
    Finding,
    IdempotencyRecord,
    Membership,
    Message,
    Note,
    Operator,
    Organization,
    Role,
    SavedView,
    Site,
    TaxId,
)
from customers.models import TestClock as Clock

PASSWORD = "correct horse battery staple"


class SiteFactory(DjangoModelFactory):
    class Meta:
        model = Site

    id = factory.LazyFunction(Site.new_id)
    name = factory.Sequence("Shop {}".format)
    slug = factory.Sequence("shop-{}".format)
    created_at = factory.LazyFunction(clock.now)


class OperatorFactory(DjangoModelFactory):
    class Meta:
        model = Operator

    email = factory.Sequence("operator{}@example.com".format)
    name = factory.Sequence("Robin Ashdown {}".format)
    password = Password(PASSWORD)
    created_at = factory.LazyFunction(clock.now)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    operator = factory.SubFactory(OperatorFactory)
    site = factory.LazyFunction(lambda: tenancy.current().site)
    role = Role.OWNER
    created_at = factory.LazyFunction(clock.now)


class IdempotencyRecordFactory(DjangoModelFactory):
    class Meta:
        model = IdempotencyRecord

    site = factory.LazyFunction(lambda: tenancy.current().site)
    livemode = factory.LazyFunction(lambda: tenancy.current().livemode)
    key = factory.Sequence("key-{}".format)
    request_digest = b"digest"
    request_id = factory.Sequence("req_{:014}".format)
    status = 200
    body = b"sealed"
    created_at = factory.LazyFunction(clock.now)


class TenantFactory(DjangoModelFactory):
    """A row of the chosen site, in the chosen mode, with an id of its kind."""

    class Meta:
        abstract = True

    site = factory.LazyFunction(lambda: tenancy.current().site)
    livemode = factory.LazyFunction(lambda: tenancy.current().livemode)
    created_at = factory.LazyFunction(clock.now)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return super()._create(model_class, *args, **{"id": model_class.new_id(), **kwargs})


class ApiKeyFactory(TenantFactory):
    class Meta:
        model = ApiKey

    name = factory.Sequence("Key {}".format)
    kind = ApiKey.Kind.SECRET
    spelling = ApiKey.Spelling.STRIPE
    visible_prefix = factory.Sequence("sk_test_{:04}".format)
    last4 = factory.Sequence("{:04}".format)
    digest = factory.Sequence(lambda n: f"digest {n}".encode())


class OrganizationFactory(TenantFactory):
    class Meta:
        model = Organization

    name = factory.Sequence("Northwind {}".format)


class CustomerFactory(TenantFactory):
    class Meta:
        model = Customer

    name = factory.Sequence("Ada Whitfield {}".format)
    email = factory.Sequence("ada{}@example.com".format)
    invoice_prefix = factory.Sequence("{:08X}".format)
    organization = None
    organization_name = factory.LazyAttribute(
        lambda made: made.organization.name if made.organization else ""
    )


class AddressFactory(TenantFactory):
    class Meta:
        model = Address

    customer = factory.SubFactory(CustomerFactory)
    kind = Address.Kind.BILLING
    line1 = "1 Harbour Street"
    city = "Springfield"
    country = "US"


class ConsentFactory(TenantFactory):
    class Meta:
        model = Consent

    customer = factory.SubFactory(CustomerFactory)
    channel = Consent.Channel.MAIL
    granted = True
    door = "dashboard"


class MessageFactory(TenantFactory):
    """A receipt that waits to be sent."""

    class Meta:
        model = Message

    customer = factory.SubFactory(CustomerFactory)
    kind = Message.Kind.RECEIPT
    about = factory.Sequence("ch_{:024}".format)
    to = factory.LazyAttribute(
        lambda made: made.customer.email if made.customer else "a@example.com"
    )
    next_attempt_at = factory.SelfAttribute("created_at")

    class Params:
        sent = factory.Trait(
            status=Message.Status.SENT,
            next_attempt_at=None,
            sent_at=factory.SelfAttribute("created_at"),
            attempts=1,
            language="en",
            subject="Your receipt from Acme: $20.00",
            text="Thank you\n",
            html="<p>Thank you</p>",
        )


class NoteFactory(TenantFactory):
    class Meta:
        model = Note

    customer = factory.SubFactory(CustomerFactory)
    author_name = "Robin Ashdown"
    text = "Called: wants to pay by bank transfer."


class TaxIdFactory(TenantFactory):
    class Meta:
        model = TaxId

    customer = factory.SubFactory(CustomerFactory)
    kind = "us_ein"
    value = factory.Sequence("91-{:07}".format)
    country = "US"


class CustomerBalanceTransactionFactory(TenantFactory):
    """A customer's first transaction; it leaves the customer's own balance alone."""

    class Meta:
        model = CustomerBalanceTransaction

    customer = factory.SubFactory(CustomerFactory)
    sequence = 1
    kind = CustomerBalanceTransaction.Kind.ADJUSTMENT
    amount = -500
    currency = "usd"
    ending_balance = factory.SelfAttribute("amount")


class CustomFieldFactory(TenantFactory):
    class Meta:
        model = CustomField

    key = factory.Sequence("field_{}".format)
    label = factory.Sequence("Field {}".format)
    kind = CustomField.Kind.TEXT


class DuplicatePairFactory(TenantFactory):
    class Meta:
        model = DuplicatePair

    first = factory.SubFactory(CustomerFactory)
    second = factory.SubFactory(CustomerFactory)
    reasons = ("phone",)
    score = 50
    search_id = "dsearch_0"


class FindingFactory(TenantFactory):
    class Meta:
        model = Finding

    invariant = "customers.balance"
    object_id = factory.LazyFunction(Customer.new_id)
    detail = "balance 100, transactions 0"
    last_seen_at = factory.SelfAttribute("created_at")


class EventFactory(TenantFactory):
    class Meta:
        model = Event

    type = "customer.created"
    object_id = factory.LazyFunction(Customer.new_id)
    snapshot = factory.LazyAttribute(lambda event: {"id": event.object_id, "object": "customer"})
    api_version = "2026-10-28.endive"
    door = "api"
    actor = "sk_test_abcd"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        in_order = ids.new_in_order(Event.PREFIX, at=kwargs["created_at"])
        return super()._create(model_class, *args, **{"id": in_order, **kwargs})


class ClockFactory(TenantFactory):
    """A test clock."""

    class Meta:
        model = Clock

    frozen_at = factory.SelfAttribute("created_at")
    deletes_at = factory.LazyAttribute(lambda clock: clock.created_at + timedelta(days=30))


class SavedViewFactory(TenantFactory):
    class Meta:
        model = SavedView

    owner = factory.SubFactory(OperatorFactory)
    table = "customers.customer"
    name = factory.Sequence("View {}".format)
    is_shared = True


class BulkJobFactory(TenantFactory):
    class Meta:
        model = BulkJob

    operator = factory.SubFactory(OperatorFactory)
    actor = "robin@example.com"
    table = "customers.customer"
    act = BulkJob.Act.TAG
