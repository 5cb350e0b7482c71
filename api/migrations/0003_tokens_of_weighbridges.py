import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0002_plain_labels"),
        ("parties", "0001_parties_vehicles_and_weighbridges"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="weighbridge",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="parties.weighbridge",
                verbose_name="weighbridge",
            ),
        ),
    ]
