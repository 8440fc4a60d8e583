from django.db import migrations

from customers.kit.integrity import without_pattern_indexes


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [without_pattern_indexes("events_event")]
