"""Sites, with their members on the same page."""

import zoneinfo
from typing import TYPE_CHECKING, ClassVar, override

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from sites.admin.base import LabelledInline, MemberInlineBase, PortalAdmin
from sites.admin.files import FilesAdmin
from sites.history import HistoryEntry, changes_of
from sites.models import DATED_SETTINGS, EarlierSettings, Holiday, Membership, Site, WeekdaysField
from sites.models.operating_settings import as_weekdays, weekdays_in_words

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldOpts
    from django.utils.functional import _StrOrPromise as StrOrPromise


class MemberInline(MemberInlineBase[Site]):
    fields = ("user", "role")
    verbose_name = _("member")
    verbose_name_plural = _("members")


class HolidayInline(LabelledInline[Holiday, Site]):
    model = Holiday
    fields = ("date", "name")


@admin.register(Holiday)
class HolidayAdmin(FilesAdmin[Holiday]):
    """The holidays of all sites; those of one are on its page and on the calendar too."""

    import_key = ("site", "date")
    bulk_fields = ("name",)
    list_display = ("date", "site", "name")
    list_filter = ("site",)
    list_select_related = ("site",)
    search_fields = ("name",)
    date_hierarchy = "date"
    fields = ("site", "date", "name")


class TimeZoneInput(forms.TextInput):
    """A field in which the browser looks for time zones by any part of their names."""

    template_name = "admin/sites/site/time_zone.html"

    @override
    def get_context(self, name: str, value: object, attrs: dict[str, object] | None) -> dict[str, object]:
        attrs = {"list": "time-zones", "autocomplete": "off", **(attrs or {})}
        zones = sorted(zoneinfo.available_timezones())
        return {**super().get_context(name, value, attrs), "time_zones": zones}


class SiteForm(forms.ModelForm[Site]):
    """A site. The settings that carry a date are chosen once here, and changed on the calendar page."""

    class Meta:
        model = Site
        widgets: ClassVar = {"timezone": TimeZoneInput}
        fields = (
            "code",
            "name",
            "location",
            *DATED_SETTINGS,
            "refuses_negative_stock",
            "count_tolerance_percent",
            "decimal_mark",
            "entry_days_back",
            "received_as",
            "dispatch_as",
            "refuses_over_gross",
            "issues_notes",
            "is_active",
        )


@admin.register(Site)
class SiteAdmin(PortalAdmin[Site]):
    form = SiteForm
    # Otherwise Django takes the widget of what it is derived from.
    formfield_overrides: ClassVar = {WeekdaysField: {"widget": forms.CheckboxSelectMultiple}}
    inlines = (MemberInline, HolidayInline)
    list_display = ("code", "name", "location", "timezone", "day_starts_at", "member_count", "is_active")
    list_display_links = ("code", "name")
    list_filter = ("is_active", "refuses_negative_stock")
    search_fields = ("code", "name", "location")
    fieldsets = (
        (None, {"fields": ("code", "name", "location", "is_active")}),
        (_("Its day"), {"fields": ("timezone", "day_starts_at", "cut_off", "cut_off_next_day")}),
        (_("When it works"), {"fields": ("working_weekdays", "working_hours", "changed_where")}),
        (_("Entering"), {"fields": ("decimal_mark", "entry_days_back")}),
        (_("Loads"), {"fields": ("received_as", "dispatch_as", "refuses_over_gross", "issues_notes")}),
        (_("Stock"), {"fields": ("refuses_negative_stock", "count_tolerance_percent")}),
    )

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Site | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("changed_where",)
        return (*(name for name in DATED_SETTINGS if name != "working_weekdays"), "works_on", "changed_where")

    @override
    def get_fieldsets(
        self, request: HttpRequest, obj: Site | None = None
    ) -> "tuple[tuple[StrOrPromise | None, _FieldOpts], ...]":
        if obj is None:
            return self.fieldsets
        # Django shows a field that cannot be changed as it is stored: 123456.
        return tuple(
            (
                title,
                {
                    "fields": tuple(
                        "works_on" if name == "working_weekdays" else name for name in options["fields"]
                    )
                },
            )
            for title, options in self.fieldsets
        )

    @admin.display(description=_("Working days"))
    def works_on(self, site: Site) -> str:
        """Return the names of the weekdays."""
        return weekdays_in_words(as_weekdays(site.working_weekdays))

    @admin.display(description=_("Later changes"))
    def changed_where(self, site: Site) -> str:
        """Link to the page where the settings that carry a date are changed."""
        if site._state.adding:
            return __("On the calendar page of the site, from a date on.")
        return format_html(
            '<a href="{}?site={}">{}</a>',
            reverse("calendar"),
            site.code,
            __("Change these settings on the calendar page, from a date on"),
        )

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Site]:
        return super().get_queryset(request).annotate(member_count=models.Count("memberships"))

    @admin.display(description=_("Members"), ordering="member_count")
    def member_count(self, site: Site) -> int:
        return int(getattr(site, "member_count", 0))

    @override
    def refusal_to_delete(self, row: Site) -> str:
        if not row.has_records():
            return ""
        return __("“%(site)s” has records, so it stays. Make it inactive instead.") % {"site": row}

    @override
    def history_entries(self, row: Site) -> list[HistoryEntry]:
        entries = super().history_entries(row)
        for model in (Membership, Holiday, EarlierSettings):
            entries += changes_of(model, site_id=row.pk)
        return sorted(entries, key=lambda entry: entry.when, reverse=True)
