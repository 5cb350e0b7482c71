"""A row that was not saved: what was typed, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.forms.utils import ErrorDict

from core.form_fields import InvalidNumberError
from records.errors import ConfirmationNeeded, DayClosed, EditConflict, InputRefused, KeyReused, Refused
from records.history import differences
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.views import status_of
from records.warnings import confirmation_of
from sites.history import FieldChange
from sites.models import Site


@dataclass(frozen=True)
class RejectedRow:
    """The values of a row, and the error that kept it from being saved."""

    slug: str
    record_id: int | None
    key: str
    values: Mapping[str, str]
    error: Refused
    versions: Sequence[FieldChange] = ()

    @property
    def state(self) -> str:
        """Return the state of the row, as the page's scripts know it."""
        match self.error:
            case ConfirmationNeeded():
                return "asks"
            case EditConflict():
                return "conflict"
            case DayClosed():
                return "closed"
            case KeyReused():
                # Saved as it was sent first, and the response was lost: later corrections are not in it.
                return "doubtful"
            case _:
                return "refused"

    @property
    def status(self) -> HTTPStatus:
        return status_of(self.error)

    @property
    def errors(self) -> dict[str, list[str]]:
        """Return the errors of each field."""
        if not isinstance(self.error, InputRefused):
            return {}
        found = self.error.form.errors
        return {name: [str(error) for error in errors] for name, errors in found.items()}

    @property
    def messages(self) -> list[str]:
        """Return every sentence about the row; those about a field begin with its label."""
        if isinstance(self.error, ConfirmationNeeded):
            return list(self.error.warnings)
        if not isinstance(self.error, InputRefused):
            return [self.error.message]
        labels = {name: str(field.label) for name, field in self.error.form.fields.items()}
        return labelled_errors(labels, self.errors)

    @property
    def readings(self) -> dict[str, tuple[str, ...]]:
        """Return how to type each reading of the numbers that have two, by their fields."""
        return readings_in(self.error.form.errors) if isinstance(self.error, InputRefused) else {}

    @property
    def confirmation(self) -> str:
        """Return the text that confirms these warnings and no others."""
        return confirmation_of(self.error.warnings) if isinstance(self.error, ConfirmationNeeded) else ""

    @property
    def current(self) -> DailyRecord | None:
        """Return the record as another person saved it."""
        return self.error.current if isinstance(self.error, EditConflict) else None


def readings_in(errors: ErrorDict) -> dict[str, tuple[str, ...]]:
    """Return how to type each reading of the numbers that have two, by their fields."""
    return {
        name: error.readings
        for name, found in errors.as_data().items()
        for error in found
        if isinstance(error, InvalidNumberError) and error.readings
    }


def labelled_errors(labels: Mapping[str, str], errors: Mapping[str, Sequence[object]]) -> list[str]:
    """Return each error as a sentence that begins with the label of its field."""
    return [
        f"{labels[name]}: {error}" if name in labels else str(error)
        for name, found in errors.items()
        for error in found
    ]


def versions_of[R: DailyRecord](
    module: RecordModule[R], error: Refused, values: Mapping[str, str], site: Site
) -> list[FieldChange]:
    """Return the differences between what was typed and what another person saved meanwhile."""
    if not isinstance(error, EditConflict):
        return []
    current = error.current
    assert isinstance(current, module.model)
    form = module.form({**module.form.values_of(current), **values}, site=site)
    if not form.is_valid():
        return []
    return differences(module, current, form.instance)
