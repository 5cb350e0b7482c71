"""The administration of the lists that records point to: materials, operations, machines, roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING, ClassVar, override

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from records.choices import DayStatus
from records.models import DailyRecord, SiteDay
from records.operations.merge import merge_master_data
from records.registry import modules
from sites.admin.bulk import usage_in_words
from sites.admin.files import FilesAdmin
from sites.models import MasterData, Operation, User

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldOpts
    from django.utils.functional import _StrOrPromise as StrOrPromise


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


@dataclass(frozen=True)
class RecordUsage:
    """In how many records of how many days a row is used, and how many of these days are approved."""

    records: dict[type[DailyRecord], int]
    days: int
    approved: int

    @classmethod
    def of(cls, row: MasterData) -> "RecordUsage":
        """Count the usage of a row. Two queries, and one for each module that could use it."""
        uses = {
            module.model: module.model._default_manager.filter(**{field.name: row}).order_by()
            for module in modules()
            for field in module.model._meta.concrete_fields
            if isinstance(field, models.ForeignKey) and field.related_model is type(row)
        }
        records = {model: found.count() for model, found in uses.items()}
        used = [found for model, found in uses.items() if records[model]]
        if not used:
            return cls({}, 0, 0)
        first, *others = [found.values_list("site_id", "date").distinct() for found in used]
        on_the_day = {"site": models.OuterRef("site"), "date": models.OuterRef("date")}
        is_used = reduce(or_, (models.Q(models.Exists(found.filter(**on_the_day))) for found in used))
        return cls(
            {model: count for model, count in records.items() if count},
            first.union(*others).count(),
            SiteDay.objects.filter(is_used, status=DayStatus.APPROVED).count(),
        )

    def __str__(self) -> str:
        """Return the counts in words: “214 records of 61 days, 3 of them approved”."""
        count = sum(self.records.values())
        records = ngettext("%(count)s record", "%(count)s records", count) % {"count": localize(count)}
        days = ngettext("%(count)s day", "%(count)s days", self.days) % {"count": localize(self.days)}
        return _("%(records)s of %(days)s, %(approved)s of them approved") % {
            "records": records,
            "days": days,
            "approved": localize(self.approved),
        }


class MasterDataForm(forms.ModelForm[MasterData]):
    """A row of master data. A change that its records show is confirmed first."""

    confirmed = forms.BooleanField(
        label=gettext_lazy("Save the change"), required=False, widget=forms.HiddenInput
    )
    # What no record shows. Records keep the tons per load with which they were estimated.
    NOT_IN_RECORDS = frozenset(
        {
            "position",
            "is_active",
            "in_maintenance",
            "notes",
            "tons_per_load",
            "tons_per_hour",
            "serial_number",
        }
    )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        is_shown = not self.NOT_IN_RECORDS.issuperset(self.changed_data)
        if is_shown and not self.instance._state.adding and not cleaned.get("confirmed"):
            usage = RecordUsage.of(self.instance)
            if usage.records:
                self.fields["confirmed"].widget = forms.CheckboxInput()
                self.add_error(
                    "confirmed",
                    _(
                        "This change shows in %(usage)s. Approved days keep their figures as approved."
                        " Tick the box to save it."
                    )
                    % {"usage": usage},
                )
        return cleaned

    @cached_property
    def changed_data(self) -> list[str]:
        """Return the changed fields; a confirmation is none."""
        return [name for name in super().changed_data if name != "confirmed"]


class MasterDataAdmin[M: MasterData](FilesAdmin[M]):
    """The pages of a list whose order is moved, and whose rows are made inactive instead of deleted."""

    form = MasterDataForm  # type: ignore[assignment]  # a form of any of these models
    list_display_links = ("name",)
    list_filter: ClassVar[tuple[str, ...]] = ("is_active",)
    search_fields: ClassVar[tuple[str, ...]] = ("code", "name")
    sortable_by = ()
    actions: tuple[str, ...] = ("edit_selected", "merge", "make_inactive", "make_active")
    unseen_fields = MasterDataForm.NOT_IN_RECORDS
    merge_explanation = gettext_lazy(
        "All records of the others are changed to name the one that stays, which their histories show; then"
        " the others become inactive. If a day is closed or a record would exist twice, nothing changes."
    )

    @override
    def refusal_to_delete(self, row: M) -> str:
        if not row.is_used():
            return ""
        return _(
            "“%(name)s” has been used, so it stays. "
            "Make it inactive: it keeps its records and is no longer offered."
        ) % {"name": row}

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

    @override
    def get_fieldsets(
        self, request: HttpRequest, obj: M | None = None
    ) -> "tuple[tuple[StrOrPromise | None, _FieldOpts], ...]":
        fieldsets = super().get_fieldsets(request, obj)
        return tuple(fieldsets) if obj is None else (*fieldsets, (None, {"fields": ("confirmed",)}))

    @admin.display(description=gettext_lazy("Used in"))
    def usage(self, row: M) -> str:
        """Return in how many records and other rows the row is used."""
        if row._state.adding:
            return "–"
        usage = RecordUsage.of(row)
        parts = [str(usage) if usage.records else "", usage_in_words(row)]
        return "; ".join(filter(None, parts)) or _("Nothing yet")

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | list[str]]:
        last = self.model._default_manager.aggregate(last=models.Max("position"))["last"] or 0
        return {"position": str(last + 1), **super().get_changeform_initial_data(request)}

    @admin.display(description=gettext_lazy("Move"))
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

    @override
    def merge_into(self, kept: M, others: Sequence[M], *, by: User) -> str:
        count = merge_master_data(rows=others, into=kept, by=by)
        words = ngettext(
            "Merged into “%(name)s”: %(others)s. %(count)d record was changed.",
            "Merged into “%(name)s”: %(others)s. %(count)d records were changed.",
            count,
        )
        return words % {"name": kept, "others": ", ".join(map(str, others)), "count": count}

    @admin.action(description=gettext_lazy("Make inactive"), permissions=["change"])
    def make_inactive(self, request: HttpRequest, chosen: models.QuerySet[M]) -> None:
        self._set_active(request, chosen, active=False)

    @admin.action(description=gettext_lazy("Make active"), permissions=["change"])
    def make_active(self, request: HttpRequest, chosen: models.QuerySet[M]) -> None:
        self._set_active(request, chosen, active=True)

    @transaction.atomic
    def _set_active(self, request: HttpRequest, chosen: models.QuerySet[M], *, active: bool) -> None:
        changing = chosen.select_for_update().exclude(is_active=active)
        count = refused = 0
        for row in changing:
            if active and row.namesakes().exists():
                messages.error(
                    request, _("“%(name)s” stays inactive: another active one has this name.") % {"name": row}
                )
                refused += 1
                continue
            row.is_active = active
            row.save(update_fields=["is_active"])
            if not active and (warning := self.warning_when_inactive(row)):
                messages.warning(request, warning)
            count += 1
        if refused and not count:
            return
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


@admin.register(Operation)
class OperationAdmin(MasterDataAdmin[Operation]):
    bulk_fields = ("stock_effect", "purpose")
    list_display = ("moves", "name", "code", "stock_effect", "purpose", "is_active")
    list_filter = ("is_active", "stock_effect", "purpose")
    fieldsets: ClassVar = (
        (None, {"fields": ("code", "name", "usage")}),
        (
            gettext_lazy("Meaning"),
            {
                "fields": ("stock_effect", "purpose", "made_by_loads"),
                "description": gettext_lazy(
                    "What records mean by it. Neither can change once it has been used."
                ),
            },
        ),
        (gettext_lazy("In lists"), {"fields": ("position", "is_active")}),
    )
