from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from equipment.downtime.models import DowntimeReason
from records.admin import MasterDataAdmin


@admin.register(DowntimeReason)
class DowntimeReasonAdmin(MasterDataAdmin[DowntimeReason]):
    bulk_fields = ("group", "category", "is_planned")
    list_display = ("moves", "name", "code", "group", "category", "is_planned", "is_active")
    list_filter = ("is_active", "category", "is_planned", "group")
    list_select_related = ("group",)
    fieldsets: ClassVar = (
        (None, {"fields": ("code", "name", "group", "usage")}),
        (
            _("Meaning"),
            {
                "fields": ("category", "is_planned"),
                "description": _("What records mean by it. Neither can change once it has been used."),
            },
        ),
        (_("In lists"), {"fields": ("position", "is_active")}),
    )
