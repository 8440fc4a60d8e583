from django.db import migrations

from customers.kit.integrity import same_tenant, without_pattern_indexes

FIXED = (
    "number",
    "currency",
    "subtotal",
    "subtotal_excluding_tax",
    "total",
    "total_excluding_tax",
    "discounts_shown",
    "taxes_shown",
    "starting_balance",
    "ending_balance",
    "amount_due",
    "finalized_at",
    "created_at",
)
"""What no longer changes of an invoice that was finalized."""
SHIPPING = ("shipping_rate_id", "shipping_shown", "shipping_details")


def fixing(columns: tuple[str, ...]) -> str:
    """Return the SQL of the trigger's function that keeps columns as they are."""
    return f"""
CREATE OR REPLACE FUNCTION billing_invoice_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status = 'draft' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'invoices that were finalized are never deleted'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'billing_invoice_is_fixed';
    END IF;
    IF OLD.status <> 'draft' AND ROW({", ".join(f"OLD.{name}" for name in columns)})
        IS DISTINCT FROM ROW({", ".join(f"NEW.{name}" for name in columns)}) THEN
        RAISE EXCEPTION 'the amounts and the number of an invoice that was finalized never change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'billing_invoice_is_fixed';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    """Fix what the document of a finalized invoice says of shipping, too."""

    dependencies = [("billing", "0011_shipping")]

    operations = [
        same_tenant("billing_invoice", "shipping_rate_id", "billing_shippingrate"),
        without_pattern_indexes("billing_shippingrate"),
        migrations.RunSQL(fixing((*FIXED, *SHIPPING)), fixing(FIXED)),
    ]
