from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0017_events_of_invitations_and_watched_places"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalmaterial",
            name="waste_code",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Where it is waste: its code, which loads of it that leave take over.",
                max_length=20,
                verbose_name="waste code",
            ),
        ),
        migrations.AddField(
            model_name="historicaloperation",
            name="made_by_loads",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Residue that leaves as it is made: a dispatched load with this operation makes the production record of its day. Nobody enters production with it.",
                verbose_name="made by the loads that leave",
            ),
        ),
        migrations.AddField(
            model_name="material",
            name="waste_code",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Where it is waste: its code, which loads of it that leave take over.",
                max_length=20,
                verbose_name="waste code",
            ),
        ),
        migrations.AddField(
            model_name="operation",
            name="made_by_loads",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Residue that leaves as it is made: a dispatched load with this operation makes the production record of its day. Nobody enters production with it.",
                verbose_name="made by the loads that leave",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("made_by_loads", False),
                    models.Q(("purpose", "residue"), ("stock_effect", "adds")),
                    _connector="OR",
                ),
                name="sites_operation_made_by_loads_is_residue",
                violation_error_message="What loads make is residue and adds to stock, which they remove.",
            ),
        ),
    ]
