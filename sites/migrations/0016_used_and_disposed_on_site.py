from typing import TYPE_CHECKING

from django.db import migrations, models

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def become_other(apps: "Apps", schema_editor: "BaseDatabaseSchemaEditor") -> None:
    """Give operations of these purposes the one that the version before knows."""
    del schema_editor
    for name in ("Operation", "HistoricalOperation"):
        operations = apps.get_model("sites", name)._default_manager
        operations.filter(purpose__in=("used", "disposed")).update(purpose="other")


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0015_device_resets"),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, become_other),
        migrations.AlterField(
            model_name="historicaloperation",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("product", "Product"),
                    ("feed", "Feed used"),
                    ("residue", "Residue"),
                    ("used", "Used on site"),
                    ("disposed", "Disposed on site"),
                    ("other", "Other"),
                ],
                max_length=10,
                verbose_name="purpose",
            ),
        ),
        migrations.AlterField(
            model_name="operation",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("product", "Product"),
                    ("feed", "Feed used"),
                    ("residue", "Residue"),
                    ("used", "Used on site"),
                    ("disposed", "Disposed on site"),
                    ("other", "Other"),
                ],
                max_length=10,
                verbose_name="purpose",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("purpose__in", ("used", "disposed")), _negated=True),
                    ("stock_effect", "removes"),
                    _connector="OR",
                ),
                name="sites_operation_on_site_removes",
                violation_error_message="What is used or disposed of on site is removed from stock.",
            ),
        ),
    ]
