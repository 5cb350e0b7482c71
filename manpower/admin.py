from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from manpower.models import ManpowerRole
from records.admin import MasterDataAdmin


@admin.register(ManpowerRole)
class ManpowerRoleAdmin(MasterDataAdmin[ManpowerRole]):
    list_display = ("moves", "name", "code", "is_active")
    fieldsets = (
        (None, {"fields": ("code", "name", "usage")}),
        (_("In lists"), {"fields": ("position", "is_active")}),
    )
