"""Find migrations of ours that would break the version still running, or could not be taken back."""

import os
import sys
from pathlib import Path

import django

PROJECT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Return 1 if a migration has an error, having printed it."""
    sys.path.insert(0, str(PROJECT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deskops.settings")
    django.setup()
    # Both need the settings.
    from django.apps import apps  # noqa: PLC0415
    from django_migration_linter import MigrationLinter  # noqa: PLC0415

    ours = [app.label for app in apps.get_app_configs() if Path(app.path).parent == PROJECT]
    linter = MigrationLinter(
        str(PROJECT),
        include_apps=ours,
        no_cache=True,
        # A reversible data migration is our rule; that its models come from the registry is Django's.
        warnings_as_errors_tests=["RUNPYTHON_REVERSIBLE", "RUNPYTHON_MODEL_IMPORT"],
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return 1 if linter.has_errors else 0


if __name__ == "__main__":
    sys.exit(main())
