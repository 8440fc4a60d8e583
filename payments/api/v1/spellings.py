"""Which function spells which model of payments for `/v1/`, and what payments shows of a customer."""

from typing import Any

from customers.api.v1 import customer_members
from customers.events.services.events import spellings
from payments.api.v1 import balance_sources, disputes, sources
from payments.api.v1.balance_transactions import BalanceTransactionObject
from payments.api.v1.charges import ChargeObject
from payments.api.v1.links import LinkObject
from payments.api.v1.mandates import MandateObject
from payments.api.v1.payment_intents import PaymentIntentObject
from payments.api.v1.payment_methods import PaymentMethodObject
from payments.api.v1.refunds import RefundObject
from payments.api.v1.schedules import ScheduleObject
from payments.api.v1.setup_intents import SetupIntentObject
from payments.models import GatewayAccount, PaymentMethod


def register() -> None:
    """Enter the functions."""
    spellings.register("payments.PaymentMethod", _payment_method)
    spellings.register("payments.GatewayAccount", _gateway_account)
    spellings.register("payments.Mandate", MandateObject.plan().spell_instance)
    spellings.register("payments.SetupIntent", SetupIntentObject.plan().spell_instance)
    spellings.register(
        "payments.BalanceTransaction", BalanceTransactionObject.plan().spell_instance
    )
    spellings.register("payments.Charge", ChargeObject.plan().spell_instance)
    spellings.register("payments.Dispute", disputes.spelled)
    spellings.register("payments.PaymentIntent", PaymentIntentObject.plan().spell_instance)
    spellings.register("payments.Refund", RefundObject.plan().spell_instance)
    spellings.register("payments.Link", LinkObject.plan().spell_instance)
    spellings.register("payments.Schedule", ScheduleObject.plan().spell_instance)
    balance_sources.enter()
    customer_members.loaders.register("sources", sources.embedded)


def _payment_method(method: PaymentMethod) -> dict[str, Any]:
    """Spell a method as what it came in as (rule C21)."""
    if method.is_source:
        return sources.spelled(method)
    return PaymentMethodObject.plan().spell_instance(method)


def _gateway_account(account: GatewayAccount) -> dict[str, Any]:
    """Spell a gateway account for the log of events, without its credentials."""
    return {
        "id": account.pk,
        "object": "gateway_account",
        "active": account.is_active,
        "gateway": account.kind,
        "livemode": account.livemode,
        "name": account.name,
    }
