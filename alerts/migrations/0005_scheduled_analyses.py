import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q

GOT_ALREADY = "You get this e-mail already: remove that one first."


def delete_analyses(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Delete the e-mails of analyses, which an earlier release would send as those of Today of all sites."""
    for each in apps.get_model("alerts", "ScheduledEmail")._default_manager.exclude(analysis=None):
        each.delete()
    if schema_editor.connection.vendor == "postgresql":
        # A table with deferred checks of foreign keys cannot be altered.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0004_histories_without_addresses"),
        ("analysis", "0002_pinned_analyses"),
    ]

    operations = [
        # The tables and columns keep their names.
        migrations.AlterModelTable("todayemail", "alerts_todayemail"),
        migrations.RenameModel("TodayEmail", "ScheduledEmail"),
        migrations.AlterModelOptions(
            "scheduledemail",
            {
                "ordering": ("analysis__name", "site", "frequency", "id"),
                "verbose_name": "scheduled e-mail",
                "verbose_name_plural": "scheduled e-mails",
            },
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveConstraint("email", "alerts_email_once")]
        ),
        migrations.AlterField(
            "email",
            "today",
            models.ForeignKey(
                db_column="today_id",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="emails",
                to="alerts.scheduledemail",
                verbose_name="scheduled e-mail",
            ),
        ),
        migrations.RenameField("email", "today", "scheduled"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    "email",
                    models.UniqueConstraint(
                        condition=Q(scheduled__isnull=False),
                        fields=["scheduled", "due_at"],
                        name="alerts_email_once",
                        violation_error_message="This e-mail has been made already.",
                    ),
                )
            ]
        ),
        migrations.AddField(
            "scheduledemail",
            "analysis",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="analysis.savedanalysis",
                verbose_name="analysis",
            ),
        ),
        migrations.RemoveConstraint("scheduledemail", "alerts_todayemail_all_once"),
        migrations.AddConstraint(
            "scheduledemail",
            models.UniqueConstraint(
                condition=Q(site__isnull=True, analysis__isnull=True),
                fields=["person", "frequency"],
                name="alerts_todayemail_all_once",
                violation_error_message=GOT_ALREADY,
            ),
        ),
        migrations.AddConstraint(
            "scheduledemail",
            models.UniqueConstraint(
                condition=Q(analysis__isnull=False),
                fields=["person", "analysis", "frequency"],
                name="alerts_todayemail_analysis_once",
                violation_error_message=GOT_ALREADY,
            ),
        ),
        migrations.AddConstraint(
            "scheduledemail",
            models.CheckConstraint(
                condition=Q(site__isnull=True) | Q(analysis__isnull=True),
                name="alerts_todayemail_one_subject",
                violation_error_message="An e-mail is of Today or of an analysis.",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, delete_analyses),
    ]
