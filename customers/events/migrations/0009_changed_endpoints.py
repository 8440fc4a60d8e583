from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0008_event_of_object'),
    ]

    operations = [
        migrations.AddField(
            model_name='webhookendpoint',
            name='updated_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='changed'),
        ),
        migrations.RunSQL(
            "UPDATE events_webhookendpoint SET updated_at = created_at", migrations.RunSQL.noop
        ),
        migrations.AlterField(
            model_name='webhookendpoint',
            name='updated_at',
            field=models.DateTimeField(editable=False, verbose_name='changed'),
        ),
    ]
