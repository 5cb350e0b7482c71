from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0005_ticket_numbers"),
    ]

    operations = [
        migrations.AddField(
            model_name="dispatch",
            name="waste_code",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Left empty, it is the material's.",
                max_length=20,
                verbose_name="waste code",
            ),
        ),
        migrations.AddField(
            model_name="historicaldispatch",
            name="waste_code",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Left empty, it is the material's.",
                max_length=20,
                verbose_name="waste code",
            ),
        ),
    ]
