from django.db import migrations, models
from django.db.models import F

CLOSED = """
UPDATE payments_dispute SET closed_at = (
    SELECT MAX(told.created_at) FROM events_event AS told
    WHERE told.site_id = payments_dispute.site_id AND told.livemode = payments_dispute.livemode
      AND told.type = 'charge.dispute.closed' AND told.object_id = payments_dispute.id
)
WHERE status IN ('won', 'lost')
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_charges_of_omise"), ("events", "0002_integrity")]

    operations = [
        migrations.AddField(
            model_name="dispute",
            name="closed_at",
            field=models.DateTimeField(null=True, verbose_name="closed"),
        ),
        migrations.RunSQL(CLOSED, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                "site", "livemode", "status", F("created_at").desc(), F("id").desc(), name="dispute_of_status"
            ),
        ),
    ]
