"""Rows of payments as they lie in the database, without the services' rules, events and gateways."""

from datetime import date, timedelta

import factory

from customers.kit import ids
from payments.models import (
    BalanceTransaction,
    Charge,
    Dispute,
    GatewayAccount,
    Link,
    Mandate,
    Occurrence,
    PaymentIntent,
    PaymentMethod,
    Refund,
    Schedule,
    SetupIntent,
    Token,
)
from payments.services import gateway_accounts
from tests.factories.customers import CustomerFactory, TenantFactory


class GatewayAccountFactory(TenantFactory):
    class Meta:
        model = GatewayAccount

    kind = GatewayAccount.Kind.SANDBOX
    is_active = False


class TokenFactory(TenantFactory):
    class Meta:
        model = Token

    gateway_account = factory.LazyFunction(gateway_accounts.active)
    gateway_reference = factory.Sequence("svt_{}".format)
    kind = Token.Kind.CARD
    details = factory.LazyFunction(
        lambda: {"id": ids.new("card"), "brand": "visa", "last4": "4242"}
    )
    expires_at = factory.LazyAttribute(lambda token: token.created_at + timedelta(hours=1))


class PaymentMethodFactory(TenantFactory):
    """A Visa card that is nobody's, and that no gateway has."""

    class Meta:
        model = PaymentMethod

    gateway_account = factory.LazyFunction(gateway_accounts.active)
    kind = PaymentMethod.Kind.CARD
    brand = "visa"
    last4 = "4242"
    exp_month = 8
    exp_year = 2030
    funding = "credit"
    country = "US"
    fingerprint = "0123456789abcdef"

    class Params:
        attached = factory.Trait(
            customer=factory.SubFactory(CustomerFactory),
            attached_at=factory.SelfAttribute("created_at"),
        )


class MandateFactory(TenantFactory):
    class Meta:
        model = Mandate

    payment_method = factory.SubFactory(
        PaymentMethodFactory, kind=PaymentMethod.Kind.SEPA_DEBIT, brand="", funding=""
    )
    status = Mandate.Status.ACTIVE
    acceptance = factory.LazyFunction(lambda: {"type": "offline", "accepted_at": 1_700_000_000})


class SetupIntentFactory(TenantFactory):
    class Meta:
        model = SetupIntent

    status = SetupIntent.Status.REQUIRES_PAYMENT_METHOD
    client_secret = factory.Sequence("seti_secret_{}".format)
    payment_method_types = factory.LazyFunction(lambda: ["card"])


class PaymentIntentFactory(TenantFactory):
    class Meta:
        model = PaymentIntent

    status = PaymentIntent.Status.REQUIRES_PAYMENT_METHOD
    amount = 2000
    currency = "usd"
    client_secret = factory.Sequence("pi_secret_{}".format)
    payment_method_types = factory.LazyFunction(lambda: ["card"])


class ChargeFactory(TenantFactory):
    """A paid charge."""

    class Meta:
        model = Charge

    gateway_account = factory.LazyFunction(gateway_accounts.active)
    status = Charge.Status.SUCCEEDED
    amount = 2000
    amount_captured = factory.SelfAttribute("amount")
    currency = "usd"


class RefundFactory(TenantFactory):
    class Meta:
        model = Refund

    charge = factory.SubFactory(ChargeFactory)
    status = Refund.Status.SUCCEEDED
    amount = factory.SelfAttribute("charge.amount")
    currency = factory.SelfAttribute("charge.currency")


class DisputeFactory(TenantFactory):
    class Meta:
        model = Dispute

    charge = factory.SubFactory(ChargeFactory)
    status = Dispute.Status.NEEDS_RESPONSE
    amount = factory.SelfAttribute("charge.amount")
    currency = factory.SelfAttribute("charge.currency")


class BalanceTransactionFactory(TenantFactory):
    class Meta:
        model = BalanceTransaction

    kind = BalanceTransaction.Kind.CHARGE
    source_id = factory.LazyFunction(Charge.new_id)
    amount = 2000
    fee = 88
    net = factory.LazyAttribute(lambda entry: entry.amount - entry.fee)
    currency = "usd"
    available_on = factory.SelfAttribute("created_at")


class ScheduleFactory(TenantFactory):
    """A schedule of every month's first day, which is not due for long."""

    class Meta:
        model = Schedule

    customer = factory.SubFactory(CustomerFactory)
    status = Schedule.Status.ACTIVE
    amount = 29900
    currency = "thb"
    every = 1
    period = Schedule.Period.MONTH
    days_of_month = factory.LazyFunction(lambda: [1])
    start_on = date(2050, 1, 1)
    end_on = date(2050, 12, 31)
    next_on = date(2050, 1, 1)
    due_at = factory.LazyAttribute(lambda made: made.created_at + timedelta(days=365))


class OccurrenceFactory(TenantFactory):
    class Meta:
        model = Occurrence

    schedule = factory.SubFactory(ScheduleFactory)
    status = Occurrence.Status.SUCCEEDED
    scheduled_on = factory.Sequence(lambda number: date(2050, 1, 1) + timedelta(days=number))
    tries = 1


class LinkFactory(TenantFactory):
    class Meta:
        model = Link

    amount = 120_000
    currency = "thb"
    title = "Bicycle"
    description = "A cool and nice bicycle"
