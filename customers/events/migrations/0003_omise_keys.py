from django.db import migrations, models
from django.db.models import F, Q

NAMES = """
UPDATE events_event SET omise_key = CASE
    WHEN type = 'customer.created' THEN 'customer.create'
    WHEN type = 'customer.updated' THEN 'customer.update'
    WHEN type = 'customer.deleted' THEN 'customer.destroy'
    WHEN type IN ('payment_method.attached', 'customer.source.created') THEN 'customer.update.card'
    WHEN type IN ('payment_method.updated', 'customer.source.updated') THEN 'card.update'
    WHEN type IN ('payment_method.detached', 'customer.source.deleted') THEN 'card.destroy'
    WHEN type = 'charge.pending' THEN 'charge.create'
    WHEN type = 'charge.failed' AND snapshot ->> 'failure_code' IN ('canceled', 'superseded', 'expired')
        THEN 'charge.expire'
    WHEN type IN ('charge.succeeded', 'charge.failed') THEN 'charge.complete'
    WHEN type = 'charge.captured' THEN 'charge.capture'
    WHEN type = 'charge.expired' THEN 'charge.expire'
    WHEN type = 'charge.refunded' AND snapshot ->> 'captured' = 'false' THEN 'charge.reverse'
    WHEN type IN ('charge.refunded', 'charge.updated') THEN 'charge.update'
    WHEN type = 'refund.created' THEN 'refund.create'
    WHEN type = 'charge.dispute.created' THEN 'dispute.create'
    WHEN type = 'charge.dispute.updated' THEN 'dispute.update'
    WHEN type = 'charge.dispute.closed' THEN 'dispute.close'
    WHEN type = 'link.created' THEN 'link.create'
    WHEN type = 'schedule.created' THEN 'schedule.create'
    WHEN type = 'schedule.canceled' THEN 'schedule.destroy'
    WHEN type = 'schedule.suspended' THEN 'schedule.suspend'
    WHEN type = 'schedule.expiring' THEN 'schedule.expiring'
    WHEN type = 'schedule.expired' THEN 'schedule.expire'
    ELSE ''
END
WHERE type NOT LIKE '%source%' AND type NOT LIKE 'payment\\_method.%'
   OR snapshot ->> 'object' = 'card' OR snapshot ->> 'type' = 'card'
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0009_messages"), ("events", "0002_integrity")]

    operations = [
        migrations.RemoveIndex(model_name="event", name="event_newest"),
        migrations.AddField(
            model_name="event",
            name="omise_key",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.RunSQL(NAMES, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                "site", "livemode", F("created_at").desc(), F("id").desc(), include=["omise_key"], name="event_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                "object_id", F("created_at").desc(), F("id").desc(),
                condition=Q(omise_key__startswith="charge."), name="event_of_charge",
            ),
        ),
    ]
