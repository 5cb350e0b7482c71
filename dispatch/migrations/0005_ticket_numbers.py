from django.db import migrations, models


class Migration(migrations.Migration):
    """Ticket numbers are unique. No record has one yet, so the indexes are made of nothing."""

    dependencies = [
        ("dispatch", "0004_loads"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="dispatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("ticket_no", ""), _negated=True), ("weighbridge__isnull", False)
                ),
                fields=("site", "weighbridge", "ticket_no"),
                name="dispatch_ticket_unique",
                violation_error_message="This ticket number is that of another load.",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("ticket_no", ""), _negated=True), ("weighbridge__isnull", True)),
                fields=("site", "ticket_no"),
                name="dispatch_site_ticket_unique",
                violation_error_message="This ticket number is that of another load.",
            ),
        ),
    ]
