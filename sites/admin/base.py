"""What every page of the administration has: history in words, and deletion that explains its refusal."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, override

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import Action, ActionLocation
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.form_fields import NormalizedTextField, NumberField, WholeNumberField
from core.numbers import whole_number
from sites.accounts.security import record_event
from sites.accounts.sign_in import require_proof
from sites.dates import date_input
from sites.history import HistoryEntry, changes_of
from sites.models import EventKind, Membership

if TYPE_CHECKING:

    class ModelAdmin[M: models.Model](admin.ModelAdmin[M]): ...

    class TabularInline[M: models.Model, P: models.Model](admin.TabularInline[M, P]): ...

else:
    # Django's own classes cannot be subscripted when the program runs.
    class ModelAdmin[M](admin.ModelAdmin): ...

    class TabularInline[M, P](admin.TabularInline): ...


# What the links of Django's list filters put behind the name of a field.
FILTER_LOOKUPS = frozenset({"", "__exact", "__in", "__isnull", "__gte", "__lt"})
DATE_LOOKUPS = frozenset({"year", "month", "day", "gte", "lt"})


class LabelledInline[M: models.Model, P: models.Model](TabularInline[M, P]):
    """Rows of another model on a page, each field named for those who do not see the head of its column."""

    extra = 1
    formfield_overrides: ClassVar = {models.DateField: {"widget": date_input()}}

    @override
    def formfield_for_dbfield(
        self, db_field: models.Field[object, object], request: HttpRequest, **kwargs: object
    ) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        # Without the buttons that open another site or person from within this page's form.
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        if field is not None:
            field.widget.attrs["aria-label"] = capfirst(str(field.label))
        return field


class MemberInlineBase[P: models.Model](LabelledInline[Membership, P]):
    """Memberships on the page of a site or a person."""

    model = Membership


class ReadOnly:
    """An admin without permission to add, change or delete."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        del obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        del obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        del obj
        return False


class RowSearch(AutocompleteSelect):
    """Django's field that searches rows, which fails on a value that is no id."""

    @override
    def optgroups(
        self, name: str, value: Sequence[str], attr: dict[str, object] | None = None
    ) -> list[tuple[str | None, list[dict[str, object]], int | None]]:
        ids = [each for each in value if whole_number(each) is not None]
        return super().optgroups(name, ids, attr)


class PortalAdmin[M: models.Model](ModelAdmin[M]):
    """The base of every model's pages: nothing is deleted by the dozen, and every change can be read."""

    save_on_top = False
    list_per_page = 50
    # Numbers and texts are read as on all other pages.
    formfield_overrides: ClassVar = {
        models.CharField: {"form_class": NormalizedTextField},
        models.TextField: {"form_class": NormalizedTextField},
        models.DateField: {"widget": date_input()},
        models.IntegerField: {"form_class": WholeNumberField},
        models.DecimalField: {
            "form_class": NumberField,
            "widget": forms.TextInput(attrs={"inputmode": "decimal"}),
        },
    }
    show_facets = admin.ShowFacets.NEVER
    # Where a row holds a secret or lets files in: each change needs a proof, and leaves this event.
    security_event: ClassVar[EventKind | None] = None

    @override
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow the lookups of the list's filters only.

        Django allows every field of the model: `?password__startswith=` would tell a hash character by
        character.
        """
        for listed in self.get_list_filter(request):
            name = listed if isinstance(listed, str) else getattr(listed, "parameter_name", "")
            if lookup.startswith(name) and lookup.removeprefix(name).removeprefix("__id") in FILTER_LOOKUPS:
                return True
        dates = self.date_hierarchy
        return dates is not None and lookup in {f"{dates}__{part}" for part in DATE_LOOKUPS}

    @override
    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[object, object], request: HttpRequest, **kwargs: object
    ) -> forms.ModelChoiceField[models.Model] | None:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", RowSearch(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @override
    def save_model(self, request: HttpRequest, obj: M, form: forms.ModelForm[M], change: bool) -> None:
        """Save what changed: a form that is saved as it was opened leaves no trace in the history."""
        if not change or form.has_changed():
            self._require_proof(request)
            super().save_model(request, obj, form, change)
            self._record_event(obj)

    @override
    def delete_model(self, request: HttpRequest, obj: M) -> None:
        self._require_proof(request)
        super().delete_model(request, obj)
        self._record_event(obj)

    def _require_proof(self, request: HttpRequest) -> None:
        if self.security_event is not None:
            require_proof(request)

    def _record_event(self, row: M) -> None:
        if self.security_event is not None:
            record_event(self.security_event, detail=str(row))

    @override
    def save_formset(
        self,
        request: HttpRequest,
        form: forms.ModelForm[M],
        formset: "forms.BaseModelFormSet[Membership, forms.ModelForm[Membership]]",
        change: bool,
    ) -> None:
        """Save inline rows. Roles are given and taken only by an admin who has just proved who they are."""
        if formset.model is Membership and formset.has_changed():
            require_proof(request)
        super().save_formset(request, form, formset, change)

    @override
    def response_action(
        self,
        request: HttpRequest,
        queryset: models.QuerySet[M],
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> HttpResponse | None:
        """Do an action with the chosen rows; Django fails on a choice that is no id."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        ids = [each for each in chosen if whole_number(each) is not None]
        if ids != chosen:
            sent = request.POST.copy()
            sent.setlist(ACTION_CHECKBOX_NAME, ids)
            request.POST = sent  # type: ignore[assignment]  # a QueryDict, which the action reads
        response: HttpResponse | None = super().response_action(request, queryset, action_location)
        return response

    @override
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> M | None:
        """Return the row of an address; Django looks for a field with no name where `_to_field` is empty."""
        return super().get_object(request, object_id, from_field or None)

    def refusal_to_delete(self, row: M) -> str:  # noqa: ARG002  # for those that refuse
        """Return why this row stays, in a sentence; empty where it may go."""
        return ""

    def history_entries(self, row: M) -> list[HistoryEntry]:
        """Return what the history page of a row shows, newest first."""
        # Tokens and the record of exports keep none: they are never changed here.
        return changes_of(self.model, id=row.pk) if hasattr(self.model, "history") else []

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    @override
    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Action | None]:
        actions = super().get_actions(request, action_location)
        actions.pop("delete_selected", None)
        return actions

    @override
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Mapping[str, object] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        refusal = self.refusal_to_delete(row) if row is not None else ""
        if row is not None and refusal:
            messages.error(request, refusal)
            return redirect(
                reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
            )
        return super().delete_view(request, object_id, dict(extra_context or {}))

    @override
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Mapping[str, object] | None = None
    ) -> HttpResponse:
        """Show who changed what, from what, to what."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(name)s") % {"name": row},
            "subtitle": None,
            "opts": self.opts,
            "object": row,
            "module_name": self.opts.verbose_name_plural,
            "entries": self.history_entries(row),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/changes.html", context)
