from django.db import migrations

from customers.kit.integrity import without_pattern_indexes


class Migration(migrations.Migration):
    dependencies = [("payments", "0022_imported_accounts")]

    operations = [
        without_pattern_indexes("payments_accountimport", "payments_importedrecord"),
    ]
