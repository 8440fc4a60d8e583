from django.db import migrations

FIXED = (
    "number", "currency", "subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax", "discounts_shown",
    "taxes_shown", "starting_balance", "ending_balance", "amount_due", "finalized_at", "created_at",
)
"""What no longer changes of an invoice that was finalized."""

INVOICE = f"""
CREATE FUNCTION billing_invoice_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status = 'draft' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'invoices that were finalized are never deleted'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'billing_invoice_is_fixed';
    END IF;
    IF OLD.status <> 'draft' AND ROW({", ".join(f"OLD.{name}" for name in FIXED)})
        IS DISTINCT FROM ROW({", ".join(f"NEW.{name}" for name in FIXED)}) THEN
        RAISE EXCEPTION 'the amounts and the number of an invoice that was finalized never change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'billing_invoice_is_fixed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_invoice_is_fixed BEFORE UPDATE OR DELETE ON billing_invoice
    FOR EACH ROW EXECUTE FUNCTION billing_invoice_is_fixed();
"""
LINE = """
CREATE FUNCTION billing_invoiceline_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fixed boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(OLD) - 'metadata' = to_jsonb(NEW) - 'metadata' THEN
            RETURN NEW;
        END IF;
    END IF;
    SELECT bool_or(status <> 'draft') INTO fixed FROM billing_invoice
        WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.invoice_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.invoice_id END);
    IF fixed THEN
        RAISE EXCEPTION 'the lines of an invoice that was finalized never change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'billing_invoiceline_is_fixed';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_invoiceline_is_fixed BEFORE INSERT OR UPDATE OR DELETE ON billing_invoiceline
    FOR EACH ROW EXECUTE FUNCTION billing_invoiceline_is_fixed();
"""


class Migration(migrations.Migration):
    """Fix what the document of a finalized invoice says, whoever writes."""

    dependencies = [("billing", "0003_catalog")]

    operations = [
        migrations.RunSQL(
            INVOICE,
            "DROP TRIGGER billing_invoice_is_fixed ON billing_invoice; DROP FUNCTION billing_invoice_is_fixed();",
        ),
        migrations.RunSQL(
            LINE,
            "DROP TRIGGER billing_invoiceline_is_fixed ON billing_invoiceline; "
            "DROP FUNCTION billing_invoiceline_is_fixed();",
        ),
    ]
