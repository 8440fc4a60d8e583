from django.db import migrations

from customers.kit.integrity import erasable


class Migration(migrations.Migration):
    """Let an erasure empty the words beside the ledger's amounts."""

    dependencies = [("payments", "0023_imported_integrity")]

    operations = [erasable("payments_balancetransaction", emptied=("description",))]
