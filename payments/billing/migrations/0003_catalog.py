from django.db import migrations

from customers.kit.integrity import trigram_indexes


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_integrity")]

    operations = [
        trigram_indexes(
            product_name_trigrams=("billing_product", "UPPER(name::text)"),
            product_description_trigrams=(
                "billing_product", "UPPER(description::text)", "description <> ''"
            ),
        )
    ]
