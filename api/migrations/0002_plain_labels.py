import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0001_tokens_and_use"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="usage",
            options={"verbose_name": "API usage", "verbose_name_plural": "API usage"},
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="created_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, verbose_name="created"
            ),
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="is_read_only",
            field=models.BooleanField(default=False, verbose_name="read only"),
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="prefix",
            field=models.CharField(editable=False, max_length=12, verbose_name="prefix"),
        ),
        migrations.AlterConstraint(
            model_name="apitoken",
            name="api_token_revoked_paired",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_at__isnull", True), ("revoked_by__isnull", True)),
                    models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                    _connector="OR",
                ),
                name="api_token_revoked_paired",
                violation_error_message="A revoked token has both a time and a user of the revocation.",
            ),
        ),
    ]
