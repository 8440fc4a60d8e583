from django.db import migrations

from customers.kit.integrity import without_pattern_indexes

PENDING, LEDGER, EVENT = "billing_pendingfigure", "payments_balancetransaction", "events_event"
TYPES = (
    "charge.failed", "customer.discount.created", "customer.discount.deleted", "customer.discount.updated",
    "customer.subscription.created", "customer.subscription.deleted", "customer.subscription.paused",
    "customer.subscription.resumed", "customer.subscription.updated", "invoice.paid",
)  # fmt: skip
"""Also in `payments.billing.services.figure_sources`."""
_TYPES = ", ".join(f"'{type_}'" for type_ in TYPES)

# Whoever inserts what figures are made of, by whichever statement: it waits to be added up, from the transaction's end
# on. The ledger's rows all count, and come in statements of one or of many; of the events few do, and the others cost
# no call.
TRIGGERS = migrations.RunSQL(
    f"""
    CREATE FUNCTION billing_entries_are_pending() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO {PENDING} (id, site_id, livemode, created_at, position)
        SELECT id, site_id, livemode, created_at, 0 FROM fresh;
        RETURN NULL;
    END $$;
    CREATE TRIGGER billing_entries_are_pending AFTER INSERT ON {LEDGER}
        REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION billing_entries_are_pending();
    CREATE FUNCTION billing_event_is_pending() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO {PENDING} (id, site_id, livemode, created_at, position)
        VALUES (NEW.id, NEW.site_id, NEW.livemode, NEW.created_at, NEW.sequence);
        RETURN NULL;
    END $$;
    CREATE TRIGGER billing_event_is_pending AFTER INSERT ON {EVENT} FOR EACH ROW
        WHEN (NEW.type IN ({_TYPES})) EXECUTE FUNCTION billing_event_is_pending();
    """,
    f"""
    DROP TRIGGER billing_entries_are_pending ON {LEDGER}; DROP FUNCTION billing_entries_are_pending();
    DROP TRIGGER billing_event_is_pending ON {EVENT}; DROP FUNCTION billing_event_is_pending();
    """,
)

EVERYTHING = migrations.RunSQL(
    f"""
    INSERT INTO {PENDING} (id, site_id, livemode, created_at, position)
    SELECT id, site_id, livemode, created_at, 0 FROM {LEDGER}
    UNION ALL SELECT id, site_id, livemode, created_at, sequence FROM {EVENT} WHERE type IN ({_TYPES})
    """,  # noqa: S608 -- our own names
    migrations.RunSQL.noop,
)


class Migration(migrations.Migration):
    """Let the ledger and the events feed the figures, beginning with what is there."""

    dependencies = [
        ("billing", "0013_figures"),
        ("events", "0007_listening"),
        ("payments", "0017_due_claims"),
    ]

    operations = [
        TRIGGERS,
        EVERYTHING,
        without_pattern_indexes(
            PENDING, "billing_dailyfigure", "billing_figurebook", "billing_subscriptionrevenue",
            "billing_customerrevenue",
        ),
    ]  # fmt: skip
