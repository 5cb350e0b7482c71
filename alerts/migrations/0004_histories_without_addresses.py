from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0003_e_mails"),
    ]

    operations = [
        # With a default, so that the column can be added again.
        migrations.AlterField(
            model_name="historicalwebhook",
            name="url",
            field=models.CharField(default="", max_length=500, verbose_name="address"),
        ),
        migrations.RemoveField(model_name="historicalwebhook", name="url"),
    ]
