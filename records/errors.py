"""Why a change was not made. Each of them leaves the database unchanged."""

import datetime as dt
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from django.forms import BaseForm
from django.http import Http404
from django.utils.translation import gettext as _

from records.models import DailyRecord


class NotVisible(Http404):
    """The site or record does not exist for this user."""


class Refused(Exception):  # noqa: N818  # an expected outcome, not a fault
    """A change that a rule does not allow; `message` is the sentence for the person."""

    code = "REFUSED"
    # The HTTP status of the API's response, and the part of a request that is wrong.
    status = HTTPStatus.CONFLICT
    field = ""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InputRefused(Refused):
    """The input is not valid; `form` holds the input and its errors."""

    code = "VALIDATION_ERROR"
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, form: BaseForm) -> None:
        super().__init__(_("This cannot be saved yet. See the message at each field."))
        self.form = form


def labelled_errors(form: BaseForm) -> list[str]:
    """Return each error of a form as a sentence that begins with the label of its field."""
    return [
        f"{form.fields[name].label}: {error}" if name in form.fields else str(error)
        for name, errors in form.errors.items()
        for error in errors
    ]


class DuplicateRecord(InputRefused):
    """A unique rule says that the record exists already."""

    code = "DUPLICATE_RECORD"
    status = HTTPStatus.CONFLICT


class DayClosed(Refused):
    """The site-day has been submitted or approved."""

    code = "DAY_CLOSED"
    field = "date"

    def __init__(self, date: dt.date, status: str) -> None:
        super().__init__(
            _("%(date)s is %(status)s and takes no changes. A manager can reopen the day.")
            % {"date": date.isoformat(), "status": status.lower()}
        )
        self.date = date


class DeletionRefused(Refused):
    """The record stays for good: it is cancelled instead."""

    code = "NOT_DELETED"


class EditConflict(Refused):
    """Somebody else changed the record meanwhile; `current` is the record now."""

    code = "EDIT_CONFLICT"
    field = "If-Match"

    def __init__(self, current: DailyRecord) -> None:
        super().__init__(_("Somebody changed this record while you were editing it."))
        self.current = current


class KeyReused(Refused):
    """A submission key was used again with another body."""

    code = "VALIDATION_ERROR"
    status = HTTPStatus.BAD_REQUEST
    field = "Idempotency-Key"

    def __init__(self) -> None:
        super().__init__(
            _("This key was used before for something else. Use a new key for a new submission.")
        )


class NegativeStock(Refused):
    """The site does not allow stock below zero."""

    code = "NEGATIVE_STOCK"


class ConfirmationNeeded(Refused):
    """The change has warnings that the person has to confirm once."""

    code = "CONFIRMATION_NEEDED"

    def __init__(self, warnings: Sequence[str]) -> None:
        super().__init__(_("Please check the warnings before saving."))
        self.warnings = tuple(warnings)


class SelectionRefused(Refused):
    """Some of the selected records cannot be changed, so none was; `reasons` by the ids of the records."""

    code = "SELECTION_REFUSED"

    def __init__(self, reasons: Mapping[int, str]) -> None:
        super().__init__(
            _("Nothing has been changed. See the message at each record that cannot be changed.")
        )
        self.reasons = dict(reasons)


class UndoRefused(Refused):
    """Some of the records were changed since; nothing was undone."""

    code = "EDIT_CONFLICT"


class AlreadyUndone(UndoRefused):
    """The same person has undone it before."""

    code = "ALREADY_UNDONE"

    def __init__(self) -> None:
        super().__init__(_("This has been undone already."))
