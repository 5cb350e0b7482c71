import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0010_decimal_mark_is_known"),
    ]

    operations = [
        migrations.AlterField(
            model_name="invitation",
            name="revoked_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="withdrawn"),
        ),
        migrations.AlterField(
            model_name="invitation",
            name="revoked_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="withdrawn by",
            ),
        ),
        migrations.AlterConstraint(
            model_name="invitation",
            name="sites_invitation_revoked_at_by",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_at", None), ("revoked_by", None)),
                    models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                    _connector="OR",
                ),
                name="sites_invitation_revoked_at_by",
                violation_error_message="A withdrawn invitation was withdrawn by somebody.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="invitation",
            name="sites_invitation_accepted_or_revoked",
            constraint=models.CheckConstraint(
                condition=models.Q(("accepted_at", None), ("revoked_at", None), _connector="OR"),
                name="sites_invitation_accepted_or_revoked",
                violation_error_message="An accepted invitation cannot be withdrawn.",
            ),
        ),
    ]
