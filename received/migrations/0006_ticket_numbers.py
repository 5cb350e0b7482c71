from django.db import migrations, models


class Migration(migrations.Migration):
    """Ticket numbers are unique. No record has one yet, so the indexes are made of nothing."""

    dependencies = [
        ("received", "0005_loads"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="receivedmaterial",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("ticket_no", ""), _negated=True), ("weighbridge__isnull", False)
                ),
                fields=("site", "weighbridge", "ticket_no"),
                name="received_ticket_unique",
                violation_error_message="This ticket number is that of another load.",
            ),
        ),
        migrations.AddConstraint(
            model_name="receivedmaterial",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("ticket_no", ""), _negated=True), ("weighbridge__isnull", True)),
                fields=("site", "ticket_no"),
                name="received_site_ticket_unique",
                violation_error_message="This ticket number is that of another load.",
            ),
        ),
    ]
