from django.db import migrations

from customers.kit.integrity import trigram_indexes


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_claimed_emails")]

    operations = [
        trigram_indexes(organization_name_trigrams=("customers_organization", "UPPER(name::text)")),
    ]
