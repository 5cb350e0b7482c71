import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gate", "0001_open_loads"),
        ("sites", "0015_device_resets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DeliveryNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("record_id", models.BigIntegerField(db_index=True, verbose_name="dispatch")),
                ("content", models.JSONField(verbose_name="content")),
                ("token", models.CharField(max_length=32, unique=True, verbose_name="token")),
                (
                    "issued_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="issued at"),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="issued by",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sites.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery note",
                "verbose_name_plural": "delivery notes",
                "ordering": ("-issued_at",),
                "constraints": [
                    models.UniqueConstraint(fields=("site", "number"), name="gate_deliverynote_number_unique")
                ],
            },
        ),
    ]
