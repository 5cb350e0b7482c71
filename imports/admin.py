"""The watched places, for admins to set up, and the files that came from them."""

from typing import ClassVar

from django import forms
from django.contrib import admin
from django.db import models

from imports.models import WatchedFile, WatchedPlace
from sites.admin.base import PortalAdmin, TabularInline
from sites.models import EventKind


class WatchedFileInline(TabularInline[WatchedFile, WatchedPlace]):
    """What was taken from a place. Nothing of it is changed here."""

    model = WatchedFile
    extra = max_num = 0
    can_delete = False
    fields = ("name", "taken_at", "upload", "error", "attempts")
    readonly_fields = fields


@admin.register(WatchedPlace)
class WatchedPlaceAdmin(PortalAdmin[WatchedPlace]):
    list_display = ("name", "site", "kind", "path", "is_active", "looked_at", "error")
    list_filter = ("kind", "is_active")
    autocomplete_fields = ("site", "owner")
    readonly_fields = ("looked_at", "error")
    # What the base sets for texts does not fit a slug.
    formfield_overrides: ClassVar = {
        **PortalAdmin.formfield_overrides,
        models.SlugField: {"form_class": forms.SlugField},
    }
    inlines: ClassVar = [WatchedFileInline]
    security_event = EventKind.WATCHED_PLACE
    fieldsets = (
        (None, {"fields": ("name", "site", "owner", "is_active", "kind", "path", "looked_at", "error")}),
        ("IMAP", {"fields": ("host", "port", "uses_tls", "username", "secret", "senders")}),
    )
