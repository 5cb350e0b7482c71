"""The forms for a new record and for a correction: completion, warnings and errors."""

import copy
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from records.errors import ConfirmationNeeded, EditConflict, InputRefused, Refused, labelled_errors
from records.forms import CodedSelect, RecordForm
from records.history import differences
from records.models import DailyRecord
from records.module import RecordModule
from records.warnings import confirmation_of
from sites.history import FieldChange
from sites.models import Site
from sites.scope import PARAMETER

# Values are taken from this many of the site's last records; this many are suggested.
LOOKED_AT = 2000
OFFERED = 8


class CompletedInput(forms.TextInput):
    """A text input with suggestions that are fetched while typing; without scripts, a text input."""

    template_name = "records/_completed_input.html"

    def __init__(self, address: str, attrs: dict[str, object]) -> None:
        super().__init__(attrs)
        self.address = address

    def get_context(self, name: str, value: object, attrs: dict[str, object] | None) -> dict[str, object]:
        context = super().get_context(name, value, attrs)
        suggestions = f"{(attrs or {}).get('id', name)}_suggestions"
        context["suggestions"] = suggestions
        context["widget"]["attrs"] |= {
            "list": suggestions,
            "hx-get": self.address,
            "hx-trigger": "focus once, input changed delay:150ms",
            "hx-target": f"#{suggestions}",
            "hx-swap": "innerHTML",
            # A slow response to the first letters must not replace the response to all of them.
            "hx-sync": "this:replace",
        }
        return context


def complete_fields[R: DailyRecord](form: RecordForm[R], module: RecordModule[R]) -> RecordForm[R]:
    """Complete the form's text fields from earlier values of its site."""
    for name in module.completed:
        field = form.fields[name]
        path = reverse(f"{module.slug}:complete", args=[name])
        field.widget = CompletedInput(
            f"{path}?{urlencode({PARAMETER: form.site.code})}", attrs=field.widget.attrs
        )
    return form


def completions[R: DailyRecord](
    module: RecordModule[R], *, site: Site, field: str, typed: str, most: int = OFFERED
) -> list[str]:
    """Return the values of a field in the site's last records that contain the typed text.

    Values that begin with it come first, then the most used, then the last used. Values that differ in
    capitals alone are one, spelled as it was last. One query.
    """
    spellings: dict[str, str] = {}
    uses = Counter[str]()
    records = module.model._default_manager.filter(site=site).order_by("-date", "-id")
    for text in records.values_list(field, flat=True)[:LOOKED_AT]:
        spellings.setdefault(text.casefold(), text)
        uses[text.casefold()] += 1
    # Compared in Python: SQLite folds the case of A to Z only.
    wanted = typed.strip().casefold()
    found = [text for text in uses if text and wanted in text and spellings[text] != typed.strip()]
    found.sort(key=lambda text: (not text.startswith(wanted), -uses[text]))
    return [spellings[text] for text in found[:most]]


@dataclass
class RecordEntry[R: DailyRecord]:
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
    def fields_key(self) -> str:
        """Return what the rendered fields depend on: with the same key they are the same HTML."""
        parts = (
            get_language(),
            self.module.slug,
            self.site.code,
            self.site.decimal_mark,
            self.first_field,
            self.saved is not None,
            sorted(self.form.initial.items()),
            [
                shown.field.widget.offered
                for shown in self.form
                if isinstance(shown.field.widget, CodedSelect)
            ],
        )
        return repr(parts)

    @cached_property
    def first_field(self) -> str:
        """Return the field to fill in first: the first needed one without an initial value."""
        empty = (name for name in self.form.fields if not self.form.initial.get(name))
        main = self.module.headline.name if self.module.headline else ""
        needed = (name for name in empty if self.form.fields[name].required or name == main)
        return next(needed, next(iter(self.form.fields)))


def new_entry[R: DailyRecord](request: HttpRequest, module: RecordModule[R], site: Site) -> RecordEntry[R]:
    """Return an empty form with today's date, and with the values that the person used last today."""
    today = site.today().isoformat()
    kept = request.session.get(_kept_as(module, site), {})
    initial = {"date": today}
    if kept.get("today") == today:
        initial |= kept["values"]
    form = module.shown_form(site=site, initial=initial, auto_id="entry_%s")
    return RecordEntry(module, complete_fields(form, module), site)


def entry_preview[R: DailyRecord](
    request: HttpRequest, module: RecordModule[R], site: Site
) -> RecordEntry[R] | None:
    """Return the form with its preview, where the person has to see it before saving; else None.

    A page without scripts shows the preview in this way only.
    """
    if not module.form.preview_template:
        return None
    form = complete_fields(module.shown_form(request.POST.dict(), site=site, auto_id="entry_%s"), module)
    if not form.is_valid() or not form.needs_preview():
        return None
    return RecordEntry(module, form, site, key=_sent_key(request), is_preview=True)


def rejected_entry[R: DailyRecord](
    request: HttpRequest, module: RecordModule[R], site: Site, refusal: Refused
) -> RecordEntry[R]:
    """Return the form with its input and the reason why it was not saved; the key stays the same."""
    values: Mapping[str, object] = request.POST.dict()
    form = complete_fields(module.shown_form(values, site=site, auto_id="entry_%s"), module)
    add_error(form, refusal)
    warnings = refusal.warnings if isinstance(refusal, ConfirmationNeeded) else ()
    return RecordEntry(module, form, site, key=_sent_key(request), warnings=warnings)


def _sent_key(request: HttpRequest) -> str:
    """Return the submission key of the request."""
    return request.POST.get("submission_key") or uuid.uuid4().hex


def add_error[R: DailyRecord](form: RecordForm[R], refusal: Refused) -> None:
    """Show on the form why it was not saved: errors at the fields that it shows, all others at the top."""
    if not isinstance(refusal, InputRefused):
        if form.is_valid() and not isinstance(refusal, ConfirmationNeeded):
            form.add_error(None, refusal.message)
        return
    shown = {field.name for field in form}
    # Besides what the form finds itself, such as a ticket number that another load has.
    for name, errors in refusal.form.errors.items():
        field = name if name in shown else None
        label = (
            f"{refusal.form.fields[name].label}: " if field is None and name in refusal.form.fields else ""
        )
        known = form.errors.get(field or NON_FIELD_ERRORS, ())
        for error in [f"{label}{error}" for error in errors]:
            if error not in known:
                form.add_error(field, error)


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
class RecordCorrection[R: DailyRecord]:
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
    def of(cls, module: RecordModule[R], record: R) -> "RecordCorrection[R]":
        return cls(_form(module, record, None), record)

    @classmethod
    def to_delete(cls, module: RecordModule[R], record: R, refusal: Refused | None) -> "RecordCorrection[R]":
        return cls(_form(module, record, None), record, refusal)

    @classmethod
    def to_restore(cls, module: RecordModule[R], latest: R, refusal: Refused | None) -> "RecordCorrection[R]":
        """Return why a version of a record was not restored; `latest` may be a deleted one."""
        return cls(module.form(site=latest.site), latest, refusal)

    @classmethod
    def rejected(
        cls, request: HttpRequest, module: RecordModule[R], record: R, refusal: Refused
    ) -> "RecordCorrection[R]":
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
    form = module.shown_form(typed, site=record.site, instance=record, auto_id=f"row-{record.pk}-%s")
    return complete_fields(form, module)
