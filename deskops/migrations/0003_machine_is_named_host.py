from django.db import migrations


class Migration(migrations.Migration):
    """The table keeps its name, so that the release before goes on beside this one."""

    dependencies = [("deskops", "0002_machines")]

    operations = [
        migrations.AlterModelTable("Machine", "deskops_machine"),
        migrations.RenameModel("Machine", "Host"),
    ]
