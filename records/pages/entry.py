"""The form that takes a new record, and what it keeps for the next line."""

import copy
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest

from records.errors import ConfirmationNeeded, EditConflict, InputRefused, Refused
from records.forms import RecordForm
from records.history import FieldChange, differences
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.autocomplete import complete_fields
from records.warnings import confirmation_of
from sites.models import Site


@dataclass
class Entry[R: DailyRecord]:
    """A form as a page shows it: its key, what is odd about what was typed, and what was saved last."""

    form: RecordForm[R]
    site: Site
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    warnings: Sequence[str] = ()
    saved: R | None = None
    was_repeated: bool = False
    # Not saved yet, since what stands under the fields is to be seen first.
    is_to_be_seen: bool = False

    @property
    def confirmation(self) -> str:
        """Return what says yes to these warnings and to no others."""
        return confirmation_of(self.warnings)

    @property
    def first_field(self) -> str:
        """Return the field that wants typing first: the first that nothing was kept for."""
        empty = (name for name in self.form.fields if not self.form.initial.get(name))
        required = (name for name in empty if self.form.fields[name].required or name == "qty_ton")
        return next(required, next(iter(self.form.fields)))


def new_entry[R: DailyRecord](request: HttpRequest, module: RecordModule[R], site: Site) -> Entry[R]:
    """Return an empty form that offers today, and what the person used last on this day."""
    today = site.today().isoformat()
    kept = request.session.get(_kept_as(module, site), {})
    initial = {"date": today}
    if kept.get("today") == today:
        initial |= kept["values"]
    form = module.form(site=site, initial=initial, auto_id="entry_%s")
    return Entry(complete_fields(form, module), site)


def entry_to_be_seen[R: DailyRecord](
    request: HttpRequest, module: RecordModule[R], site: Site
) -> Entry[R] | None:
    """Return the form with what follows from it, where that must be seen before it is saved; else None.

    A page without scripts learns it in this way alone.
    """
    if not module.form.preview_template:
        return None
    form = complete_fields(module.form(request.POST.dict(), site=site, auto_id="entry_%s"), module)
    if not form.is_valid() or not form.needs_preview():
        return None
    return Entry(form, site, key=_sent_key(request), is_to_be_seen=True)


def refused_entry[R: DailyRecord](
    request: HttpRequest, module: RecordModule[R], site: Site, refusal: Refused
) -> Entry[R]:
    """Return the form with what was typed and why it was not saved; the key stays, since nothing was."""
    values: Mapping[str, object] = request.POST.dict()
    form = complete_fields(module.form(values, site=site, auto_id="entry_%s"), module)
    tell(form, refusal)
    warnings = refusal.warnings if isinstance(refusal, ConfirmationNeeded) else ()
    return Entry(form, site, key=_sent_key(request), warnings=warnings)


def _sent_key(request: HttpRequest) -> str:
    """Return the key that came with the form, which stays, since nothing was saved."""
    return request.POST.get("submission_key") or uuid.uuid4().hex


def tell[R: DailyRecord](form: RecordForm[R], refusal: Refused) -> None:
    """Put a refusal on the form: its own errors beside the fields, everything else at the top."""
    if not form.is_valid():
        return
    if isinstance(refusal, InputRefused):
        # What only the database knew.
        for error in refusal.form.non_field_errors():
            form.add_error(None, error)
    elif not isinstance(refusal, ConfirmationNeeded):
        form.add_error(None, refusal.message)


def keep_for_next[R: DailyRecord](request: HttpRequest, module: RecordModule[R], record: R) -> None:
    """Remember what the next line is likely to repeat, for as long as the site's day lasts."""
    values = module.form.values_of(record)
    request.session[_kept_as(module, record.site)] = {
        "today": record.site.today().isoformat(),
        "values": {name: str(values[name]) for name in module.kept_fields},
    }


def _kept_as[R: DailyRecord](module: RecordModule[R], site: Site) -> str:
    return f"kept:{module.slug}:{site.pk}"


@dataclass
class Correction[R: DailyRecord]:
    """A form over a record as it is now; `versions` compares it with what the person typed."""

    form: RecordForm[R]
    record: R
    refusal: Refused | None = None
    versions: Sequence[FieldChange] = ()

    @property
    def warnings(self) -> Sequence[str]:
        return self.refusal.warnings if isinstance(self.refusal, ConfirmationNeeded) else ()

    @property
    def confirmation(self) -> str:
        """Return what says yes to these warnings and to no others."""
        return confirmation_of(self.warnings)

    @property
    def is_conflict(self) -> bool:
        return isinstance(self.refusal, EditConflict)

    @property
    def told(self) -> str:
        """Return the refusal's sentence, where no field and no warning tells it."""
        return "" if self.refusal is None or self.warnings else self.refusal.message

    @classmethod
    def of(cls, module: RecordModule[R], record: R) -> "Correction[R]":
        return cls(_form(module, record, None), record)

    @classmethod
    def to_delete(cls, module: RecordModule[R], record: R, refusal: Refused | None) -> "Correction[R]":
        return cls(_form(module, record, None), record, refusal)

    @classmethod
    def refused(
        cls, request: HttpRequest, module: RecordModule[R], record: R, refusal: Refused
    ) -> "Correction[R]":
        """Return what was typed over the record as it is now, and why it was not saved."""
        current = copy.copy(record)
        typed = {**module.form.values_of(record), **request.POST.dict()}
        form = _form(module, record, typed)
        if not isinstance(refusal, EditConflict):
            tell(form, refusal)
            return cls(form, current, refusal)
        mine = form.save(commit=False) if form.is_valid() else record
        return cls(form, current, refusal, differences(module, current, mine))


def _form[R: DailyRecord](
    module: RecordModule[R], record: R, typed: dict[str, object] | None
) -> RecordForm[R]:
    form = module.form(typed, site=record.site, instance=record, auto_id=f"row-{record.pk}-%s")
    return complete_fields(form, module)
