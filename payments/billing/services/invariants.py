"""What must hold of billing: what invoices come to and what has paid them, credit notes, and subscriptions in time.

The database itself refuses these, so that nobody looks for them:

- two renewals of one period, two invoices of one number: `invoice_period_once`, `invoice_number_once`;
- an invoice that was finalized without a number, changed in its amounts or lines, or deleted:
  `invoice_finalized_has_number`, `billing_invoice_is_fixed`, `billing_invoiceline_is_fixed`;
- more paid than due, paid and not wholly: `invoice_amounts`, `invoice_paid_is_paid`; what remains is computed;
- a credit note whose parts, or ways, do not add up: `credit_note_parts_add_up`, `credit_note_ways_add_up`;
- one payment intent that pays two invoices: `invoice_payment_of_intent_once`;
- a subscription that has ended and has a next step, a price that stands in it twice: `subscription_ended_has_instant`,
  `subscription_item_price_once`.

What was imported from another account is history, and left out where it was worked out there.
"""

from django.utils.translation import gettext_lazy as _

from customers.events.services.invariants import told
from customers.kit import invariants
from customers.kit.invariants import SITE, TOLD_SINCE, Invariant, Severity
from customers.models import Customer
from customers.services.invariants import FROM_A_COPY, WORKER, names_resolve
from payments.billing.models import (
    CreditNote,
    CustomerRevenue,
    Invoice,
    Price,
    Product,
    Subscription,
    SubscriptionItem,
    SubscriptionSchedule,
)

_OURS = "it.imported_from = ''"
_FINAL = f"it.status <> 'draft' AND {_OURS}"


def register() -> None:
    """Enter ours."""
    invariants.joined.register(ours)


def ours() -> tuple[Invariant, ...]:
    """Return what must hold of billing."""
    names = [Invoice, Subscription, Product, Price]
    return (*_INVOICES, *_SUBSCRIPTIONS, names_resolve("billing", names), *_TOLD, *_WORK)


def _sum(json: str, key: str) -> str:
    """Return the sum of what the elements of a list in JSON have under a key or at a place."""
    return f"(SELECT coalesce(sum((each ->> {key})::bigint), 0) FROM jsonb_array_elements({json}) AS each)"  # noqa: S608 -- names of our own


