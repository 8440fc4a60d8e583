"""What must hold of the hosted checkout.

The database itself refuses these, so that nobody looks for them: an open session that nobody will look at, a complete
one without its instant, an expired one that is paid (`checkout_open_is_due`, `checkout_completed_at`,
`checkout_expired_is_unpaid`). Sign-ins, sessions and devices of customers refer to nothing that could contradict them.
"""

from django.utils.translation import gettext_lazy as _

from customers.kit import invariants
from customers.kit.invariants import Invariant, Severity
from customers.services.invariants import FROM_A_COPY, WORKER
from portal.models import CheckoutSession


def register() -> None:
    """Enter ours."""
    invariants.joined.register(ours)


def ours() -> tuple[Invariant, ...]:
    """Return what must hold of checkout sessions."""
    return _OURS


_OURS = (
    Invariant(
        "portal.checkouts_paid",
        _("A checkout that is paid has a payment that went through, or an invoice that is paid."),
        FROM_A_COPY,
        CheckoutSession,
        joins="""LEFT JOIN payments_paymentintent AS intent ON intent.id = it.payment_intent_id
            LEFT JOIN billing_invoice AS invoice ON invoice.id = it.invoice_id""",
        broken="""coalesce(intent.status NOT IN ('succeeded', 'requires_capture'), true)
            AND coalesce(invoice.status <> 'paid', true)""",
        detail="concat('payment ', coalesce(intent.status, 'none'), ', invoice ', coalesce(invoice.status, 'none'))",
        about="it.payment_status = 'paid'",
    ),
    Invariant(
        "portal.checkout_customers",
        _("What a checkout brought about is its customer's."),
        FROM_A_COPY,
        CheckoutSession,
        joins="""LEFT JOIN payments_paymentintent AS intent ON intent.id = it.payment_intent_id
            LEFT JOIN billing_subscription AS subscription ON subscription.id = it.subscription_id""",
        broken="intent.customer_id <> it.customer_id OR subscription.customer_id <> it.customer_id",
        detail="concat_ws(', ', 'customer ' || it.customer_id, intent.id, subscription.id)",
        about="it.status = 'complete'",
    ),
    Invariant(
        "portal.late_checkouts",
        _("A checkout that has expired, or is to be finished, is looked at within the hour."),
        WORKER,
        CheckoutSession,
        joins="LEFT JOIN customers_customer AS customer ON customer.id = it.customer_id",
        broken="it.due_at < %(at)s - interval '1 hour'",
        detail="concat(it.status, ', ', it.payment_status)",
        about="it.due_at IS NOT NULL AND customer.test_clock_id IS NULL",
        severity=Severity.WARNING,
    ),
)
