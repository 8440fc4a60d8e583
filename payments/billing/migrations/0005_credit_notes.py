from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_invoices")]

    operations = [
        # Credit notes count up on the row that they lock: whatever they are issued from, no more than the total.
        migrations.RunSQL(
            "ALTER TABLE billing_invoice ADD CONSTRAINT invoice_credited_within_total CHECK "
            "(post_payment_credit >= 0 AND pre_payment_credit + post_payment_credit <= GREATEST(total, 0))",
            "ALTER TABLE billing_invoice DROP CONSTRAINT invoice_credited_within_total",
        )
    ]
