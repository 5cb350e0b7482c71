from typing import ClassVar, override

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from equipment.readings.models import Counter, TelematicsFeed, TelematicsReading
from records.admin import MasterDataAdmin
from sites.admin import PortalAdmin
from sites.models import EventKind


@admin.register(Counter)
class CounterAdmin(MasterDataAdmin[Counter]):
    import_key = ("site", "code")
    bulk_fields = ("highest", "tolerance")
    list_display = ("moves", "name", "code", "site", "equipment", "kind", "is_active")
    list_filter = ("is_active", "site", "kind")
    list_select_related = ("site", "equipment")
    fieldsets: ClassVar = (
        (None, {"fields": ("site", "equipment", "code", "name", "kind", "usage")}),
        (_("Readings"), {"fields": ("highest",)}),
        (_("Belt totaliser"), {"fields": ("material", "operation", "tolerance")}),
        (_("In lists"), {"fields": ("position", "is_active")}),
    )


class TelematicsFeedForm(forms.ModelForm[TelematicsFeed]):
    token = forms.CharField(
        label=_("New token"),
        required=False,
        max_length=4000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Stored encrypted and not shown again. Left empty, the one that is stored stays."),
    )

    class Meta:
        model = TelematicsFeed
        fields = ("site", "name", "url", "is_active")

    def clean(self) -> dict[str, object] | None:
        cleaned = super().clean()
        if (
            "url" in self.changed_data
            and self.instance.encrypted_token
            and not self.cleaned_data.get("token")
        ):
            # A stored token goes to no server that it was not entered for.
            self.add_error("token", _("Enter the token again for the new address."))
        return cleaned


@admin.register(TelematicsFeed)
class TelematicsFeedAdmin(PortalAdmin[TelematicsFeed]):
    form = TelematicsFeedForm
    security_event = EventKind.TELEMATICS_FEED
    list_display = ("name", "site", "is_active", "looked_at", "error")
    list_filter = ("is_active", "site")
    list_select_related = ("site",)
    readonly_fields = ("looked_at", "error")
    fields = ("site", "name", "url", "token", "is_active", "looked_at", "error")

    @override
    def save_model(
        self, request: HttpRequest, obj: TelematicsFeed, form: forms.ModelForm[TelematicsFeed], change: bool
    ) -> None:
        if form.cleaned_data.get("token"):
            obj.token = form.cleaned_data["token"]
        super().save_model(request, obj, form, change)


@admin.register(TelematicsReading)
class TelematicsReadingAdmin(PortalAdmin[TelematicsReading]):
    """What was fetched: read-only. Deleting the readings of a machine lets it start again after a reset."""

    list_display = ("equipment", "date", "taken_at", "hours", "idle_hours", "fuel")
    list_filter = ("equipment__site",)
    list_select_related = ("equipment",)
    date_hierarchy = "date"

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: TelematicsReading | None = None) -> bool:
        return False
