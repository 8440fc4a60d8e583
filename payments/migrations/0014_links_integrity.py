from django.db import migrations

from customers.kit.integrity import same_tenant, without_pattern_indexes

LINK = "payments_link"


class Migration(migrations.Migration):
    dependencies = [("payments", "0013_links")]

    operations = [
        same_tenant("payments_charge", "link_id", LINK),
        without_pattern_indexes(LINK),
    ]
