"""What must hold of payments: the site's ledger, what was taken and given back, and what gateways were asked.

The ledger is no double-entry one: each movement names what it came from, and balances are sums of movements, so there
is no stored balance that could differ. The database itself refuses these, so that nobody looks for them:

- a movement that is changed, deleted, or whose net is not its amount less its fee; a second one of a kind for a
  charge or refund: `append_only`, `balance_transaction_adds_up`, `balance_transaction_once_per_source`;
- two default methods of a customer, or one that is another customer's or detached:
  `customer_default_payment_method_is_its_own`;
- more captured than asked for, more given back than captured, two charges alive for one intent:
  `charge_amount_captured`, `charge_refunds_within_captured`, `charge_one_alive_per_intent`;
- two acts of one name at a gateway, two captures at a time: `operation_reference_once`,
  `operation_one_open_per_charge`;
- a schedule that runs and is never due, two occurrences of a day: `schedule_running_is_due`, `occurrence_once`.

What was imported from another account is history without a ledger, and is left out where the ledger is compared.
"""

from django.utils.translation import gettext_lazy as _

from customers.events.services.invariants import told
from customers.kit import invariants
from customers.kit.invariants import SITE, TOLD_SINCE, Invariant, Severity, exists_in
from customers.models import Customer
from customers.services.invariants import FROM_A_COPY, WORKER, names_resolve
from payments.models import (
    BalanceTransaction,
    Charge,
    Dispute,
    DueClaim,
    Occurrence,
    Operation,
    PaymentIntent,
    PaymentMethod,
    Refund,
    Schedule,
    SetupIntent,
    Spending,
)

_GATEWAY = _(
    "Look at the gateway's own dashboard for what became of it, and let Keeptab ask again."
)
_OURS = "it.imported_from = ''"


def register() -> None:
    """Enter ours."""
    invariants.joined.register(ours)


def ours() -> tuple[Invariant, ...]:
    """Return what must hold of payments."""
    names = [Charge, PaymentMethod, Refund, Schedule]
    return (*_AMOUNTS, *_LEDGER, *_METHODS, names_resolve("payments", names), *_TOLD, *_WORK)


