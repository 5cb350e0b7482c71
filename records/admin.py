"""Materials and operations: a list whose order is moved, and whose rows are retired instead of deleted."""

from typing import ClassVar, override

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sites.admin.base import PortalAdmin
from sites.models import MasterData, Material, Operation
from sites.models.relations import usage_of


@transaction.atomic
def move[M: MasterData](row: M, *, next_to: M, after: bool) -> None:
    """Put a row directly before or after another one, and renumber the list where it changed."""
    rows = list(type(row)._default_manager.select_for_update().exclude(pk=row.pk))
    place = next(number for number, other in enumerate(rows) if other.pk == next_to.pk)
    rows.insert(place + 1 if after else place, row)
    for position, moved in enumerate(rows, start=1):
        if moved.position != position:
            moved.position = position
            moved.save(update_fields=["position"])


class MasterDataAdmin[M: MasterData](PortalAdmin[M]):
    """The pages of a list that admins keep."""

    list_display_links = ("name",)
    list_filter: ClassVar[tuple[str, ...]] = ("is_active",)
    search_fields: ClassVar[tuple[str, ...]] = ("code", "name")
    sortable_by = ()
    actions = ("make_inactive", "make_active")

    @override
    def refusal_to_delete(self, row: M) -> str:
        if not row.is_used():
            return ""
        return str(
            _(
                "“%(name)s” has been used, so it stays. "
                "Make it inactive: it keeps its records and is offered no more."
            )
            % {"name": row}
        )

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("usage",)
        return (*obj.fixed_once_used, "usage") if obj.is_used() else ("usage",)

    def warning_when_inactive(self, row: M) -> str:  # noqa: ARG002  # for those that warn
        """Return what a person must know about a row that was made inactive; empty for nothing."""
        return ""

    @override
    def save_model(self, request: HttpRequest, obj: M, form: forms.ModelForm[M], change: bool) -> None:
        super().save_model(request, obj, form, change)
        if (
            "is_active" in form.changed_data
            and not obj.is_active
            and (warning := self.warning_when_inactive(obj))
        ):
            messages.warning(request, warning)

    @admin.display(description=_("Used in"))
    def usage(self, row: M) -> str:
        """Return in how many rows of which kind the row is used: what a change of it shows up in."""
        if row._state.adding:
            return "–"
        parts = [
            f"{capfirst(str(use.model._meta.verbose_name_plural))}: "
            + (
                ngettext("%(rows)d record, %(dates)d day", "%(rows)d records, %(dates)d days", use.rows)
                % {"rows": use.rows, "dates": use.dates}
                if use.dates
                else str(use.rows)
            )
            for use in usage_of(row)
        ]
        return "; ".join(parts) or gettext("Nothing yet")

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | list[str]]:
        last = self.model._default_manager.aggregate(last=models.Max("position"))["last"] or 0
        return {"position": str(last + 1), **super().get_changeform_initial_data(request)}

    @admin.display(description=_("Move"))
    def moves(self, row: M) -> SafeString:
        """Return the two buttons that move a row in the list."""
        return format_html(
            '<span class="moves">'
            '<button name="move_up" value="{pk}" aria-label="{up}" title="{up}">↑</button>'
            '<button name="move_down" value="{pk}" aria-label="{down}" title="{down}">↓</button>'
            "</span>",
            pk=row.pk,
            up=_("Move %(name)s up") % {"name": row},
            down=_("Move %(name)s down") % {"name": row},
        )

    @admin.action(description=_("Make inactive"), permissions=["change"])
    def make_inactive(self, request: HttpRequest, chosen: models.QuerySet[M]) -> None:
        self._set_active(request, chosen, active=False)

    @admin.action(description=_("Make active"), permissions=["change"])
    def make_active(self, request: HttpRequest, chosen: models.QuerySet[M]) -> None:
        self._set_active(request, chosen, active=True)

    @transaction.atomic
    def _set_active(self, request: HttpRequest, chosen: models.QuerySet[M], *, active: bool) -> None:
        changing = chosen.select_for_update().exclude(is_active=active)
        count = 0
        for row in changing:
            if active and row.namesakes().exists():
                messages.error(
                    request, _("“%(name)s” stays inactive: another active one has this name.") % {"name": row}
                )
                continue
            row.is_active = active
            row.save(update_fields=["is_active"])
            if not active and (warning := self.warning_when_inactive(row)):
                messages.warning(request, warning)
            count += 1
        sentence = (
            ngettext("%(count)d is active now.", "%(count)d are active now.", count)
            if active
            else ngettext("%(count)d is inactive now.", "%(count)d are inactive now.", count)
        )
        messages.success(request, sentence % {"count": count})

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        for button, step in (("move_up", -1), ("move_down", 1)):
            if request.method == "POST" and button in request.POST:
                self._move(request, pk=request.POST[button], step=step)
                return redirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    def _move(self, request: HttpRequest, *, pk: str, step: int) -> None:
        """Move a row past its neighbour in the list as the person sees it, filtered or not."""
        shown = list(self.get_changelist_instance(request).get_queryset(request))
        place = next((number for number, row in enumerate(shown) if str(row.pk) == pk), None)
        if place is None or not 0 <= place + step < len(shown):
            return
        move(shown[place], next_to=shown[place + step], after=step > 0)


class MaterialAdmin(MasterDataAdmin[Material]):
    """The pages of materials; `inventory.admin` adds what only the stock ledger knows and registers them."""

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


@admin.register(Operation)
class OperationAdmin(MasterDataAdmin[Operation]):
    list_display = ("moves", "name", "code", "stock_effect", "purpose", "is_active")
    list_filter = ("is_active", "stock_effect", "purpose")
    fieldsets: ClassVar = (
        (None, {"fields": ("code", "name", "usage")}),
        (
            _("Meaning"),
            {
                "fields": ("stock_effect", "purpose"),
                "description": _("What records mean by it. Neither can change once it has been used."),
            },
        ),
        (_("In lists"), {"fields": ("position", "is_active")}),
    )
