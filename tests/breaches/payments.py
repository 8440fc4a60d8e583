"""One row for each invariant of payments that breaks it, beside one that does not."""

from customers.kit import clock
from payments.models import DueClaim, Operation, PaymentMethod, Spending
from tests.breaches import DAY, HOUR, ago, misnamed, told_of
from tests.factories.customers import ClockFactory, CustomerFactory, EventFactory
from tests.factories.payments import (
    BalanceTransactionFactory,
    ChargeFactory,
    DisputeFactory,
    OccurrenceFactory,
    PaymentIntentFactory,
    PaymentMethodFactory,
    RefundFactory,
    ScheduleFactory,
    SetupIntentFactory,
)


def paid(**columns):
    """Return a charge that is in the ledger."""
    charge = ChargeFactory(**columns)
    BalanceTransactionFactory(
        source_id=charge.pk, amount=charge.amount_captured, fee=0, currency=charge.currency
    )
    return charge


def operation(charge, **columns):
    return Operation.objects.create(
        **{
            "id": Operation.new_id(), "site": charge.site, "livemode": False, "charge": charge,
            "gateway_account": charge.gateway_account, "kind": "authorize", "state": "open",
            "reference": charge.pk, "amount": charge.amount, "currency": charge.currency,
            "created_at": clock.now(), "next_check_at": clock.now(), **columns,
        }
    )  # fmt: skip


def claim(**columns):
    return DueClaim.objects.create(
        id=DueClaim.new_id(), site=CustomerFactory().site, livemode=False, kind="invoice.finalize",
        object_id=DueClaim.new_id(), **{"created_at": ago(DAY), "claimed_until": clock.now(), **columns},
    )  # fmt: skip


def captured():
    ChargeFactory()
    ChargeFactory(status="failed", amount_captured=0)
    return ChargeFactory(status="failed", amount_captured=2000)


def refunded():
    RefundFactory(charge=ChargeFactory(amount_refunded=500), amount=500)
    RefundFactory(charge=ChargeFactory(amount_refunding=500), amount=500, status="pending")
    charge = ChargeFactory(amount_refunded=600)
    RefundFactory(charge=charge, amount=500)
    return charge


def received():
    there = PaymentIntentFactory(status="succeeded", amount_received=2000)
    ChargeFactory(payment_intent=there)
    held = PaymentIntentFactory(status="requires_capture", amount_capturable=2000)
    ChargeFactory(payment_intent=held, status="authorized", amount_captured=0)
    intent = PaymentIntentFactory(status="succeeded", amount_received=2000)
    ChargeFactory(payment_intent=intent, amount_captured=1500)
    return intent


def disputed():
    DisputeFactory(charge=ChargeFactory(is_disputed=True))
    return ChargeFactory(is_disputed=True)


def spent():
    rows = [
        Spending.objects.create(
            id=f"spending_{number}", site=customer.site, livemode=False, created_at=clock.now(),
            customer=customer, currency="usd", taken=2000, payments=1,
        )
        for number, customer in enumerate([CustomerFactory(), CustomerFactory()])
    ]  # fmt: skip
    ChargeFactory(customer=rows[0].customer)
    ChargeFactory(customer=rows[1].customer, amount=1900)
    return rows[1]


def charges_in_ledger():
    paid()
    ChargeFactory(status="failed", amount_captured=0)
    return ChargeFactory()


def refunds_in_ledger():
    there = RefundFactory(amount=500)
    BalanceTransactionFactory(kind="refund", source_id=there.pk, amount=-500, fee=0)
    RefundFactory(status="failed")
    RefundFactory(charge=ChargeFactory(status="voided", amount_captured=0))
    return RefundFactory()


def disputes_in_ledger():
    there = DisputeFactory()
    BalanceTransactionFactory(kind="adjustment", source_id=there.pk, amount=-2000, fee=1500)
    DisputeFactory(status="won")
    return DisputeFactory(status="lost")


def movements():
    paid()
    dispute = DisputeFactory()
    BalanceTransactionFactory(kind="adjustment", source_id=dispute.pk, amount=-2000, fee=0)
    return BalanceTransactionFactory(kind="refund", amount=-500, fee=0)


