from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from production.models import Target
from sites.admin import PortalAdmin


@admin.register(Target)
class TargetAdmin(PortalAdmin[Target]):
    list_display = ("site", "material", "tons_per_day", "valid_from")
    list_filter = ("site", "material")
    list_select_related = ("site", "material")
    search_fields = ("site__code", "site__name", "material__code", "material__name")
    ordering = ("site", "-valid_from")
    fieldsets = (
        (
            None,
            {
                "fields": ("site", "material", "tons_per_day", "valid_from"),
                "description": _("Managers set these on the page of the targets as well."),
            },
        ),
    )
