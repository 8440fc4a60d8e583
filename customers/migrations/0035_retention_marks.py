"""Up to when each site has let go of a kind of data."""

from django.db import migrations, models

from customers.kit import integrity


class Migration(migrations.Migration):

    dependencies = [
        ("customers", "0034_findings"),
    ]

    operations = [
        integrity.wait_briefly(),
        migrations.AddField(
            model_name="retentionrun",
            name="gone_before",
            field=models.DateTimeField(null=True),
        ),
    ]
