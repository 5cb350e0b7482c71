from typing import override

from django.apps import AppConfig


class DeskopsConfig(AppConfig):
    name = "deskops"
    verbose_name = "DeskOps"

    @override
    def ready(self) -> None:
        # Registers the system checks.
        import deskops.checks  # noqa: F401, PLC0415  # the settings come first
