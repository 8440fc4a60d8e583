"""One row for each invariant of the checkout that breaks it, beside one that does not."""

from tests.breaches import HOUR, ago
from tests.factories.customers import ClockFactory, CustomerFactory
from tests.factories.payments import PaymentIntentFactory
from tests.factories.portal import CheckoutSessionFactory


def checkout(**columns):
    """Return a checkout that is complete, with its payment."""
    customer = CustomerFactory()
    intent = PaymentIntentFactory(customer=customer, status="succeeded", amount_received=2000)
    complete = {"status": "complete", "payment_status": "paid", "completed_at": ago(HOUR)}
    return CheckoutSessionFactory(
        **{"customer": customer, "payment_intent": intent, **complete, **columns}
    )


def checkouts_paid():
    checkout()
    return checkout(payment_intent=PaymentIntentFactory())


def checkout_customers():
    checkout()
    return checkout(customer=CustomerFactory())


def late_checkouts():
    CheckoutSessionFactory()
    CheckoutSessionFactory(
        customer=CustomerFactory(test_clock=ClockFactory()), due_at=ago(2 * HOUR)
    )
    checkout()
    return CheckoutSessionFactory(due_at=ago(2 * HOUR))


BREAKS = {
    f"portal.{breaks.__name__}": breaks
    for breaks in (checkout_customers, checkouts_paid, late_checkouts)
}
