from django.db import migrations

from customers.kit.integrity import append_only, without_pattern_indexes


class Migration(migrations.Migration):
    """The audit log is kept for good."""

    dependencies = [("customers", "0015_staff")]

    operations = [
        append_only("customers_auditentry"),
        without_pattern_indexes("customers_auditentry"),
    ]
