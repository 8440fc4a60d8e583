from django.db import migrations

from customers.kit.integrity import append_only, same_tenant, without_pattern_indexes

CASH, CLOCK, CUSTOMER = "customers_cashtransaction", "customers_testclock", "customers_customer"


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_billing")]

    operations = [
        same_tenant(CUSTOMER, "test_clock_id", CLOCK),
        same_tenant(CASH, "customer_id", CUSTOMER),
        append_only(CASH),
        without_pattern_indexes(CASH, CLOCK),
    ]
