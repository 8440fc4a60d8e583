from django.db import migrations

from customers.kit.integrity import erasable, same_tenant, without_pattern_indexes


class Migration(migrations.Migration):
    """Tie erasures to their customers, and let them empty what is otherwise only ever added to."""

    dependencies = [("customers", "0031_privacy")]

    operations = [
        same_tenant("customers_erasure", "customer_id", "customers_customer"),
        same_tenant("customers_tombstone", "erasure_id", "customers_erasure"),
        erasable(
            "customers_consent",
            emptied=("actor", "ip_address", "wording"),
            but=("customer_id",),  # a consent goes with its customer into another one
            are_deleted=True,
        ),
        erasable("customers_cashtransaction", emptied=("reference",)),
        erasable(
            "customers_auditentry",
            emptied=("object_label", "reason", "before", "after", "ip_address"),
            are_deleted=True,
        ),
        without_pattern_indexes("customers_erasure", "customers_tombstone"),
    ]
