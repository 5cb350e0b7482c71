from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0001_parties_vehicles_and_weighbridges"),
        ("received", "0006_ticket_numbers"),
        ("records", "0006_line_templates"),
        ("sites", "0018_residue_that_leaves"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalreceivedmaterial",
            name="sent_id",
            field=models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="transfer"),
        ),
        migrations.AddField(
            model_name="receivedmaterial",
            name="sent_id",
            field=models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="transfer"),
        ),
        migrations.AddConstraint(
            model_name="receivedmaterial",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("sent_id__isnull", False),
                    models.Q(("load_state__in", ("cancelled", "rejected")), _negated=True),
                ),
                fields=("sent_id",),
                name="received_transfer_unique",
                violation_error_message="This transfer was received already.",
            ),
        ),
    ]
