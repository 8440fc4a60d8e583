from django.db import migrations

from customers.kit.integrity import trigram_indexes


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_closed_disputes")]

    operations = [
        trigram_indexes(
            charge_description_trigrams=("payments_charge", "UPPER(description::text)", "description <> ''"),
        ),
    ]
