"""Customers for the portal's pages: one for whom all is well, and one who has much to do."""

from datetime import timedelta

from customers.kit import clock
from payments.billing.models import Invoice, Subscription
from payments.models import PaymentIntent, PaymentMethod, SetupIntent
from tests.factories import billing, payments
from tests.factories.customers import AddressFactory, CustomerFactory

MONTH = timedelta(days=30)


def customer(language="en", **more):
    """Make a customer with an address."""
    made = CustomerFactory(
        name="Jenny Rosen", email="jenny@example.com", preferred_locales=[language],
        created_at=clock.now() - 14 * MONTH, **more,
    )  # fmt: skip
    AddressFactory(
        customer=made, kind="billing", is_default=True, line1="123 Main St", line2="Suite 100",
        city="San Francisco", state="CA", postal_code="94102", country="US",
    )  # fmt: skip
    made.refresh_from_db()
    return made


def card(owner, **more):
    """Give a customer a card; the first one is the default."""
    made = payments.PaymentMethodFactory(
        **{
            "customer": owner,
            "created_at": clock.now() - 13 * MONTH,
            "attached_at": clock.now() - 13 * MONTH,
            "exp_year": clock.now().year + 3,
            **more,
        }
    )
    if owner.default_payment_method_id is None:
        owner.default_payment_method_id = made.pk
        owner.save(update_fields=["default_payment_method_id"])
    return made


def subscription(owner, *names, amount=2900, currency="usd", **more):
    """Subscribe a customer to products of a price each, which renews in 18 days."""
    now = clock.now()
    made = billing.SubscriptionFactory(
        **{
            "customer": owner,
            "currency": currency,
            "created_at": now - 5 * MONTH,
            "period_start": now - timedelta(days=12),
            "period_end": now + timedelta(days=18),
            "anchor_at": now + timedelta(days=18),
            **more,
        }
    )
    for place, name in enumerate(names):
        product = billing.ProductFactory(name=name)
        price = billing.PriceFactory(product=product, unit_amount=amount, currency=currency)
        billing.SubscriptionItemFactory(subscription=made, price=price, position=place)
    return made


def invoice(owner, what, *, ago, amount=2900, currency="usd", **more):
    """Bill a customer for something, so many days ago; it is paid unless something else is said."""
    at = clock.now() - timedelta(days=ago)
    made = billing.InvoiceFactory(
        customer=owner, currency=currency, total=amount, created_at=at, status=Invoice.Status.DRAFT
    )
    billing.InvoiceLineFactory(
        invoice=made, position=0, amount=amount, currency=currency, description=what
    )
    is_paid = more.get("status", Invoice.Status.PAID) == Invoice.Status.PAID
    paid = {
        "status": "paid",
        "amount_paid": amount,
        "paid_at": at,
        "receipt_number": f"2{made.pk[-8:]}",
    }
    columns = {
        "number": f"JENNY-{made.pk[-4:].upper()}", "finalized_at": at, **(paid if is_paid else {}), **more
    }  # fmt: skip
    for name, value in columns.items():
        setattr(made, name, value)
    made.save()  # its lines must not change once it is finalized, so it was a draft before
    return made


def contented(language="en", currency="usd", amount=2900):
    """Make a customer who pays every month, and has nothing to do."""
    made = customer(language)
    card(made, exp_month=10)
    card(made, brand="mastercard", last4="4444", exp_month=6)
    subscription(made, "Acme Premium", amount=amount, currency=currency)
    for months, what in enumerate(["Acme Premium", "Acme Premium", "Acme Premium, extra seat"]):
        bill = invoice(made, what, ago=12 + 30 * months, amount=amount, currency=currency)
    billing.CreditNoteFactory(
        invoice=bill, total=amount // 4, currency=currency, pre_payment_amount=0,
        post_payment_amount=amount // 4, refund_amount=amount // 4,
        created_at=clock.now() - timedelta(days=50),
    )  # fmt: skip
    return made


def troubled(language="en"):
    """Make a customer whose payment failed, whose card is over, and who has more to look at."""
    made = customer(language)
    now = clock.now()
    card(made, exp_year=now.year - 1)
    subscription(made, "Acme Premium", status=Subscription.Status.PAST_DUE)
    subscription(
        made, "Acme Archive", pause_behavior="void", pause_resumes_at=now + timedelta(days=40),
        created_at=now - 4 * MONTH,
    )  # fmt: skip
    invoice(
        made, "Acme Premium", ago=12, status=Invoice.Status.OPEN, attempt_count=2,
        next_attempt_at=now + timedelta(days=3),
    )  # fmt: skip
    invoice(
        made, "Assembly of a bookshelf", ago=40, amount=13_500, status=Invoice.Status.OPEN,
        collection_method="send_invoice", days_until_due=30, due_at=now - timedelta(days=10),
    )  # fmt: skip
    invoice(
        made, "Oak bookshelf", ago=2, amount=24_000, status=Invoice.Status.OPEN,
        collection_method="send_invoice", days_until_due=30, due_at=now + timedelta(days=28),
    )  # fmt: skip
    waiting(made)
    return made


def waiting(owner):
    """Let a customer's bank account wait for what its statement says."""
    account = payments.PaymentMethodFactory(
        kind=PaymentMethod.Kind.US_BANK_ACCOUNT, brand="", funding="", exp_month=None, exp_year=None,
        bank_name="Test Bank", last4="6789", verification=PaymentMethod.Verification.PENDING,
    )  # fmt: skip
    return payments.SetupIntentFactory(
        customer=owner, payment_method=account, status=SetupIntent.Status.REQUIRES_ACTION,
        next_action={"type": "verify_with_microdeposits"},
    )  # fmt: skip


def confirmed_at_the_bank(bill):
    """Let an invoice's payment wait for its customer's bank."""
    bill.payment_intent = payments.PaymentIntentFactory(
        customer=bill.customer, status=PaymentIntent.Status.REQUIRES_ACTION, amount=bill.amount_due
    )
    bill.save(update_fields=["payment_intent"])
    return bill
