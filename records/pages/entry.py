"""The forms for a new record and for a correction, with their warnings and errors."""

import copy
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest

from records.errors import ConfirmationNeeded, EditConflict, InputRefused, Refused, labelled_errors
from records.forms import RecordForm
from records.history import FieldChange, differences
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.autocomplete import complete_fields
from records.warnings import confirmation_of
from sites.models import Site


@dataclass
class Entry[R: DailyRecord]:
    """The form for a new record: its submission key, the warnings, and the record saved last."""

    module: RecordModule[R]
    form: RecordForm[R]
    site: Site
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    warnings: Sequence[str] = ()
    saved: R | None = None
    was_repeated: bool = False
    # Not saved yet: the person has to see the preview first.
    is_preview: bool = False

    @property
    def confirmation(self) -> str:
        """Return the text that confirms these warnings and no others."""
        return confirmation_of(self.warnings)

    @property
    def first_field(self) -> str:
        """Return the field to fill in first: the first needed one without an initial value."""
        empty = (name for name in self.form.fields if not self.form.initial.get(name))
        main = self.module.headline.name if self.module.headline else ""
        needed = (name for name in empty if self.form.fields[name].required or name == main)
        return next(needed, next(iter(self.form.fields)))


def new_entry[R: DailyRecord](request: HttpRequest, module: RecordModule[R], site: Site) -> Entry[R]:
    """Return an empty form with today's date, and with the values that the person used last today."""
    today = site.today().isoformat()
    kept = request.session.get(_kept_as(module, site), {})
    initial = {"date": today}
    if kept.get("today") == today:
        initial |= kept["values"]
    form = module.form(site=site, initial=initial, auto_id="entry_%s")
    return Entry(module, complete_fields(form, module), site)


def entry_preview[R: DailyRecord](
    request: HttpRequest, module: RecordModule[R], site: Site
) -> Entry[R] | None:
    """Return the form with its preview, where the person has to see it before saving; else None.

    A page without scripts shows the preview in this way only.
    """
    if not module.form.preview_template:
        return None
    form = complete_fields(module.form(request.POST.dict(), site=site, auto_id="entry_%s"), module)
    if not form.is_valid() or not form.needs_preview():
        return None
    return Entry(module, form, site, key=_sent_key(request), is_preview=True)


def rejected_entry[R: DailyRecord](
    request: HttpRequest, module: RecordModule[R], site: Site, refusal: Refused
) -> Entry[R]:
    """Return the form with its input and the reason why it was not saved; the key stays the same."""
    values: Mapping[str, object] = request.POST.dict()
    form = complete_fields(module.form(values, site=site, auto_id="entry_%s"), module)
    add_error(form, refusal)
    warnings = refusal.warnings if isinstance(refusal, ConfirmationNeeded) else ()
    return Entry(module, form, site, key=_sent_key(request), warnings=warnings)


def _sent_key(request: HttpRequest) -> str:
    """Return the submission key of the request."""
    return request.POST.get("submission_key") or uuid.uuid4().hex


def add_error[R: DailyRecord](form: RecordForm[R], refusal: Refused) -> None:
    """Show on the form why it was not saved: errors at their fields, everything else at the top."""
    if not form.is_valid():
        return
    if isinstance(refusal, InputRefused):
        # Violations that only the database found.
        for error in refusal.form.non_field_errors():
            form.add_error(None, error)
    elif not isinstance(refusal, ConfirmationNeeded):
        form.add_error(None, refusal.message)


def keep_for_next[R: DailyRecord](request: HttpRequest, module: RecordModule[R], record: R) -> None:
    """Remember the values that the next record is likely to have, until the site's day ends."""
    values = module.form.values_of(record)
    request.session[_kept_as(module, record.site)] = {
        "today": record.site.today().isoformat(),
        "values": {name: str(values[name]) for name in module.kept_fields},
    }


def _kept_as[R: DailyRecord](module: RecordModule[R], site: Site) -> str:
    return f"kept:{module.slug}:{site.pk}"


@dataclass
class Correction[R: DailyRecord]:
    """The form for a correction of a record; `versions` compares the record with the input."""

    form: RecordForm[R]
    record: R
    refusal: Refused | None = None
    versions: Sequence[FieldChange] = ()

    @property
    def warnings(self) -> Sequence[str]:
        return self.refusal.warnings if isinstance(self.refusal, ConfirmationNeeded) else ()

    @property
    def confirmation(self) -> str:
        """Return the text that confirms these warnings and no others."""
        return confirmation_of(self.warnings)

    @property
    def is_conflict(self) -> bool:
        return isinstance(self.refusal, EditConflict)

    @property
    def message(self) -> str:
        """Return why it was not saved, where no field and no warning says it."""
        return "" if self.refusal is None or self.warnings else self.refusal.message

    @property
    def errors(self) -> Sequence[str]:
        """Return the messages of the fields, each with its label, where the form does not show them."""
        if not isinstance(self.refusal, InputRefused):
            return ()
        return labelled_errors(self.refusal.form)

    @classmethod
    def of(cls, module: RecordModule[R], record: R) -> "Correction[R]":
        return cls(_form(module, record, None), record)

    @classmethod
    def to_delete(cls, module: RecordModule[R], record: R, refusal: Refused | None) -> "Correction[R]":
        return cls(_form(module, record, None), record, refusal)

    @classmethod
    def to_restore(cls, module: RecordModule[R], latest: R, refusal: Refused | None) -> "Correction[R]":
        """Return why a version of a record was not restored; `latest` may be a deleted one."""
        return cls(module.form(site=latest.site), latest, refusal)

    @classmethod
    def rejected(
        cls, request: HttpRequest, module: RecordModule[R], record: R, refusal: Refused
    ) -> "Correction[R]":
        """Return the input for the record as it is now, and why it was not saved."""
        current = copy.copy(record)
        typed = {**module.form.values_of(record), **request.POST.dict()}
        form = _form(module, record, typed)
        if not isinstance(refusal, EditConflict):
            add_error(form, refusal)
            return cls(form, current, refusal)
        mine = form.save(commit=False) if form.is_valid() else record
        return cls(form, current, refusal, differences(module, current, mine))


def _form[R: DailyRecord](
    module: RecordModule[R], record: R, typed: dict[str, object] | None
) -> RecordForm[R]:
    form = module.form(typed, site=record.site, instance=record, auto_id=f"row-{record.pk}-%s")
    return complete_fields(form, module)
