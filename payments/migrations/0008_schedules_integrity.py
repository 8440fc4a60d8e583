from django.db import migrations

from customers.kit.integrity import same_tenant, without_pattern_indexes

SCHEDULE, OCCURRENCE = "payments_schedule", "payments_occurrence"


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_schedules")]

    operations = [
        same_tenant(SCHEDULE, "customer_id", "customers_customer"),
        same_tenant(SCHEDULE, "payment_method_id", "payments_paymentmethod"),
        same_tenant(OCCURRENCE, "schedule_id", SCHEDULE),
        same_tenant(OCCURRENCE, "charge_id", "payments_charge"),
        same_tenant("payments_charge", "schedule_id", SCHEDULE),
        without_pattern_indexes(SCHEDULE, OCCURRENCE),
    ]
