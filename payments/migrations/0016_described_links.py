from django.db import migrations

from customers.kit.integrity import trigram_indexes


class Migration(migrations.Migration):
    dependencies = [("payments", "0015_found_charges")]

    operations = [
        trigram_indexes(
            link_title_trigrams=("payments_link", "UPPER(title::text)", "title <> ''"),
            link_description_trigrams=("payments_link", "UPPER(description::text)", "description <> ''"),
            schedule_description_trigrams=("payments_schedule", "UPPER(description::text)", "description <> ''"),
        ),
    ]
