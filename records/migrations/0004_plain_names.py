"""The columns of `NothingToday` keep their names; its fields are called `noted_at` and `noted_by`."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FIELDS = {
    ("historicalnothingtoday", "said_at", "noted_at"): models.DateTimeField(
        db_column="said_at", verbose_name="noted"
    ),
    ("historicalnothingtoday", "said_by", "noted_by"): models.ForeignKey(
        blank=True,
        db_column="said_by_id",
        db_constraint=False,
        null=True,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        verbose_name="noted by",
    ),
    ("nothingtoday", "said_at", "noted_at"): models.DateTimeField(db_column="said_at", verbose_name="noted"),
    ("nothingtoday", "said_by", "noted_by"): models.ForeignKey(
        db_column="said_by_id",
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        verbose_name="noted by",
    ),
}


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0003_nothing_today_kept_figures_and_reminders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        operation
        for (model, old, new), field in FIELDS.items()
        for operation in (
            migrations.AlterField(model, old, field),
            migrations.RenameField(model, old, new),
        )
    ]
    operations += [
        migrations.AlterConstraint(
            model_name="nothingtoday",
            name="records_nothingtoday_unique",
            constraint=models.UniqueConstraint(
                fields=("site", "date", "module"),
                name="records_nothingtoday_unique",
                violation_error_message="This has been noted for this day already.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="nothingtoday",
            name="records_nothingtoday_reasoned",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="records_nothingtoday_reasoned",
                violation_error_message="Enter why there was nothing.",
            ),
        ),
    ]
