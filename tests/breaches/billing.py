"""One row for each invariant of billing that breaks it, beside one that does not."""

from datetime import timedelta

from customers.kit import clock
from customers.models import Merge
from payments.billing.models import (
    CreditNoteRefund,
    CustomerRevenue,
    SubscriptionRevenue,
    SubscriptionSchedule,
)
from tests.breaches import DAY, ago, misnamed, told_of
from tests.factories.billing import (
    CreditNoteFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    InvoicePaymentFactory,
    ProductFactory,
    SubscriptionFactory,
    SubscriptionItemFactory,
)
from tests.factories.customers import ClockFactory, CustomerFactory, EventFactory
from tests.factories.payments import RefundFactory


def billed(*amounts, **columns):
    """Return a finalized invoice with lines of these amounts, or with lines as they are given."""
    invoice = InvoiceFactory(status="draft", **columns)
    for amount in amounts:
        line = amount if isinstance(amount, dict) else {"amount": amount}
        InvoiceLineFactory(invoice=invoice, **line)
    invoice.status, invoice.finalized_at = "open", invoice.created_at
    invoice.number = invoice.number or f"INV-{invoice.pk[-8:]}"
    invoice.save()
    return invoice


def tax(amount, taxable, **said):
    return {
        "id": "txr_1", "amount": amount, "taxable_amount": taxable, "is_inclusive": False,
        "reason": "not_available", **said,
    }  # fmt: skip


def numbered(customer, *numbers):
    for number in numbers:
        InvoiceFactory(customer=customer, number=f"{customer.invoice_prefix}-{number:04}")
    return customer


def totals():
    billed(1500, 500)
    discounted = {"amount": 2500, "discounts_shown": [["di_1", 500]]}
    billed(discounted, subtotal=2500)
    added = {"amount": 2000, "taxes_shown": [tax(140, 2000)]}
    billed(added, total=2140, total_excluding_tax=2000, taxes_shown=[tax(140, 2000)])
    contained = {"amount": 2140, "taxes_shown": [tax(140, 2000, is_inclusive=True)]}
    billed(contained, total=2140, total_excluding_tax=2000, taxes_shown=[tax(140, 2000)])
    shipping = {"amount_subtotal": 500, "amount_tax": 0, "amount_total": 500}
    billed(1500, shipping_shown=shipping)
    return billed(1500, 400)


def due():
    billed(2000)
    billed(2000, starting_balance=-500, ending_balance=0, amount_due=1500)
    billed(20, total=20, amount_due=0, ending_balance=20)
    return billed(2000, amount_due=1900)


def paid():
    there = InvoiceFactory(paid=True)
    InvoicePaymentFactory(invoice=there, status="paid", amount_paid=2000, paid_at=ago(DAY))
    InvoiceFactory(paid=True, is_paid_out_of_band=True)
    return InvoiceFactory(paid=True)


def credited():
    CreditNoteFactory(invoice=InvoiceFactory(pre_payment_credit=500))
    return CreditNoteFactory(invoice=InvoiceFactory(pre_payment_credit=400)).invoice


def credit_notes():
    CreditNoteFactory()
    there = CreditNoteFactory(pre_payment_amount=0, post_payment_amount=500, refund_amount=500)
    CreditNoteRefund.objects.create(
        id=CreditNoteRefund.new_id(), site=there.site, livemode=False, created_at=ago(DAY),
        credit_note=there, refund=RefundFactory(), amount=500,
    )  # fmt: skip
    return CreditNoteFactory(pre_payment_amount=0, post_payment_amount=500, refund_amount=500)


def numbers():
    numbered(CustomerFactory(), 1, 2, 3)
    kept, gone = numbered(CustomerFactory(), 1, 2), CustomerFactory()
    numbered(kept, 4)  # the third left with the one who came and went
    Merge.objects.create(
        id=Merge.new_id(), site=kept.site, livemode=False, created_at=ago(DAY), kept=kept, merged=gone,
        undo_until=ago(-DAY), undone_at=clock.now(),
    )  # fmt: skip
    set_on = numbered(CustomerFactory(), 1, 5)
    EventFactory(
        object_id=set_on.pk, type="customer.updated", snapshot={"next_invoice_sequence": 5},
        previous_attributes={"next_invoice_sequence": 2},
    )  # fmt: skip
    return numbered(CustomerFactory(), 1, 2, 4)