# A line's net is what discounts leave of it; where it is taxed, its taxes name it, for they may be contained in it.
_LINES = f"""LEFT JOIN LATERAL (
    SELECT coalesce(sum(net.amount), 0) AS net, coalesce(sum(net.tax), 0) AS tax, coalesce(bool_or(
        net.amount + net.contained <> net.gross AND net.tax <> 0), false) AS is_torn
    FROM billing_invoiceline AS line CROSS JOIN LATERAL (
        SELECT line.amount - {_sum("line.discounts_shown", "1")} AS gross,
            {_sum("line.taxes_shown", "'amount'")} AS tax,
            coalesce((line.taxes_shown -> 0 ->> 'taxable_amount')::bigint,
                line.amount - {_sum("line.discounts_shown", "1")}) AS amount,
            (SELECT coalesce(sum((each ->> 'amount')::bigint), 0) FROM jsonb_array_elements(line.taxes_shown) AS each
                WHERE (each ->> 'is_inclusive')::boolean) AS contained
    ) AS net WHERE line.invoice_id = it.id
) AS lines ON true"""  # noqa: S608 -- names of our own
_SHIPPING_NET = "coalesce((it.shipping_shown ->> 'amount_subtotal')::bigint, 0)"
_SHIPPING_TAX = "coalesce((it.shipping_shown ->> 'amount_tax')::bigint, 0)"
_NOTES = """LEFT JOIN LATERAL (
    SELECT coalesce(sum(note.pre_payment_amount), 0) AS pre, coalesce(sum(note.post_payment_amount), 0) AS post,
        coalesce(sum(note.total), 0) AS total
    FROM billing_creditnote AS note WHERE note.invoice_id = it.id AND note.status = 'issued'
) AS notes ON true"""
_NUMBERS = """LEFT JOIN LATERAL (
    SELECT count(*) AS count, min(drawn.number) AS least, max(drawn.number) AS most
    FROM billing_invoice AS invoice CROSS JOIN LATERAL (
        SELECT substr(invoice.number, length(it.invoice_prefix) + 2) AS text
    ) AS rest CROSS JOIN LATERAL (
        SELECT CASE WHEN rest.text ~ '^[0-9]{1,15}$' THEN rest.text::bigint END AS number
    ) AS drawn
    WHERE invoice.customer_id = it.id AND invoice.imported_from = '' AND drawn.number IS NOT NULL
        AND invoice.status <> 'draft' AND starts_with(invoice.number, it.invoice_prefix || '-')
) AS numbers ON true"""
_INVOICES = (
    Invariant(
        "billing.totals",
        _("An invoice's total is the sum of its lines, less discounts, with taxes and shipping."),
        FROM_A_COPY,
        Invoice,
        joins=_LINES,
        broken=f"""it.total_excluding_tax <> lines.net + {_SHIPPING_NET}
            OR it.total <> it.total_excluding_tax + lines.tax + {_SHIPPING_TAX}
            OR lines.tax + {_SHIPPING_TAX} <> {_sum("it.taxes_shown", "'amount'")} OR lines.is_torn""",
        detail=f"""concat('total ', it.total, ', without tax ', it.total_excluding_tax, '; lines ', lines.net,
            ', their taxes ', lines.tax, '; shipping ', {_SHIPPING_NET}, ', its taxes ', {_SHIPPING_TAX})""",
        about=_FINAL,
    ),
    Invariant(
        "billing.due",
        _("What is due of an invoice is its total after the customer's balance."),
        FROM_A_COPY,
        Invoice,
        broken="""it.amount_due <> greatest(it.total + it.starting_balance, 0)
            AND NOT (it.amount_due = 0 AND it.ending_balance = it.total + it.starting_balance)""",
        detail="concat('due ', it.amount_due, ', total ', it.total, ', balance before ', it.starting_balance)",
        about=_FINAL,
    ),
    Invariant(
        "billing.paid",
        _("What is paid of an invoice is the sum of its payments."),
        FROM_A_COPY,
        Invoice,
        joins="""LEFT JOIN LATERAL (
            SELECT coalesce(sum(payment.amount_paid), 0) AS amount FROM billing_invoicepayment AS payment
            WHERE payment.invoice_id = it.id AND payment.status = 'paid'
        ) AS payments ON true""",
        broken="""it.amount_paid <> payments.amount
            AND NOT (it.is_paid_out_of_band AND it.amount_paid >= payments.amount)""",
        detail="concat(it.status, ', paid ', it.amount_paid, ', payments ', payments.amount)",
        about=_FINAL,
    ),
    Invariant(
        "billing.credited",
        _(
            "What an invoice was lowered by, and what was given back of it, is the sum of its credit notes."
        ),
        FROM_A_COPY,
        Invoice,
        joins=_NOTES,
        broken="""it.pre_payment_credit <> notes.pre OR it.post_payment_credit <> notes.post
            OR notes.total > greatest(it.total, 0)""",
        detail="""concat('total ', it.total, ', before payment ', it.pre_payment_credit, ', after ',
            it.post_payment_credit, '; credit notes ', notes.pre, ' and ', notes.post)""",
        about=_FINAL,
    ),
    Invariant(
        "billing.credit_notes",
        _("A credit note's total has its taxes, and its refunds are what it gives back by refund."),
        FROM_A_COPY,
        CreditNote,
        joins="""LEFT JOIN LATERAL (
            SELECT coalesce(sum(back.amount), 0) AS amount FROM billing_creditnoterefund AS back
            WHERE back.credit_note_id = it.id
        ) AS refunds ON true""",
        broken=f"""it.total <> it.total_excluding_tax + {_sum("it.taxes_shown", "'amount'")}
            OR it.refund_amount <> refunds.amount""",
        detail="""concat('total ', it.total, ', without tax ', it.total_excluding_tax, '; by refund ', it.refund_amount,
            ', refunds ', refunds.amount)""",
    ),
    Invariant(
        "billing.numbers",
        _("The numbers of a customer's invoices have no gap, unless somebody set the next one."),
        _(
            "Tell your accountant which number is missing: an invoice that was finalized is never deleted here."
        ),
        Customer,
        joins=f"{SITE} {_NUMBERS}",
        # That the next number was set is told by the customer's events: drawing one adds one. What was drawn while
        # another customer had gone into this one may have left with that one.
        broken="""numbers.count <> numbers.most - numbers.least + 1 AND NOT EXISTS (
            SELECT FROM events_event AS told WHERE told.object_id = it.id AND told.type = 'customer.updated'
                AND (told.previous_attributes ->> 'next_invoice_sequence')::bigint + 1
                    <> (told.snapshot ->> 'next_invoice_sequence')::bigint
        ) AND NOT EXISTS (
            SELECT FROM customers_merge AS merge WHERE merge.kept_id = it.id AND merge.undone_at IS NOT NULL
        )""",
        detail="concat(it.invoice_prefix, '-', numbers.least, ' to -', numbers.most, ': ', numbers.count, ' invoices')",
        about=TOLD_SINCE,
    ),
)
_SUBSCRIPTIONS = (
    Invariant(
        "billing.periods",
        _("A subscription's item is billed once for each of its periods."),
        _("Void one of the two invoices, or give it back with a credit note."),
        SubscriptionItem,
        joins="""LEFT JOIN LATERAL (
            SELECT min(twice.period_start) AS period_start, count(*) AS periods FROM (
                SELECT line.period_start FROM billing_invoiceline AS line
                JOIN billing_invoice AS invoice ON invoice.id = line.invoice_id
                WHERE line.subscription_item_id = it.id AND NOT line.is_proration AND line.invoice_item_id IS NULL
                    AND invoice.status <> 'void' AND invoice.latest_revision_id IS NULL
                    AND invoice.imported_from = ''
                GROUP BY line.period_start, line.period_end HAVING count(*) > 1
            ) AS twice
        ) AS billed ON true""",
        broken="billed.periods > 0",
        detail="concat('subscription ', it.subscription_id, ', period from ', billed.period_start::date, ' twice')",
    ),
    Invariant(
        "billing.next_step",
        _("A subscription that lives has a next step."),
        _(
            "Change the subscription in any way, such as its description: that works its next step out."
        ),
        Subscription,
        broken="it.next_step_at IS NULL",
        detail="concat(it.status, ', and nothing is due')",
        about=f"it.status IN ('trialing', 'active', 'past_due', 'unpaid', 'incomplete') AND {_OURS}",
    ),
    Invariant(
        "billing.owed",
        _(
            "A subscription that is past due, unpaid or incomplete has a latest invoice that is not paid."
        ),
        FROM_A_COPY,
        Subscription,
        joins="LEFT JOIN billing_invoice AS latest ON latest.id = it.latest_invoice_id",
        broken="latest.status = 'paid'",
        detail="concat(it.status, ', invoice ', latest.id, ' is paid')",
        about=f"it.status IN ('past_due', 'unpaid', 'incomplete') AND {_OURS}",
    ),
    Invariant(
        "billing.latest_invoice",
        _("A subscription's latest invoice is one of its own."),
        FROM_A_COPY,
        Subscription,
        joins="LEFT JOIN billing_invoice AS latest ON latest.id = it.latest_invoice_id",
        broken="""latest.subscription_id IS DISTINCT FROM it.id OR latest.site_id <> it.site_id
            OR latest.livemode <> it.livemode""",
        detail="concat('invoice ', it.latest_invoice_id)",
        about="it.latest_invoice_id <> ''",
    ),
    Invariant(
        "billing.subscriptions_of_deleted",
        _("A customer that was deleted has no subscription that lives."),
        _("Cancel the subscriptions."),
        Customer,
        broken="""EXISTS (
            SELECT FROM billing_subscription AS subscription WHERE subscription.customer_id = it.id
                AND subscription.status NOT IN ('canceled', 'incomplete_expired') AND subscription.imported_from = ''
        )""",
        detail="'subscriptions of a deleted customer'",
        about="it.deleted_at IS NOT NULL",
    ),
    Invariant(
        "billing.monthly_revenue",
        _("What a customer brings in a month is the sum of the customer's subscriptions."),
        _("Have the figures worked out anew: manage.py figures."),
        CustomerRevenue,
        joins="""LEFT JOIN LATERAL (
            SELECT coalesce(sum(revenue.amount), 0) AS amount FROM billing_subscriptionrevenue AS revenue
            WHERE revenue.site_id = it.site_id AND revenue.livemode = it.livemode
                AND revenue.customer_id = it.customer_id AND revenue.currency = it.currency
        ) AS subscriptions ON true""",
        broken="it.amount <> subscriptions.amount",
        detail="""concat('customer ', it.customer_id, ', ', it.currency, ': ', it.amount, ', subscriptions ',
            subscriptions.amount)""",
    ),
)
_TOLD = (
    told(
        "billing.invoices_told", Invoice, _("What became of an invoice has its event."),
        begins=("invoice.created",), about=_OURS,
    ),
    told(
        "billing.subscriptions_told", Subscription,
        _("What became of a subscription has its event."),
        begins=("customer.subscription.created",), first=("incomplete", "trialing", "active"),
        about=_OURS,
    ),
    told(
        "billing.credit_notes_told", CreditNote, _("What became of a credit note has its event."),
        begins=("credit_note.created",),
    ),
    told(
        "billing.schedules_told", SubscriptionSchedule,
        _("What became of a subscription's schedule has its event."),
        begins=("subscription_schedule.created",), first=("active",),
    ),
)  # fmt: skip
_WORK = (
    Invariant(
        "billing.late_steps",
        _("A subscription's next step is taken within the day in which it is due."),
        WORKER,
        Subscription,
        broken="it.next_step_at < %(at)s - interval '1 day'",
        detail="concat(it.status, ', due since ', it.next_step_at::date)",
        about="it.next_step_at IS NOT NULL AND it.test_clock_id = ''",
        severity=Severity.WARNING,
    ),
    Invariant(
        "billing.late_invoices",
        _("An invoice is finalized, or tried to collect, within the day in which that is due."),
        WORKER,
        Invoice,
        broken="least(it.finalizes_at, it.next_attempt_at) < %(at)s - interval '1 day'",
        detail="concat(it.status, ', due since ', least(it.finalizes_at, it.next_attempt_at)::date)",
        about=f"it.test_clock_id = '' AND {_OURS}",
        severity=Severity.WARNING,
    ),
)
