"""The page that changes or deletes the selected records of a list: it shows what changes, then does it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.numbers import whole_number
from records import operations
from records.choices import Source
from records.errors import ConfirmationNeeded, NotVisible, Refused, SelectionRefused
from records.forms import SiteChoiceField
from records.history import VersionDescriber
from records.models import Change, DailyRecord
from records.module import RecordModule
from records.operations.bulk import MOST_SELECTED
from records.pages.entry import complete_fields
from records.pages.table import ListRow, rows_of
from records.pages.views import RecordPage, status_of, undo_tag
from records.warnings import confirmation_of
from sites.history import FieldChange
from sites.models import Site

# The value that changes nothing: an empty one is a choice of its own, as the whole day is.
UNCHANGED = "-"


class SharedValuesForm[R: DailyRecord](forms.Form):
    """The fields that many records can have in common; an empty one changes nothing.

    `clear-NAME` empties an optional field; a fixed choice has its empty value in its list.
    """

    def __init__(
        self, values: Mapping[str, object] | None, *, module: RecordModule[R], sites: Sequence[Site]
    ) -> None:
        super().__init__(values, auto_id="shared_%s")
        form = complete_fields(module.form(site=sites[0]), module)
        # The optional fields.
        self.clearable: list[str] = []
        for name in module.shared_fields:
            shared = form.fields[name]
            if isinstance(shared, SiteChoiceField) and len(sites) > 1:
                continue
            is_listed = isinstance(shared, forms.ChoiceField) and not isinstance(
                shared, forms.ModelChoiceField
            )
            if not shared.required and not is_listed:
                self.clearable.append(name)
            shared.required = False
            shared.initial = None
            # What a form of one record loads has no place here.
            shared.widget.attrs = {
                key: value for key, value in shared.widget.attrs.items() if not key.startswith("hx-")
            }
            if isinstance(shared, forms.ModelChoiceField):
                shared.empty_label = gettext_lazy("No change")
            elif isinstance(shared, forms.ChoiceField):
                offered = list(shared.choices)  # type: ignore[arg-type]  # the stubs allow what it never is
                shared.choices = [(UNCHANGED, gettext_lazy("No change")), *offered]
                shared.initial = UNCHANGED
            self.fields[name] = shared

    @property
    def cleared(self) -> list[str]:
        """Return the fields that are to be emptied."""
        return [name for name in self.clearable if f"clear-{name}" in self.data]

    def clean(self) -> None:
        for name in self.cleared:
            if self.data.get(name):
                self.add_error(name, _("Enter a value or leave it empty, not both."))

    def chosen(self) -> dict[str, object]:
        """Return what was entered, as it was entered."""
        sent = {name: self.data.get(name, "") for name in self.fields}
        return {
            name: value
            for name, value in sent.items()
            if value != UNCHANGED and (value != "" or self._is_choice(name) or name in self.cleared)
        }

    def _is_choice(self, name: str) -> bool:
        shared = self.fields[name]
        return isinstance(shared, forms.ChoiceField) and not isinstance(shared, forms.ModelChoiceField)


@dataclass
class SelectedRow[R: DailyRecord]:
    """A selected record, what changes, and why it cannot be changed."""

    row: ListRow[R]
    changes: Sequence[FieldChange] = ()
    reason: str = ""


@dataclass
class SelectedRecords[R: DailyRecord]:
    """The selected records and what is to be done with them."""

    rows: list[SelectedRow[R]]
    is_deletion: bool
    form: SharedValuesForm[R] | None = None
    warnings: Sequence[str] = ()
    message: str = ""
    effects: Sequence[str] = field(default_factory=list)

    @property
    def confirmation(self) -> str:
        """Return the text that confirms these warnings and no others."""
        return confirmation_of(self.warnings)

    @property
    def changed_count(self) -> int:
        """Return how many records would be different."""
        return len(self.rows) if self.is_deletion else sum(bool(row.changes) for row in self.rows)

    @property
    def can_be_saved(self) -> bool:
        return bool(self.changed_count) and not self.message


class RecordSelection[R: DailyRecord](RecordPage[R]):
    """Changing or deleting selected records together; a selection is sent, never linked to."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.back_to_list()

    def post(self, request: HttpRequest) -> HttpResponse:
        selected = _selected(request)
        if not 0 < len(selected) <= MOST_SELECTED:
            messages.error(
                request,
                _("Select records first: tick the boxes in their lines.")
                if not selected
                else _("Select at most %(most)d records.") % {"most": MOST_SELECTED},
            )
            return self.back_to_list()
        selection = self._selection(list(selected))
        if selection.form is not None and not selection.form.is_bound:
            return self._page(selection)
        if selection.form is not None and not selection.form.is_valid():
            return self._page(selection, HTTPStatus.UNPROCESSABLE_ENTITY)
        is_saved = "save" in request.POST
        try:
            outcome = self._run(selection, selected, dry_run=not is_saved)
        except Refused as refusal:
            self._show_refusal(selection, refusal)
            return self._page(selection, status_of(refusal))
        if is_saved:
            return self._done(outcome, is_deletion=selection.is_deletion)
        self._show_changes(selection, outcome)
        return self._page(selection)

    def _selection(self, ids: Sequence[int]) -> SelectedRecords[R]:
        """Return the selected records that the user may change. Raises NotVisible, PermissionDenied."""
        visible = self.module.model._default_manager.for_user(self.user).with_derived()  # type: ignore[attr-defined]
        related = visible.select_related(*self.module.related, "site", "created_by", "updated_by")
        records: list[R] = list(related.filter(pk__in=ids).newest_first())
        if not records:
            raise NotVisible
        of_records = {record.site_id for record in records}
        sites = list(Site.objects.for_user(self.user).with_role(self.user).filter(pk__in=of_records))
        for site in sites:
            self.require_write(site)
        rows = rows_of(
            self.module,
            records,
            sites=sites,
            shows_site=len(sites) > 1,
            query=self.listing().kept_query,
        )
        is_deletion = self.request.POST.get("act") == "delete"
        form = None
        if not is_deletion:
            sent = self.request.POST.dict() if "entered" in self.request.POST else None
            form = SharedValuesForm(sent, module=self.module, sites=sites)
        return SelectedRecords([SelectedRow(row) for row in rows], is_deletion, form)

    def _run(
        self, selection: SelectedRecords[R], selected: Mapping[int, int], *, dry_run: bool
    ) -> operations.BulkOutcome[R]:
        if selection.form is None:
            return operations.bulk_delete(
                module=self.module,
                selected=selected,
                by=self.user,
                source=Source.PAGE,
                confirmed=self.confirmed,
                dry_run=dry_run,
            )
        return operations.bulk_update(
            module=self.module,
            selected=selected,
            values=selection.form.chosen(),
            by=self.user,
            source=Source.PAGE,
            confirmed=self.confirmed,
            dry_run=dry_run,
        )

    def _show_changes(self, selection: SelectedRecords[R], outcome: operations.BulkOutcome[R]) -> None:
        selection.warnings = outcome.warnings
        if selection.is_deletion:
            return
        changes = {change.after.pk: change for change in outcome.changes if change.after is not None}
        both = [record for change in outcome.changes for record in change if record is not None]
        describer = VersionDescriber(self.module, both)
        for row in selection.rows:
            changed: Change[R] = changes.get(row.row.record.pk, Change(None, None))
            if changed.after is not None:
                row.changes = list(describer.changes(changed.before, changed.after))

    def _show_refusal(self, selection: SelectedRecords[R], refusal: Refused) -> None:
        if isinstance(refusal, ConfirmationNeeded):
            # Something has changed since the page was shown; it shows the warnings that there are now.
            selection.warnings = refusal.warnings
        else:
            selection.message = refusal.message
        reasons = refusal.reasons if isinstance(refusal, SelectionRefused) else {}
        for row in selection.rows:
            row.reason = reasons.get(row.row.record.pk, "")

    def _page(self, selection: SelectedRecords[R], status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
        return self.show(self.request, "records/selection.html", status, selection=selection)

    def _done(self, outcome: operations.BulkOutcome[R], *, is_deletion: bool) -> HttpResponse:
        number = len(outcome.changes)
        words = (
            ngettext("Deleted: %d record.", "Deleted: %d records.", number)
            if is_deletion
            else ngettext("Changed: %d record.", "Changed: %d records.", number)
        )
        messages.success(self.request, words % number, extra_tags=undo_tag(outcome.acts))
        return self.back_to_list()


def _selected(request: HttpRequest) -> dict[int, int]:
    """Return the versions of the selected records by their ids; what is not ours is left out."""
    found = {}
    for text in request.POST.getlist("selected"):
        record_id, version = map(whole_number, text.partition(".")[::2])
        if record_id is not None and version is not None:
            found[record_id] = version
    return found
