"""Sites have a decimal mark. Existing sites keep the point, except where their time zone writes a comma."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from sites.models.sites import usual_decimal_mark

CHOICES = [(".", "Point: 12.5"), (",", "Comma: 12,5")]
HELP = "How people of the site write numbers. Left empty, as is usual in its time zone."


def set_marks(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    database = schema_editor.connection.alias
    sites = apps.get_model("sites", "Site").objects.using(database)
    versions = apps.get_model("sites", "HistoricalSite").objects.using(database)
    for zone in sites.values_list("timezone", flat=True).distinct().order_by():
        mark = usual_decimal_mark(zone)
        changed = sites.filter(timezone=zone)
        # The history too: otherwise the next change of a site would list the mark as changed.
        versions.filter(id__in=changed.values("id")).update(decimal_mark=mark)
        changed.update(decimal_mark=mark)


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0008_access_valid_from"),
    ]

    operations = [
        *(
            migrations.AddField(
                model_name=model,
                name="decimal_mark",
                field=models.CharField(
                    blank=True,
                    choices=CHOICES,
                    db_default=".",
                    default="",
                    help_text=HELP,
                    max_length=1,
                    verbose_name="decimal mark",
                ),
            )
            for model in ("historicalsite", "site")
        ),
        migrations.RunPython(set_marks, migrations.RunPython.noop),
    ]
