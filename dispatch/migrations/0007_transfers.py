import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0006_waste_code"),
        ("parties", "0001_parties_vehicles_and_weighbridges"),
        ("records", "0006_line_templates"),
        ("sites", "0018_residue_that_leaves"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="dispatch",
            name="transfer_to",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sites.site",
                verbose_name="transferred to",
            ),
        ),
        migrations.AddField(
            model_name="historicaldispatch",
            name="transfer_to",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="sites.site",
                verbose_name="transferred to",
            ),
        ),
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(
                condition=models.Q(("transfer_to__isnull", False)),
                fields=["transfer_to", "site"],
                name="dispatch_transfer",
            ),
        ),
    ]
