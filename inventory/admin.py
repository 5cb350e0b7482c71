from typing import override

from django.contrib import admin
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from inventory.models import InventorySnapshot, StockThreshold
from records.admin import MasterDataAdmin
from sites.admin import PortalAdmin
from sites.models import Material


@admin.register(Material)
class MaterialAdmin(MasterDataAdmin[Material]):
    bulk_fields = ("category", "is_final", "uom", "tons_per_load")
    list_display = ("moves", "name", "code", "category", "uom", "tons_per_load", "is_final", "is_active")
    list_filter = ("is_active", "category", "uom", "is_final")
    search_fields = ("code", "name", "notes")
    fieldsets = (
        (
            None,
            {
                "fields": ("code", "name", "category", "is_final", "usage"),
                "description": _("Category and whether it can be sold stay once the material has been used."),
            },
        ),
        (_("Counting"), {"fields": ("uom", "tons_per_load")}),
        (_("In lists"), {"fields": ("position", "is_active", "notes")}),
    )

    @override
    def warning_when_inactive(self, row: Material) -> str:
        sites = InventorySnapshot.objects.sites_with(row)
        if not sites:
            return ""
        return _now(
            "“%(name)s” is still in stock at %(sites)s. There it can be dispatched and"
            " counted until its stock is zero."
        ) % {"name": row, "sites": ", ".join(site.code for site in sites)}


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
