"""A line that was not saved: what was typed, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from records.errors import ConfirmationNeeded, DayClosed, EditConflict, InputRefused, KeyReused, Refused
from records.history import FieldChange, differences
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.views import status_of
from records.warnings import confirmation_of
from sites.models import Site


@dataclass(frozen=True)
class RefusedLine:
    """What a person sent and what kept it from being saved."""

    slug: str
    record_id: int | None
    key: str
    values: Mapping[str, str]
    refusal: Refused
    versions: Sequence[FieldChange] = ()

    @property
    def state(self) -> str:
        """Return what the line is in, by the word that the page's scripts know."""
        match self.refusal:
            case ConfirmationNeeded():
                return "asks"
            case EditConflict():
                return "conflict"
            case DayClosed():
                return "closed"
            case KeyReused():
                # Saved as it was first sent, and no answer came: what was put right since is not in it.
                return "doubtful"
            case _:
                return "refused"

    @property
    def status(self) -> HTTPStatus:
        return status_of(self.refusal)

    @property
    def errors(self) -> dict[str, list[str]]:
        """Return what is wrong, field by field."""
        if not isinstance(self.refusal, InputRefused):
            return {}
        found = self.refusal.form.errors
        return {name: [str(error) for error in errors] for name, errors in found.items()}

    @property
    def told(self) -> list[str]:
        """Return every sentence about it, those about a field under the field's name."""
        if isinstance(self.refusal, ConfirmationNeeded):
            return list(self.refusal.warnings)
        if not isinstance(self.refusal, InputRefused):
            return [self.refusal.message]
        labels = {name: str(field.label) for name, field in self.refusal.form.fields.items()}
        return told_by_field(labels, self.errors)

    @property
    def confirmation(self) -> str:
        """Return what says yes to these warnings and to no others."""
        return confirmation_of(self.refusal.warnings) if isinstance(self.refusal, ConfirmationNeeded) else ""

    @property
    def current(self) -> DailyRecord | None:
        """Return the record as somebody else has left it."""
        return self.refusal.current if isinstance(self.refusal, EditConflict) else None


def told_by_field(labels: Mapping[str, str], errors: Mapping[str, Sequence[object]]) -> list[str]:
    """Return each error as a sentence that says which field it is about."""
    return [
        f"{labels[name]}: {error}" if name in labels else str(error)
        for name, found in errors.items()
        for error in found
    ]


def versions_of[R: DailyRecord](
    module: RecordModule[R], refusal: Refused, values: Mapping[str, str], site: Site
) -> list[FieldChange]:
    """Return where what was typed differs from what somebody else saved meanwhile."""
    if not isinstance(refusal, EditConflict):
        return []
    current = refusal.current
    assert isinstance(current, module.model)
    form = module.form({**module.form.values_of(current), **values}, site=site)
    if not form.is_valid():
        return []
    return differences(module, current, form.instance)
