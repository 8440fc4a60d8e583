from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0005_webhook_triggers")]

    operations = [
        # A delivery is updated when it is claimed, right after it was inserted: with room on its page no index has to
        # be told. What was sent leaves dead rows at the head of the index of what is due, so they go early.
        migrations.RunSQL(
            "ALTER TABLE events_delivery SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, "
            "autovacuum_vacuum_threshold = 2000)",
            "ALTER TABLE events_delivery RESET (fillfactor, autovacuum_vacuum_scale_factor, "
            "autovacuum_vacuum_threshold)",
        ),
    ]
