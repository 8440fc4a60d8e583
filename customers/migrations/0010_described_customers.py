from django.db import migrations

from customers.kit.integrity import trigram_indexes


class Migration(migrations.Migration):
    dependencies = [("customers", "0009_messages")]

    operations = [
        trigram_indexes(
            customer_description_trigrams=("customers_customer", "UPPER(description::text)", "description <> ''"),
        ),
    ]
