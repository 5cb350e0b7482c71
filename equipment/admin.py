from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from equipment.models import Machine
from records.admin import MasterDataAdmin


@admin.register(Machine)
class MachineAdmin(MasterDataAdmin[Machine]):
    import_key = ("site", "code")
    bulk_fields = ("type", "in_maintenance")
    list_display = ("moves", "name", "code", "site", "type", "maintenance", "is_active")
    list_filter = ("is_active", "in_maintenance", "site", "type")
    list_select_related = ("site",)
    fieldsets: ClassVar = (
        (
            None,
            {
                "fields": ("site", "code", "name", "type", "serial_number", "tons_per_hour", "usage"),
                "description": _("A code is unique at its site; the site stays once the machine was used."),
            },
        ),
        (_("In lists"), {"fields": ("in_maintenance", "position", "is_active")}),
    )

    @admin.display(description=_("In maintenance"))
    def maintenance(self, machine: Machine) -> str:
        """Return a word instead of a red cross, which most machines would have."""
        return __("yes") if machine.in_maintenance else ""
