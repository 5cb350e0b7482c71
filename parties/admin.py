"""The administration of parties, vehicles, containers and weighbridges; merging parties."""

from collections.abc import Sequence
from typing import ClassVar, override

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from parties.models import (
    Container,
    Merge,
    Party,
    PartyNumber,
    Vehicle,
    Weighbridge,
    merge_parties,
    undo_merge,
)
from sites.admin import PortalAdmin
from sites.admin.base import LabelledInline
from sites.admin.files import FilesAdmin
from sites.models import MasterData, User


class UsedAdmin[M: MasterData](FilesAdmin[M]):
    """Rows that records point to: they are made inactive instead of deleted."""

    list_filter: ClassVar[tuple[str, ...]] = ("is_active",)
    search_fields: ClassVar[tuple[str, ...]] = ("code", "name")

    @override
    def refusal_to_delete(self, row: M) -> str:
        if not row.is_used():
            return ""
        return _now("“%(name)s” has been used, so it stays. Make it inactive: it is no longer offered.") % {
            "name": row
        }

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> tuple[str, ...]:
        return obj.fixed_once_used if obj is not None and obj.is_used() else ()


class PartyNumberInline(LabelledInline[PartyNumber, Party]):
    model = PartyNumber
    fields = ("kind", "number", "valid_until")
    # A table has no room for help, to which its inputs would point.
    formfield_overrides: ClassVar = {
        **LabelledInline.formfield_overrides,
        models.CharField: {"help_text": ""},
    }


@admin.register(Party)
class PartyAdmin(UsedAdmin[Party]):
    inlines = (PartyNumberInline,)
    list_display = ("name", "code", "all_kinds", "is_active", "merged_into")
    list_filter = ("is_active", *Party.KINDS)
    list_select_related = ("merged_into",)
    search_fields = ("code", "name", "address", "numbers__number")
    actions: tuple[str, ...] = ("edit_selected", "merge")
    bulk_fields = (*Party.KINDS, "is_active")
    merge_explanation = _(
        "The party that you choose stays. The others become inactive and stand for it; records are not"
        " changed."
    )
    change_list_template = "admin/parties/party/change_list.html"
    fieldsets = (
        (
            None,
            {
                "fields": ("code", "name", "address", "sites"),
                "description": _("A party without sites is used by every site."),
            },
        ),
        (_("Kinds"), {"fields": Party.KINDS}),
        (_("In lists"), {"fields": ("position", "is_active")}),
    )
    formfield_overrides: ClassVar = {
        **PortalAdmin.formfield_overrides,
        models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple, "help_text": ""},
    }

    @admin.display(description=_("Kinds"))
    def all_kinds(self, party: Party) -> str:
        return ", ".join(party.kinds)

    @override
    def merge_into(self, kept: Party, others: Sequence[Party], *, by: User) -> str:
        merge_parties(parties=others, into=kept, by=by)
        return _now("Merged into “%(party)s”: %(others)s. It can be undone among the merges.") % {
            "party": kept,
            "others": ", ".join(map(str, others)),
        }


@admin.register(Merge)
class MergeAdmin(PortalAdmin[Merge]):
    list_display = ("party", "into", "merged_at", "merged_by", "undone_at", "undone_by")
    list_select_related = ("party", "into", "merged_by", "undone_by")
    actions = ("undo",)

    @admin.action(description=_("Undo"), permissions=["view"])
    def undo(self, request: HttpRequest, chosen: models.QuerySet[Merge]) -> None:
        assert isinstance(request.user, User)
        for merge in chosen:
            try:
                undo_merge(merge=merge, by=request.user)
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
            else:
                messages.success(
                    request, _now("“%(party)s” is a party of its own again.") % {"party": merge.party}
                )

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Merge | None = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Merge | None = None) -> bool:
        return False


@admin.register(Vehicle)
class VehicleAdmin(UsedAdmin[Vehicle]):
    import_key = ("name",)
    bulk_fields = ("carrier", "largest_gross_ton", "is_active")
    list_display = ("name", "carrier", "tare_ton", "tare_valid_until", "largest_gross_ton", "is_active")
    list_select_related = ("carrier",)
    fieldsets = (
        (None, {"fields": ("name", "carrier", "largest_gross_ton")}),
        (_("Stored tare"), {"fields": ("tare_ton", "tared_on", "tare_valid_until")}),
        (_("In lists"), {"fields": ("position", "is_active")}),
    )


@admin.register(Container)
class ContainerAdmin(UsedAdmin[Container]):
    bulk_fields = ("is_active",)
    list_display = ("name", "code", "tare_ton", "tare_valid_until", "is_active")
    fieldsets = (
        (None, {"fields": ("code", "name")}),
        (_("Stored tare"), {"fields": ("tare_ton", "tared_on", "tare_valid_until")}),
        (_("In lists"), {"fields": ("position", "is_active")}),
    )


@admin.register(Weighbridge)
class WeighbridgeAdmin(UsedAdmin[Weighbridge]):
    import_key = ("site", "code")
    bulk_fields = ("is_active",)
    list_display = ("name", "code", "site", "gives_numbers", "last_number", "is_active")
    list_filter = ("is_active", "site")
    list_select_related = ("site",)
    fieldsets = (
        (None, {"fields": ("site", "code", "name", "gives_numbers")}),
        (_("In lists"), {"fields": ("position", "is_active")}),
    )
