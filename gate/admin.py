"""Pages of the administration that show what happened at gates: nothing is changed there."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gate.models import DeliveryNote, LoadFile, OpenLoad, Weighing
from gate.notes import status_of
from sites.admin.base import PortalAdmin, ReadOnly


@admin.register(DeliveryNote)
class DeliveryNoteAdmin(ReadOnly, PortalAdmin[DeliveryNote]):
    list_display = ("number", "site", "receiver", "material", "issued_at", "issued_by")
    list_filter = ("site",)
    list_select_related = ("site", "issued_by")
    search_fields = ("=number",)
    date_hierarchy = "issued_at"
    fields = ("number", "site", "content_text", "status", "pdf", "issued_at", "issued_by")
    readonly_fields = ("content_text", "status", "pdf")

    @admin.display(description=_("Receiver"))
    def receiver(self, note: DeliveryNote) -> str:
        return str(note.content.get("receiver", ""))

    @admin.display(description=_("Material"))
    def material(self, note: DeliveryNote) -> str:
        return str(note.content.get("material", ""))

    @admin.display(description=_("Content"))
    def content_text(self, note: DeliveryNote) -> str:
        return " · ".join(str(text) for text in note.content.values())

    @admin.display(description=_("Status"))
    def status(self, note: DeliveryNote) -> str:
        shown = {"genuine": _("Genuine"), "corrected": _("Corrected"), "void": _("Void")}
        return str(shown[status_of(note)])

    @admin.display(description=_("PDF"))
    def pdf(self, note: DeliveryNote) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("gate:note", args=[note.pk]), _("Open the PDF"))


@admin.register(OpenLoad)
class OpenLoadAdmin(ReadOnly, PortalAdmin[OpenLoad]):
    list_display = ("vehicle", "site", "material", "party", "first_ton", "time_in", "created_by")
    list_filter = ("site",)
    list_select_related = ("site", "vehicle", "material", "party", "created_by")
    search_fields = ("vehicle__name", "vehicle__code")


@admin.register(Weighing)
class WeighingAdmin(ReadOnly, PortalAdmin[Weighing]):
    list_display = ("weighbridge", "weight_ton", "measured_at", "received_at")
    list_filter = ("weighbridge",)
    list_select_related = ("weighbridge",)
    date_hierarchy = "measured_at"


@admin.register(LoadFile)
class LoadFileAdmin(ReadOnly, PortalAdmin[LoadFile]):
    list_display = ("name", "kind", "site", "size", "uploaded_at", "uploaded_by")
    list_filter = ("site", "kind")
    list_select_related = ("site", "uploaded_by")
    fields = (
        "name",
        "kind",
        "content_type",
        "size",
        "site",
        "module",
        "record_id",
        "uploaded_at",
        "uploaded_by",
    )
