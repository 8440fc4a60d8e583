"""Every column that can hold something personal is erased or said to stay; every row of a customer's is exported.

Whoever adds a model or a column finds here that it was forgotten.
"""

import pytest
from django.apps import apps
from django.db import models

from customers.events.models import Delivery, Event, WebhookEndpoint
from customers.kit.tenancy import scoped_to
from customers.models import (
    Alias,
    ApiKey,
    AuditEntry,
    BulkJob,
    BulkJobPart,
    Customer,
    CustomField,
    DuplicatePair,
    DuplicateSearch,
    Erasure,
    Finding,
    Import,
    ImportChunk,
    ImportFault,
    Merge,
    Organization,
    SavedView,
    TenantModel,
    Tombstone,
)
from customers.models import test_clocks as clocks
from customers.services import erasures, privacy
from customers.services.erasing import TEXTS
from payments.billing import models as billing
from payments.models import (
    AccountImport,
    BalanceTransaction,
    DueClaim,
    GatewayAccount,
    ImportedRecord,
    Link,
    Notification,
    Operation,
    Spending,
    SpendingChange,
    Token,
)
from portal.models import CheckoutItem, PaymentLink, PortalConfiguration, SignIn
from tests.factories.customers import CustomerFactory

OF_NOBODY = {
    ApiKey, CustomField, Erasure, GatewayAccount, Link, PaymentLink, PortalConfiguration, WebhookEndpoint,
    clocks.TestClock,
    billing.Coupon, billing.Price, billing.Product, billing.ShippingRate, billing.TaxRate,  # the merchant's own
    billing.DailyFigure, billing.FigureBook, billing.PendingFigure,  # sums over everybody
    billing.CreditNoteRefund,  # two references
    Tombstone,  # digests, which are there to stay
    Delivery,  # what an endpoint answered is emptied with its event
    Notification,  # sealed, and what is in it goes by itself (services.retention)
    Import, ImportChunk,  # a sealed file, which goes after some days
    AccountImport, ImportedRecord,  # ids and digests, by which erased customers are not brought back
    DuplicateSearch,
    Finding,  # ids, amounts and statuses
}  # fmt: skip
"""What holds nothing of a customer's, or lets it go by other ways."""
NOT_EXPORTED = {
    AuditEntry, BulkJob, BulkJobPart, SavedView, ImportFault,  # the staff's
    Alias, DuplicatePair, Merge,  # as above: which rows they took for one customer's
    BalanceTransaction, Spending, SpendingChange, DueClaim, Operation,  # the merchant's books and errands, of charges
    billing.SubscriptionRevenue, billing.CustomerRevenue,  # as above, of subscriptions
    billing.SubscriptionItem, billing.InvoiceLine, billing.InvoicePayment, billing.CreditNoteLine,  # in their owners
    CheckoutItem,  # in its session
    Organization,  # the customer's `business_name` and `organization`
    SignIn,  # digests and codes of the last day
    Token,  # good once, on the way to a payment method
}  # fmt: skip
"""What is treated, and stands nowhere of its own in an export."""

TENANT = [
    model
    for model in apps.get_models()
    if issubclass(model, TenantModel) and not model._meta.abstract
]


@pytest.fixture
def customer(site):
    with scoped_to(site, livemode=False):
        yield CustomerFactory(site=site)


def _treated():
    found = {}
    for treatment in erasures.all_treatments():
        found.setdefault(treatment.model, []).append(treatment)
    return found


def test_every_model_is_treated_or_on_the_short_list():
    assert {model.__name__ for model in TENANT} - {model.__name__ for model in _treated()} == {
        model.__name__ for model in OF_NOBODY
    }


@pytest.mark.parametrize("model", _treated(), ids=lambda model: model.__name__)
def test_every_column_with_text_is_erased_or_said_to_stay(model):
    columns = {
        column.name
        for column in model._meta.concrete_fields
        if isinstance(column, TEXTS) and not column.primary_key and not column.is_relation
    }

    said = [
        set(treatment.emptied) | set(treatment.stays) | set(treatment.by_law)
        for treatment in _treated()[model]
        if not treatment.is_removed
    ]

    assert [columns - each for each in said] == [set() for _each in said]


def test_nothing_is_said_of_columns_that_are_not_there():
    wrong = [
        f"{treatment.name}.{name}"
        for treatment in erasures.all_treatments()
        for name in {*treatment.emptied, *treatment.stays, *treatment.by_law, *treatment.told}
        if name not in {field.name for field in treatment.model._meta.get_fields()}
    ]

    assert wrong == []


def test_names_of_treatments_are_all_different():
    names = [treatment.name for treatment in erasures.all_treatments()]

    assert sorted(set(names)) == sorted(names)


def test_everything_that_is_treated_is_exported_or_on_the_short_list(customer):
    exported = {kind.rows(customer).model for kind in privacy.kinds()}

    assert {model.__name__ for model in set(_treated()) - exported - {Customer}} == {
        model.__name__ for model in NOT_EXPORTED
    }


def test_every_row_that_names_a_customer_is_exported_or_on_the_short_list(customer):
    exported = {kind.rows(customer).model for kind in privacy.kinds()}
    naming = {
        model
        for model in TENANT
        for field in model._meta.concrete_fields
        if field.name in {"customer", "customer_id"} or isinstance(field, models.EmailField)
    }

    assert {model.__name__ for model in naming - exported - NOT_EXPORTED} == set()
    assert Event in exported
