from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gate", "0006_versions_of_delivery_notes"),
    ]

    operations = [
        migrations.AddField(
            model_name="openload",
            name="sent_id",
            field=models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="transfer"),
        ),
    ]
