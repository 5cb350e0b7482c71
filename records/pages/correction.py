"""The form that corrects a record, and the two versions where somebody was faster."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from records.errors import ConfirmationNeeded, EditConflict, Refused
from records.forms import RecordForm
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.autocomplete import complete_fields
from records.pages.entry import tell
from records.pages.history import FieldChange, differences
from records.warnings import confirmation_of


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
