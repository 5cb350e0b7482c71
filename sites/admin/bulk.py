"""Several rows of a list at once: given the same values, or merged into one of them."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, override

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import Action, ActionLocation
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import localize
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sites.admin.base import PortalAdmin
from sites.models import User
from sites.models.master_data import uses_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

# Rows for which a page counts what uses them.
MOST_COUNTED = 100


def usage_in_words(row: models.Model) -> str:
    """Return in how many rows of other lists a row is used: “Production: 214; Targets: 2”."""
    return "; ".join(
        f"{capfirst(str(model._meta.verbose_name_plural))}: {localize(count)}"
        for model, count in uses_of(row).items()
    )


class BulkAdmin[M: models.Model](PortalAdmin[M]):
    """A list of which several rows can be changed at once."""

    # The fields that several rows can be given at once.
    bulk_fields: ClassVar[tuple[str, ...]] = ()
    actions: tuple[str, ...] = ("edit_selected",)

    @override
    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Action | None]:
        actions = super().get_actions(request, action_location)
        if not self.bulk_fields:
            actions.pop("edit_selected", None)
        return actions

    @admin.action(description=gettext_lazy("Change fields"), permissions=["change"])
    def edit_selected(self, request: HttpRequest, chosen: models.QuerySet[M]) -> HttpResponse | None:
        """Ask for the new values of the chosen rows, and save them: all of them or none."""
        form = self._bulk_form(request)
        errors: list[str] = []
        if "edited" in request.POST and form.is_valid():
            values = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
            errors = self._give(chosen, values, by=request.user)
            if not errors:
                sentence = ngettext("%(count)d was changed.", "%(count)d were changed.", len(chosen))
                messages.success(request, sentence % {"count": len(chosen)})
                return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Change fields"),
            "opts": self.opts,
            "form": form,
            "errors": errors,
            "chosen": chosen,
            "rows": [(row, usage_in_words(row)) for row in chosen[:MOST_COUNTED]],
        }
        return TemplateResponse(request, "admin/master_data/edit_selected.html", context)

    def _bulk_form(self, request: HttpRequest) -> forms.Form:
        form = forms.Form(request.POST if "edited" in request.POST else None)
        unchanged = ("", _("Unchanged"))
        for name in self.bulk_fields:
            field = self.opts.get_field(name)
            assert isinstance(field, models.Field)
            shown = self.formfield_for_dbfield(field, request)
            assert shown is not None
            if isinstance(field, models.BooleanField):
                truths = [unchanged, ("yes", _("yes")), ("no", _("no"))]
                shown = forms.TypedChoiceField(
                    label=shown.label, choices=truths, coerce=lambda text: text == "yes", empty_value=None
                )
            elif isinstance(shown, forms.ModelChoiceField):
                shown.empty_label = str(unchanged[1])
            elif isinstance(shown, forms.ChoiceField):
                shown = forms.ChoiceField(label=shown.label, choices=[unchanged, *field.flatchoices])
            shown.required = False
            shown.initial = None
            if isinstance(shown.widget, RelatedFieldWidgetWrapper):
                shown.widget = shown.widget.widget
            form.fields[name] = shown
        return form

    def _give(
        self, chosen: Iterable[M], values: Mapping[str, object], *, by: User | AnonymousUser
    ) -> list[str]:
        """Give rows the same values; return why that is not possible, with nothing saved then."""
        errors = [] if values else [_("Enter a value to change.")]
        with transaction.atomic():
            for row in chosen:
                for name, value in values.items():
                    setattr(row, name, value)
                try:
                    row.full_clean()
                except ValidationError as error:
                    errors.append(f"{row}: {' '.join(self.reasons(error))}")
                else:
                    row._history_user = by  # type: ignore[attr-defined]  # read by simple-history
                    row.save()
            transaction.set_rollback(bool(errors))
        return errors

    def reasons(self, error: ValidationError) -> list[str]:
        """Return the messages of an error, each with the label of its field."""
        if not hasattr(error, "error_dict"):
            return list(error.messages)
        labels = {field.name: capfirst(str(field.verbose_name)) for field in self.opts.concrete_fields}
        return [
            f"{labels[name]}: {message}" if name in labels else message
            for name, found in error.message_dict.items()
            for message in found
        ]

    # What merging does to the rows and their records, for the page that asks which one stays.
    merge_explanation: "ClassVar[StrOrPromise]" = ""

    @admin.action(description=gettext_lazy("Merge into one"), permissions=["change"])
    def merge(self, request: HttpRequest, chosen: models.QuerySet[M]) -> HttpResponse | None:
        """Ask which of the chosen rows stays, and merge the others into it."""
        kept = next((row for row in chosen if str(row.pk) == request.POST.get("into")), None)
        if kept is not None:
            assert isinstance(request.user, User)
            try:
                sentence = self.merge_into(kept, [row for row in chosen if row != kept], by=request.user)
            except (ValidationError, PermissionDenied) as error:
                reasons = error.messages if isinstance(error, ValidationError) else [str(error)]
                messages.error(request, " ".join(reasons))
            else:
                messages.success(request, sentence)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge into one"),
            "opts": self.opts,
            "rows": [(row, usage_in_words(row)) for row in chosen],
            "explanation": self.merge_explanation,
        }
        return TemplateResponse(request, "admin/master_data/merge.html", context)

    @abstractmethod
    def merge_into(self, kept: M, others: Sequence[M], *, by: User) -> str:
        """Merge rows into one and return what was done. Raises ValidationError, PermissionDenied."""
