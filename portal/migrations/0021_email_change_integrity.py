from django.db import migrations

from customers.kit.integrity import same_tenant, without_pattern_indexes

CHANGE = "portal_emailchange"


class Migration(migrations.Migration):
    dependencies = [("portal", "0020_email_changes")]

    operations = [
        same_tenant(CHANGE, "customer_id", "customers_customer"),
        same_tenant(CHANGE, "session_id", "portal_portalsession"),
        without_pattern_indexes(CHANGE),
    ]
