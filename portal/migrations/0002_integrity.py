from django.db import migrations

from customers.kit.integrity import same_tenant, without_pattern_indexes

SESSION, CONFIGURATION = "portal_portalsession", "portal_portalconfiguration"
SIGN_IN, DEVICE = "portal_signin", "portal_trusteddevice"


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial")]

    operations = [
        same_tenant(SESSION, "customer_id", "customers_customer"),
        same_tenant(SESSION, "configuration_id", CONFIGURATION),
        same_tenant(DEVICE, "customer_id", "customers_customer"),
        same_tenant(SIGN_IN, "configuration_id", CONFIGURATION),
        same_tenant(SIGN_IN, "resumes_id", SESSION),
        same_tenant(SIGN_IN, "renews_id", SESSION),
        without_pattern_indexes(SESSION, CONFIGURATION, SIGN_IN, DEVICE),
    ]