def default_method():
    there = PaymentMethodFactory(attached=True).customer
    there.default_payment_method_id = PaymentMethod.objects.get().pk
    there.save()
    taken = PaymentMethodFactory(attached=True).customer
    previous = {"invoice_settings": {"default_payment_method": "pm_before"}}
    EventFactory(object_id=taken.pk, type="customer.updated", previous_attributes=previous)
    return PaymentMethodFactory(attached=True).customer


def methods_of_deleted():
    CustomerFactory(deleted_at=ago(DAY))
    ScheduleFactory(customer=CustomerFactory(deleted_at=ago(DAY)), status="canceled", due_at=None)
    return ScheduleFactory(customer=CustomerFactory(deleted_at=ago(DAY))).customer


def attached():
    PaymentMethodFactory(attached=True)
    PaymentMethodFactory()
    PaymentMethodFactory(attached_at=ago(DAY), detached_at=ago(HOUR))
    return PaymentMethodFactory(attached_at=ago(DAY))


def other_names():
    return misnamed("charge", ChargeFactory())


def charges_told():
    told_of(ChargeFactory(), "charge.captured")
    ChargeFactory(status="pending", amount_captured=0)
    return told_of(ChargeFactory(), "charge.failed")


def refunds_told():
    told_of(RefundFactory(), "refund.created", "refund.updated")
    return told_of(RefundFactory(), "refund.created")


def disputes_told():
    told_of(DisputeFactory(), "charge.dispute.created")
    return told_of(DisputeFactory(status="lost"), "charge.dispute.created")


def intents_told():
    told_of(PaymentIntentFactory(), "payment_intent.created")
    return told_of(PaymentIntentFactory(status="canceled"), "payment_intent.created")


def setups_told():
    told_of(SetupIntentFactory(), "setup_intent.created")
    return told_of(SetupIntentFactory(status="canceled"), "setup_intent.created")


def schedules_told():
    told_of(ScheduleFactory(), "schedule.created")
    return told_of(ScheduleFactory(status="suspended"), "schedule.created")


def unknown():
    operation(ChargeFactory())
    operation(ChargeFactory(), state="done", created_at=ago(2 * DAY))
    return operation(ChargeFactory(), created_at=ago(2 * DAY))


def pending_charges():
    pending = {"status": "pending", "amount_captured": 0, "created_at": ago(2 * HOUR)}
    operation(ChargeFactory(**pending), state="waiting")
    ChargeFactory(status="pending", amount_captured=0)
    return operation(ChargeFactory(**pending), state="refused").charge


def pending_refunds():
    asked = RefundFactory(status="pending", created_at=ago(2 * HOUR))
    operation(asked.charge, kind="refund", refund=asked, reference=asked.pk)
    return RefundFactory(status="pending", created_at=ago(2 * HOUR))


def due_work():
    claim(said="It failed.", tries=4)
    return claim(said="It failed.", tries=5)


def claims():
    claim()
    return claim(claimed_until=ago(4 * DAY))


def occurrences():
    OccurrenceFactory(created_at=ago(2 * DAY))
    clocked = ScheduleFactory(customer=CustomerFactory(test_clock=ClockFactory()))
    OccurrenceFactory(schedule=clocked, status="pending", created_at=ago(2 * DAY))
    return OccurrenceFactory(status="pending", created_at=ago(2 * DAY))


def late_schedules():
    ScheduleFactory()
    ScheduleFactory(status="suspended", due_at=ago(2 * DAY))
    return ScheduleFactory(due_at=ago(2 * DAY))


BREAKS = {
    f"payments.{breaks.__name__}": breaks
    for breaks in (
        attached, captured, charges_in_ledger, charges_told, claims, default_method, disputed,
        disputes_in_ledger, disputes_told, due_work, intents_told, late_schedules, methods_of_deleted,
        movements, occurrences, other_names, pending_charges, pending_refunds, received, refunded,
        refunds_in_ledger, refunds_told, schedules_told, setups_told, spent, unknown,
    )
}  # fmt: skip
