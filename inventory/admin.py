from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from inventory.thresholds import StockThreshold
from sites.admin import PortalAdmin


@admin.register(StockThreshold)
class StockThresholdAdmin(PortalAdmin[StockThreshold]):
    list_display = ("material", "site", "low_ton")
    list_filter = ("site", "material__category")
    list_select_related = ("site", "material")
    search_fields = ("material__code", "material__name", "site__code", "site__name")
    fieldsets = (
        (
            None,
            {
                "fields": ("site", "material", "low_ton"),
                "description": _("Managers set these on the page of the stock as well."),
            },
        ),
    )
