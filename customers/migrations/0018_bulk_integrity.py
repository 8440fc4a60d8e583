from django.db import migrations

from customers.kit.integrity import same_tenant, without_pattern_indexes


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0017_finding'),
    ]

    operations = [
        same_tenant('customers_bulkjobpart', 'job_id', 'customers_bulkjob'),
        without_pattern_indexes('customers_bulkjob', 'customers_bulkjobpart', 'customers_savedview'),
    ]
