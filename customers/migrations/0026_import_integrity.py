from django.db import migrations

from customers.kit.integrity import same_tenant, without_pattern_indexes


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0025_imports'),
    ]

    operations = [
        same_tenant('customers_importchunk', 'of_id', 'customers_import'),
        same_tenant('customers_importfault', 'of_id', 'customers_import'),
        without_pattern_indexes('customers_import', 'customers_importchunk', 'customers_importfault'),
    ]
