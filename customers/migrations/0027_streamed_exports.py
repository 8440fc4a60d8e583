from typing import Any

from django.db import migrations, models


def forget_exports(apps: Any, schema_editor: Any) -> None:
    """Delete the exports that the worker wrote: files are streamed now, and were kept for some days only."""
    manager = apps.get_model("customers", "BulkJob")._base_manager
    exports = manager.filter(act="export")
    apps.get_model("customers", "BulkJobPart")._base_manager.filter(job__in=exports).delete()
    exports.delete()


class Migration(migrations.Migration):
    dependencies = [("customers", "0026_import_integrity")]

    operations = [
        migrations.RunPython(forget_exports, migrations.RunPython.noop),
        migrations.RemoveConstraint("bulkjob", "bulk_job_act_known"),
        migrations.AddConstraint(
            "bulkjob",
            models.CheckConstraint(
                condition=models.Q(act__in=["tag", "set_field", "delete", "card_update"]),
                name="bulk_job_act_known",
            ),
        ),
        migrations.AlterField(
            "bulkjob",
            "act",
            models.CharField(
                choices=[
                    ("tag", "Tag"),
                    ("set_field", "Set a field"),
                    ("delete", "Delete"),
                    ("card_update", "Ask for a card update"),
                ],
                max_length=16,
                verbose_name="what",
            ),
        ),
        migrations.RemoveField("bulkjob", "columns"),
    ]
