from django.db import migrations

from customers.kit.integrity import append_only, same_tenant, trigram_indexes, without_pattern_indexes

CUSTOMER = "customers_customer"


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        same_tenant("customers_address", "customer_id", CUSTOMER),
        same_tenant("customers_taxid", "customer_id", CUSTOMER),
        same_tenant("customers_consent", "customer_id", CUSTOMER),
        same_tenant("customers_customerbalancetransaction", "customer_id", CUSTOMER),
        same_tenant(CUSTOMER, "organization_id", "customers_organization"),
        append_only("customers_consent"),
        append_only("customers_customerbalancetransaction", but=("description", "metadata")),
        without_pattern_indexes(
            CUSTOMER, "customers_address", "customers_taxid", "customers_consent", "customers_organization",
            "customers_customerbalancetransaction", "customers_customfield", "customers_apikey",
        ),
        trigram_indexes(
            customer_email_trigrams=(CUSTOMER, "UPPER(email::text)"),
            customer_name_trigrams=(CUSTOMER, "UPPER(full_name::text)"),
        ),
    ]
