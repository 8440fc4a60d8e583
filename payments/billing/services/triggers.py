"""Real events on demand: for each type, the objects whose making or changing publishes one, made by the services.

For people who write what receives events, in test mode. What is made stays, like anything that a test makes.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from customers.events.models import Event
from customers.kit import ids
from customers.kit.errors import CardDeclined, InvalidRequest
from customers.kit.provenance import Provenance, acting
from customers.models import Customer, Organization
from customers.services import addresses, customers, organizations, tax_ids, test_clocks
from payments.billing.models import Coupon, CreditNote, Invoice, Price, Product, Subscription
from payments.billing.services import (
    coupons,
    credit_notes,
    invoice_items,
    invoices,
    prices,
    products,
    promotion_codes,
    subscription_steps,
    subscriptions,
    tax_rates,
)
from payments.billing.services.subscription_wishes import ItemWish
from payments.models import Charge, PaymentIntent, PaymentMethod, SetupIntent
from payments.money import Money
from payments.services import (
    attachments,
    charges,
    notifications,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
)

AMOUNT, CURRENCY = 2000, "usd"
DESCRIPTION = "(made by manage.py trigger)"
_GOOD, _DECLINED, _AUTHENTICATED, _DISPUTED = (
    "pm_card_visa",
    "pm_card_visa_chargeDeclined",
    "pm_card_authenticationRequired",
    "pm_card_createDispute",
)


class NoSuchTrigger(InvalidRequest):
    """No act here publishes such an event."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One trigger that is carried out.

    Args:
        key: names it, so that its requests are unlike those of any other.
    """

    key: str
    at: datetime


_Act = Callable[[_Run], object]


def pull(type_: str, *, at: datetime) -> list[Event]:
    """Let an event of a type come about, and return all that were published on the way, in order.

    No transaction may be open, and test mode must be chosen.

    Raises:
        NoSuchTrigger: nothing here publishes such an event.
        DomainError: a service refuses, such as for a policy of the site.
    """
    act = TRIGGERS.get(type_)
    if act is None:
        message = (
            f"There is no trigger for '{type_}'; manage.py trigger --list shows those there are."
        )
        raise NoSuchTrigger(message)
    run = _Run(f"trigger_{ids.random_key()}", at)
    with acting(Provenance(door="command", actor="trigger", request_id=run.key)):
        act(run)
    # By what the requests of this run carry; the instant is what has an index.
    published = Event.objects.filter(request_id=run.key, created_at__gte=at)
    return list(published.order_by("id").defer("snapshot", "previous_attributes"))


# -- Customers ---------------------------------------------------------------------------------------------------------


def _customer(run: _Run) -> Customer:
    # An address of its own each time, since a site may refuse to have one twice.
    email = f"ada.{run.key[-8:]}@example.com"
    details = {"name": "Ada Example", "email": email, "description": DESCRIPTION}
    return customers.create(details=details, at=run.at)


def _changed_customer(run: _Run) -> object:
    return customers.update(_customer(run), details={"name": "Ada Sample"}, at=run.at)


def _deleted_customer(run: _Run) -> object:
    return customers.delete(_customer(run), at=run.at)


def _addressed(run: _Run) -> object:
    details = {"line1": "1 Example Street", "city": "Exeter", "postal_code": "EX1 1AA", "country": "GB"}  # fmt: skip
    return addresses.create(_customer(run), details={"kind": "billing", **details}, at=run.at)


def _taxed(run: _Run) -> object:
    return tax_ids.create(_customer(run), kind="eu_vat", value="DE136695976", at=run.at)


def _discounted(run: _Run) -> object:
    return customers.update(_customer(run), details={"coupon": _coupon(run).pk}, at=run.at)


def _organization(run: _Run) -> Organization:
    return organizations.create(details={"name": f"Example {run.key[-6:]}"}, at=run.at)


def _clock(run: _Run) -> object:
    return test_clocks.create(frozen_at=run.at.replace(microsecond=0), name=DESCRIPTION, at=run.at)


# -- Payments ----------------------------------------------------------------------------------------------------------


def _saved(run: _Run, token: str = _GOOD) -> PaymentMethod:
    """Return a card that a new customer has saved."""
    method = payment_methods.resolve(token, request_key=run.key, at=run.at)
    return payment_methods.attach(method, _customer(run), at=run.at)


def _detached(run: _Run) -> object:
    return attachments.detach(_saved(run), at=run.at)


def _changed_method(run: _Run) -> object:
    return payment_methods.update(_saved(run), details={"metadata": {"tier": "gold"}}, at=run.at)


def _intent(run: _Run, **details: Any) -> PaymentIntent:
    said = {
        "amount": AMOUNT, "currency": CURRENCY, "payment_method_types": ["card"], "chooses_methods": False,
        "description": DESCRIPTION, **details,
    }  # fmt: skip
    return payment_intents.create(said, request_key=run.key, at=run.at)


def _paid(run: _Run, token: str = _GOOD, **details: Any) -> PaymentIntent:
    intent = _intent(run, **details)
    method = payment_methods.resolve(token, request_key=f"{run.key} card", at=run.at)
    said = {"payment_method": method, "off_session": False, "return_url": "https://example.com/back"}  # fmt: skip
    return payment_intents.confirm(intent, said, request_key=f"{run.key} pay", at=run.at)


def _declined(run: _Run) -> object:
    return _paid(run, _DECLINED)


def _to_authenticate(run: _Run) -> object:
    return _paid(run, _AUTHENTICATED)


def _held(run: _Run) -> PaymentIntent:
    return _paid(run, captures_manually=True)


def _captured(run: _Run) -> object:
    return payment_intents.capture(_held(run), request_key=f"{run.key} capture", at=run.at)


def _canceled(run: _Run) -> object:
    return payment_intents.cancel(_intent(run), at=run.at)


def _charge(run: _Run, token: str = _GOOD) -> Charge:
    method = payment_methods.resolve(token, request_key=run.key, at=run.at)
    money = Money(AMOUNT, CURRENCY)
    return charges.create(
        money=money, method=method, request_key=run.key, at=run.at, description=DESCRIPTION
    )


def _refunded(run: _Run) -> object:
    return refunds.create(_charge(run), request_key=f"{run.key} refund", at=run.at)


def _disputed(run: _Run) -> object:
    charge = _charge(run, _DISPUTED)
    notifications.deliver_from_sandbox(at=run.at)  # as the worker does a moment later
    notifications.work_off_due(at=run.at)
    return charge


def _setup(run: _Run) -> SetupIntent:
    details = {
        "payment_method_types": ["card"], "chooses_methods": False, "usage": "off_session", "customer": _customer(run),
    }  # fmt: skip
    return setup_intents.create(details=details, request_key=run.key, at=run.at)


def _set_up(run: _Run, token: str = _GOOD) -> object:
    intent = _setup(run)
    method = payment_methods.resolve(token, request_key=f"{run.key} card", at=run.at)
    details = {"payment_method": method}
    return setup_intents.confirm(intent, details=details, request_key=run.key, at=run.at)


def _not_set_up(run: _Run) -> None:
    with suppress(CardDeclined):
        _set_up(run, _DECLINED)


def _canceled_setup(run: _Run) -> object:
    return setup_intents.cancel(_setup(run), at=run.at)


# -- Products ----------------------------------------------------------------------------------------------------------


def _product(run: _Run) -> Product:
    return products.create(details={"name": "Example plan", "description": DESCRIPTION}, at=run.at)


def _changed_product(run: _Run) -> object:
    return products.update(_product(run), details={"name": "Sample plan"}, at=run.at)


def _deleted_product(run: _Run) -> object:
    return products.delete(_product(run), at=run.at)


def _price(run: _Run) -> Price:
    terms = {"currency": CURRENCY, "unit_amount": AMOUNT, "recurring": {"interval": "month"}}
    return prices.create(_product(run), terms=terms, at=run.at)


def _changed_price(run: _Run) -> object:
    return prices.update(_price(run), details={"nickname": "Example"}, at=run.at)


def _coupon(run: _Run) -> Coupon:
    terms = {"name": "Example", "percent_off": Decimal(10), "duration": Coupon.Duration.ONCE}
    return coupons.create(terms=terms, at=run.at)


def _changed_coupon(run: _Run) -> object:
    return coupons.update(_coupon(run), details={"name": "Sample"}, at=run.at)


def _deleted_coupon(run: _Run) -> object:
    return coupons.delete(_coupon(run), at=run.at)


def _promotion_code(run: _Run) -> object:
    return promotion_codes.create(coupon=_coupon(run), terms={}, at=run.at)


def _tax_rate(run: _Run) -> object:
    details = {"display_name": "VAT", "percentage": Decimal(20), "is_inclusive": False}
    return tax_rates.create(details=details, at=run.at)


# -- Billing -----------------------------------------------------------------------------------------------------------


def _customer_who_pays(run: _Run, token: str = _GOOD) -> Customer:
    """Return a new customer whose card is charged for what is billed."""
    return customers.get(str(_saved(run, token).customer_id))


def _item(run: _Run, customer: Customer | None = None) -> object:
    details = {"amount": AMOUNT, "currency": CURRENCY, "description": "Example"}
    return invoice_items.create(customer or _customer(run), details=details, at=run.at)


def _draft(run: _Run, token: str = _GOOD, **details: Any) -> Invoice:
    customer = _customer_who_pays(run, token)
    _item(run, customer)
    said = {"description": DESCRIPTION, **details}
    return invoices.draft(
        customer=customer, currency=CURRENCY, period_start=run.at, period_end=run.at, at=run.at, **said
    )  # fmt: skip


def _open(run: _Run) -> Invoice:
    return invoices.finalize(_draft(run), auto_advance=False, at=run.at)


def _paid_invoice(run: _Run) -> Invoice:
    return invoices.pay(_open(run), request_key=f"{run.key} pay", at=run.at)


def _unpaid_invoice(run: _Run) -> None:
    invoice = invoices.finalize(_draft(run, "pm_card_chargeCustomerFail"), auto_advance=False, at=run.at)  # fmt: skip
    with suppress(CardDeclined):
        invoices.pay(invoice, request_key=f"{run.key} pay", at=run.at)


def _sent(run: _Run) -> object:
    draft = _draft(run, collection_method=invoices.SENT, days_until_due=30)
    return invoices.send(invoices.finalize(draft, auto_advance=False, at=run.at), at=run.at)


def _void(run: _Run) -> object:
    return invoices.void(_open(run), at=run.at)


def _uncollectible(run: _Run) -> object:
    return invoices.mark_uncollectible(_open(run), at=run.at)


def _deleted_draft(run: _Run) -> object:
    return invoices.delete(_draft(run), at=run.at)


def _credit_note(run: _Run) -> CreditNote:
    wanted = credit_notes.Wanted(amount=500, details={"reason": "order_change"})
    return credit_notes.create(_open(run), wanted, request_key=f"{run.key} credit", at=run.at)


def _void_credit_note(run: _Run) -> object:
    return credit_notes.void(_credit_note(run), at=run.at)


def _subscription(run: _Run, **details: Any) -> Subscription:
    wishes = [ItemWish(price=str(_price(run).pk))]
    said = {"currency": CURRENCY, "off_session": True, "description": DESCRIPTION, **details}
    return subscriptions.create(
        _customer_who_pays(run), wishes=wishes, details=said, request_key=f"{run.key} subscribe", at=run.at
    )  # fmt: skip


def _changed_subscription(run: _Run) -> object:
    said = {"metadata": {"tier": "gold"}}
    return subscriptions.update(_subscription(run), details=said, at=run.at)


def _ended_subscription(run: _Run) -> object:
    return subscriptions.cancel(_subscription(run), details={}, at=run.at)


def _trial(run: _Run) -> None:
    """Let a trial begin whose end is near enough to be told of at once, and carry out what the worker would."""
    subscription = _subscription(run, trial_end=run.at + timedelta(days=2))
    subscription_steps.carry_out(subscription, run.at)


TRIGGERS: Mapping[str, _Act] = MappingProxyType(
    {
        "charge.captured": _captured,
        "charge.dispute.created": _disputed,
        "charge.failed": _declined,
        "charge.refunded": _refunded,
        "charge.succeeded": _charge,
        "coupon.created": _coupon,
        "coupon.deleted": _deleted_coupon,
        "coupon.updated": _changed_coupon,
        "credit_note.created": _credit_note,
        "credit_note.voided": _void_credit_note,
        "customer.address.created": _addressed,
        "customer.created": _customer,
        "customer.deleted": _deleted_customer,
        "customer.discount.created": _discounted,
        "customer.subscription.created": _subscription,
        "customer.subscription.deleted": _ended_subscription,
        "customer.subscription.trial_will_end": _trial,
        "customer.subscription.updated": _changed_subscription,
        "customer.tax_id.created": _taxed,
        "customer.updated": _changed_customer,
        "invoice.created": _draft,
        "invoice.deleted": _deleted_draft,
        "invoice.finalized": _open,
        "invoice.marked_uncollectible": _uncollectible,
        "invoice.paid": _paid_invoice,
        "invoice.payment_failed": _unpaid_invoice,
        "invoice.payment_succeeded": _paid_invoice,
        "invoice.sent": _sent,
        "invoice.voided": _void,
        "invoiceitem.created": _item,
        "organization.created": _organization,
        "payment_intent.amount_capturable_updated": _held,
        "payment_intent.canceled": _canceled,
        "payment_intent.created": _intent,
        "payment_intent.payment_failed": _declined,
        "payment_intent.requires_action": _to_authenticate,
        "payment_intent.succeeded": _paid,
        "payment_method.attached": _saved,
        "payment_method.detached": _detached,
        "payment_method.updated": _changed_method,
        "price.created": _price,
        "price.updated": _changed_price,
        "product.created": _product,
        "product.deleted": _deleted_product,
        "product.updated": _changed_product,
        "promotion_code.created": _promotion_code,
        "refund.created": _refunded,
        "setup_intent.canceled": _canceled_setup,
        "setup_intent.created": _setup,
        "setup_intent.setup_failed": _not_set_up,
        "setup_intent.succeeded": _set_up,
        "tax_rate.created": _tax_rate,
        "test_helpers.test_clock.created": _clock,
    }
)
"""By the type of an event: what lets one come about."""
