"""Why a change was not made. Every one of them leaves the database as it was."""

import datetime as dt
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.forms import BaseForm
from django.http import Http404
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from records.models import DailyRecord, SiteDay


class WrittenOutsideOperationError(RuntimeError):
    """A record was written past `records/operations.py`: a mistake in our code, never a person's."""

    def __init__(self, model: type["DailyRecord"]) -> None:
        super().__init__(f"{model.__name__} is written through records/operations.py only.")


class NotVisible(Http404):
    """The site or record does not exist for this person."""


class Refused(Exception):  # noqa: N818  # a refusal is an answer, not a fault
    """A change that a rule forbids; `message` is the sentence a person reads."""

    code = "REFUSED"
    # What the API answers it with, and the part of a request that it is about.
    status = HTTPStatus.CONFLICT
    field = ""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InputRefused(Refused):
    """The input is not acceptable; `form` holds what was typed and what is wrong with it."""

    code = "VALIDATION_ERROR"
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, form: BaseForm) -> None:
        super().__init__(_("Some of this cannot be saved yet. What is wrong is said beside each field."))
        self.form = form


class DuplicateRecord(InputRefused):
    """A unique rule says that the record is there already."""

    code = "DUPLICATE_RECORD"
    status = HTTPStatus.CONFLICT


class DayClosed(Refused):
    """The site-day has been submitted or approved."""

    code = "DAY_CLOSED"
    field = "date"

    def __init__(self, day: "SiteDay") -> None:
        super().__init__(
            _("%(date)s is %(status)s and takes no changes. A manager can reopen the day.")
            % {"date": day.date.isoformat(), "status": day.get_status_display().lower()}
        )
        self.date: dt.date = day.date


class EditConflict(Refused):
    """Somebody else changed the record meanwhile; `current` is what it says now."""

    code = "EDIT_CONFLICT"
    field = "If-Match"

    def __init__(self, current: "DailyRecord") -> None:
        super().__init__(_("Somebody changed this record while you were editing it."))
        self.current = current


class KeyReused(Refused):
    """A submission key came again with another body."""

    code = "VALIDATION_ERROR"
    status = HTTPStatus.BAD_REQUEST
    field = "Idempotency-Key"

    def __init__(self) -> None:
        super().__init__(
            _("This key was used before for something else. Use a new key for a new submission.")
        )


class NegativeStock(Refused):
    """The site refuses stock below zero."""

    code = "NEGATIVE_STOCK"


class ConfirmationNeeded(Refused):
    """Possible but odd: the person is asked once; `warnings` says what about."""

    code = "CONFIRMATION_NEEDED"

    def __init__(self, warnings: Sequence[str]) -> None:
        super().__init__(_("Please look again before saving."))
        self.warnings = tuple(warnings)