_AMOUNTS = (
    Invariant(
        "payments.captured",
        _("A charge has taken money where it is paid, and else none."),
        FROM_A_COPY,
        Charge,
        broken="(it.status = 'succeeded') <> (it.amount_captured > 0)",
        detail="concat(it.status, ', captured ', it.amount_captured)",
    ),
    Invariant(
        "payments.refunded",
        _("What a charge gave back is the sum of its refunds, and so is what is on its way back."),
        FROM_A_COPY,
        Charge,
        joins="""LEFT JOIN LATERAL (
            SELECT coalesce(sum(refund.amount) FILTER (WHERE refund.status = 'succeeded'), 0) AS done,
                coalesce(sum(refund.amount) FILTER (WHERE refund.status = 'pending'), 0) AS open
            FROM payments_refund AS refund WHERE refund.charge_id = it.id
        ) AS back ON true""",
        broken="it.amount_refunded <> back.done OR it.amount_refunding <> back.open",
        detail="""concat('refunded ', it.amount_refunded, ', refunds ', back.done, '; on its way ',
            it.amount_refunding, ', refunds ', back.open)""",
        about=f"it.status = 'succeeded' AND {_OURS}",
    ),
    Invariant(
        "payments.received",
        _("What a payment intent has received, or holds, is what its charge took, or holds."),
        FROM_A_COPY,
        PaymentIntent,
        joins="""LEFT JOIN LATERAL (
            SELECT coalesce(sum(charge.amount_captured), 0) AS captured,
                coalesce(sum(charge.amount) FILTER (WHERE charge.status = 'authorized'), 0) AS held
            FROM payments_charge AS charge WHERE charge.payment_intent_id = it.id
        ) AS taken ON true""",
        broken="""it.amount_received <> taken.captured
            OR (it.status = 'requires_capture' AND it.amount_capturable <> taken.held)""",
        detail="""concat(it.status, ', received ', it.amount_received, ', captured ', taken.captured,
            '; capturable ', it.amount_capturable, ', held ', taken.held)""",
    ),
    Invariant(
        "payments.disputed",
        _("A charge is disputed where it has a dispute."),
        FROM_A_COPY,
        Charge,
        broken="it.is_disputed <> EXISTS (SELECT FROM payments_dispute WHERE charge_id = it.id)",
        detail="CASE WHEN it.is_disputed THEN 'disputed without a dispute' ELSE 'a dispute it does not know' END",
        about=_OURS,
    ),
    Invariant(
        "payments.spent",
        _("What a customer has spent is the sum of the customer's charges and refunds."),
        FROM_A_COPY,
        Spending,
        joins="""LEFT JOIN LATERAL (
            SELECT coalesce(sum(later.taken), 0) AS taken, coalesce(sum(later.refunded), 0) AS refunded
            FROM payments_spendingchange AS later
            WHERE later.customer_id = it.customer_id AND later.currency = it.currency
        ) AS since ON true LEFT JOIN LATERAL (
            SELECT coalesce(sum(charge.amount_captured), 0) AS taken,
                coalesce(sum(charge.amount_refunded), 0) AS refunded
            FROM payments_charge AS charge
            WHERE charge.customer_id = it.customer_id AND charge.currency = it.currency
                AND charge.status = 'succeeded' AND charge.imported_from = ''
        ) AS charges ON true""",
        broken="""it.taken + since.taken <> charges.taken
            OR it.refunded + since.refunded <> charges.refunded""",
        detail="""concat('customer ', it.customer_id, ', ', it.currency, ': taken ', it.taken + since.taken,
            ', charges ', charges.taken, '; refunded ', it.refunded + since.refunded,
            ', charges ', charges.refunded)""",
    ),
)
_MOVED = """LEFT JOIN LATERAL (
    SELECT coalesce(sum(movement.amount), 0) AS amount FROM payments_balancetransaction AS movement
    WHERE movement.source_id = it.id AND movement.currency = it.currency
) AS ledger ON true"""
_LEDGER = (
    Invariant(
        "payments.charges_in_ledger",
        _("The ledger has what each charge took."),
        FROM_A_COPY,
        Charge,
        joins=_MOVED,
        broken="ledger.amount <> it.amount_captured",
        detail="concat(it.status, ', captured ', it.amount_captured, ', ledger ', ledger.amount)",
        about=_OURS,
    ),
    Invariant(
        "payments.refunds_in_ledger",
        _("The ledger has what each refund gave back."),
        FROM_A_COPY,
        Refund,
        joins=f"""JOIN payments_charge AS charge ON charge.id = it.charge_id {_MOVED}""",
        broken="""ledger.amount <>
            CASE WHEN it.status = 'succeeded' AND charge.status = 'succeeded' THEN -it.amount ELSE 0 END""",
        detail="concat(it.status, ', amount ', it.amount, ', ledger ', ledger.amount)",
        about="charge.imported_from = ''",
    ),
    Invariant(
        "payments.disputes_in_ledger",
        _("The ledger has what each dispute took, unless it was won."),
        FROM_A_COPY,
        Dispute,
        joins=f"""JOIN payments_charge AS charge ON charge.id = it.charge_id {_MOVED}""",
        broken="ledger.amount <> CASE it.status WHEN 'won' THEN 0 ELSE -it.amount END",
        detail="concat(it.status, ', amount ', it.amount, ', ledger ', ledger.amount)",
        about="charge.imported_from = ''",
    ),
    Invariant(
        "payments.movements",
        _("Each movement of the ledger comes from a charge, a refund or a dispute."),
        FROM_A_COPY,
        BalanceTransaction,
        broken=f"""NOT CASE WHEN it.kind IN ('charge', 'payment') THEN {exists_in("payments_charge", "source_id")}
            WHEN it.kind = 'adjustment' THEN {exists_in("payments_dispute", "source_id")}
            ELSE {exists_in("payments_refund", "source_id")} END""",
        detail="concat(it.kind, ' of ', it.source_id, ', ', it.amount, ' ', it.currency)",
    ),
)
_HAS_METHODS = """EXISTS (
    SELECT FROM payments_paymentmethod AS method WHERE method.customer_id = it.id)"""