def periods():
    once, twice = SubscriptionItemFactory(), SubscriptionItemFactory()
    month = timedelta(days=30)
    for item, start in ((once, ago(month)), (once, ago(2 * month))):
        InvoiceLineFactory(
            invoice=InvoiceFactory(status="draft"), subscription_item=item, period_start=start,
            period_end=start + month,
        )  # fmt: skip
    start = ago(month)
    InvoiceLineFactory(  # a trial that was ended at once
        invoice=InvoiceFactory(status="draft"), subscription_item=once, period_start=start,
        period_end=start + month / 2,
    )  # fmt: skip
    for status in ("draft", "draft"):
        InvoiceLineFactory(
            invoice=InvoiceFactory(status=status), subscription_item=twice, period_start=start,
            period_end=start + month,
        )  # fmt: skip
    return twice


def next_step():
    SubscriptionFactory(next_step_at=clock.now())
    SubscriptionFactory(status="paused")
    SubscriptionFactory(imported_from="stripe")
    return SubscriptionFactory()


def owed():
    SubscriptionFactory(status="past_due", latest_invoice_id=InvoiceFactory().pk)
    SubscriptionFactory(latest_invoice_id=InvoiceFactory(paid=True).pk)
    return SubscriptionFactory(status="past_due", latest_invoice_id=InvoiceFactory(paid=True).pk)


def latest_invoice():
    there = SubscriptionFactory()
    there.latest_invoice_id = InvoiceFactory(subscription=there).pk
    there.save()
    return SubscriptionFactory(latest_invoice_id=InvoiceFactory().pk)


def subscriptions_of_deleted():
    gone = CustomerFactory(deleted_at=ago(DAY))
    SubscriptionFactory(customer=gone, status="canceled", ended_at=ago(DAY))
    return SubscriptionFactory(customer=CustomerFactory(deleted_at=ago(DAY))).customer


def monthly_revenue():
    rows = []
    for amount in (1000, 900):
        customer = CustomerFactory()
        owner = {"site": customer.site, "livemode": False, "customer_id": customer.pk}
        owner |= {"created_at": ago(DAY), "currency": "usd"}
        SubscriptionRevenue.objects.create(
            id=SubscriptionRevenue.new_id(), amount=1000, terms={}, **owner
        )
        rows.append(
            CustomerRevenue.objects.create(
                id=CustomerRevenue.new_id(), amount=amount, moved_at=ago(DAY), **owner
            )
        )
    return rows[1]


def other_names():
    return misnamed("product", ProductFactory())


def invoices_told():
    told_of(InvoiceFactory(status="draft"), "invoice.created")
    told_of(InvoiceFactory(paid=True), "invoice.created", "invoice.finalized", "invoice.paid")
    return told_of(InvoiceFactory(paid=True), "invoice.created", "invoice.finalized")


def subscriptions_told():
    told_of(SubscriptionFactory(status="trialing"), "customer.subscription.created")
    canceled = SubscriptionFactory(status="canceled", ended_at=ago(DAY))
    return told_of(canceled, "customer.subscription.created", "customer.subscription.updated")


def credit_notes_told():
    told_of(CreditNoteFactory(), "credit_note.created")
    return told_of(CreditNoteFactory(status="void", voided_at=ago(DAY)), "credit_note.created")


def schedules_told():
    made = [
        SubscriptionSchedule.objects.create(
            id=SubscriptionSchedule.new_id(), site=customer.site, livemode=False, customer=customer,
            created_at=ago(DAY), status="not_started",
        )
        for customer in (CustomerFactory(), CustomerFactory())
    ]  # fmt: skip
    told_of(made[0], "subscription_schedule.created")
    return made[1]


def late_steps():
    SubscriptionFactory(next_step_at=clock.now())
    clocked = ClockFactory()
    SubscriptionFactory(next_step_at=ago(2 * DAY), test_clock_id=clocked.pk)
    return SubscriptionFactory(next_step_at=ago(2 * DAY))


def late_invoices():
    InvoiceFactory(status="draft", finalizes_at=clock.now())
    InvoiceFactory(next_attempt_at=clock.now())
    return InvoiceFactory(status="draft", finalizes_at=ago(2 * DAY))


BREAKS = {
    f"billing.{breaks.__name__}": breaks
    for breaks in (
        credit_notes, credit_notes_told, credited, due, invoices_told, late_invoices, late_steps,
        latest_invoice, monthly_revenue, next_step, numbers, other_names, owed, paid, periods,
        schedules_told, subscriptions_of_deleted, subscriptions_told, totals,
    )
}  # fmt: skip