_METHODS = (
    Invariant(
        "payments.default_method",
        _("A customer with payment methods has a default one, unless somebody took it away."),
        _("Choose a default method on the customer's page."),
        Customer,
        joins=SITE,
        # Taking it away is told by the customer's events; what nobody has told of is looked for.
        broken=f"""{_HAS_METHODS} AND NOT EXISTS (
            SELECT FROM events_event AS told WHERE told.object_id = it.id AND told.type = 'customer.updated'
                AND (told.previous_attributes -> 'invoice_settings' ->> 'default_payment_method' IS NOT NULL
                    OR told.previous_attributes ->> 'default_source' IS NOT NULL)
        )""",
        detail="'methods, and no default'",
        about=f"it.default_payment_method_id IS NULL AND it.deleted_at IS NULL AND {TOLD_SINCE}",
    ),
    Invariant(
        "payments.methods_of_deleted",
        _("A customer that was deleted has no payment methods, and no schedule that runs."),
        _("Detach the methods, and cancel the schedules."),
        Customer,
        broken=f"""{_HAS_METHODS} OR EXISTS (
            SELECT FROM payments_schedule AS schedule
            WHERE schedule.customer_id = it.id AND schedule.status IN ('active', 'expiring')
        )""",
        detail="'methods or schedules of a deleted customer'",
        about="it.deleted_at IS NOT NULL",
    ),
    Invariant(
        "payments.attached",
        _("A payment method that was attached is a customer's, or was detached."),
        FROM_A_COPY,
        PaymentMethod,
        broken="it.customer_id IS NULL AND it.detached_at IS NULL",
        detail="'attached to nobody'",
        about="it.attached_at IS NOT NULL",
    ),
)
_TOLD = (
    told(
        "payments.charges_told", Charge, _("What became of a charge has its event."),
        begins=("charge.pending", "charge.succeeded", "charge.failed"),
        about=f"it.status <> 'pending' AND {_OURS}",
    ),
    told(
        "payments.refunds_told", Refund, _("What became of a refund has its event."),
        begins=("refund.created",),
        about="EXISTS (SELECT FROM payments_charge AS of WHERE of.id = it.charge_id AND of.imported_from = '')",
    ),
    told(
        "payments.disputes_told", Dispute, _("What became of a dispute has its event."),
        begins=("charge.dispute.created",),
    ),
    told(
        "payments.intents_told", PaymentIntent, _("What became of a payment intent has its event."),
        begins=("payment_intent.created",),
    ),
    told(
        "payments.setups_told", SetupIntent, _("What became of a setup intent has its event."),
        begins=("setup_intent.created",), first=("requires_payment_method",),
    ),
    told(
        "payments.schedules_told", Schedule, _("What became of a schedule has its event."),
        begins=("schedule.created",),
    ),
)  # fmt: skip
_IS_ASKED = "operation.state IN ('open', 'waiting', 'flagged')"
_CUSTOMER = "JOIN customers_customer AS customer ON customer.id = {}.customer_id"
_WORK = (
    Invariant(
        "payments.unknown",
        _("What became of an act at a gateway is known within a day."),
        _GATEWAY,
        Operation,
        broken="it.next_check_at IS NULL OR it.created_at < %(at)s - interval '1 day'",
        detail="concat(it.kind, ' of ', it.charge_id, ', asked ', it.checks, ' times')",
        about="it.state = 'open'",
        severity=Severity.WARNING,
    ),
    Invariant(
        "payments.pending_charges",
        _("The gateway is asked about a charge that is pending."),
        _GATEWAY,
        Charge,
        broken=f"""NOT EXISTS (
            SELECT FROM payments_operation AS operation WHERE operation.charge_id = it.id AND {_IS_ASKED}
        )""",
        detail="'pending, and nobody asks'",
        about="it.status = 'pending' AND it.created_at < %(at)s - interval '1 hour'",
    ),
    Invariant(
        "payments.pending_refunds",
        _("The gateway is asked about a refund that is pending."),
        _GATEWAY,
        Refund,
        broken=f"""NOT EXISTS (
            SELECT FROM payments_operation AS operation
            WHERE operation.charge_id = it.charge_id AND operation.refund_id = it.id AND {_IS_ASKED}
        )""",
        detail="'pending, and nobody asks'",
        about="it.status = 'pending' AND it.created_at < %(at)s - interval '1 hour'",
    ),
    Invariant(
        "payments.due_work",
        _("What is due is carried out at one of the first tries."),
        _("Look for the reason in the worker's log; it is tried again by itself."),
        DueClaim,
        broken="it.said <> '' AND it.tries >= 5",
        detail="concat(it.kind, ' of ', it.object_id, ', tries ', it.tries)",
        severity=Severity.WARNING,
    ),
    Invariant(
        "payments.claims",
        _("A claim of due work that has run out is let go of within days."),
        WORKER,
        DueClaim,
        broken="it.claimed_until < %(at)s - interval '3 days'",
        detail="concat(it.kind, ' of ', it.object_id)",
        severity=Severity.WARNING,
    ),
    Invariant(
        "payments.occurrences",
        _("A scheduled payment that is under way ends within a day."),
        _GATEWAY,
        Occurrence,
        joins=f"JOIN payments_schedule AS schedule ON schedule.id = it.schedule_id {_CUSTOMER.format('schedule')}",
        broken="it.created_at < %(at)s - interval '1 day'",
        detail="concat('schedule ', it.schedule_id, ', ', it.scheduled_on)",
        about="it.status = 'pending' AND customer.test_clock_id IS NULL",
        severity=Severity.WARNING,
    ),
    Invariant(
        "payments.late_schedules",
        _("A schedule is carried out within the day in which it is due."),
        WORKER,
        Schedule,
        joins=_CUSTOMER.format("it"),
        broken="it.due_at < %(at)s - interval '1 day'",
        detail="concat(it.status, ', next on ', it.next_on)",
        about="it.status IN ('active', 'expiring') AND customer.test_clock_id IS NULL",
        severity=Severity.WARNING,
    ),
)
