"""The choices that several modules share."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _


class Shift(models.TextChoices):
    """Eight hours of the day; an empty text is the whole day."""

    WHOLE_DAY = "", _("Whole day")
    MORNING = "morning", _("Morning")
    AFTERNOON = "afternoon", _("Afternoon")
    NIGHT = "night", _("Night")


SHIFT_HOURS = Decimal(8)


class Source(models.TextChoices):
    """Where a record was created or last changed."""

    PAGE = "page", _("Page")
    IMPORT = "import", _("Import")
    API = "api", _("API")
    ADMIN = "admin", _("Admin")
    COMMAND = "command", _("Command")


class ChangeReason(models.TextChoices):
    """What a change of a record was part of, where that is not the record itself. Kept with its history."""

    UNDO = "undo", _("Undo")
    RESTORED = "restored", _("Earlier version restored")
    SELECTION = "selection", _("Together with others")


class DayStatus(models.TextChoices):
    OPEN = "open", _("Open")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    REOPENED = "reopened", _("Reopened")


class Reminded(models.TextChoices):
    """The recipients of a reminder: those who enter the day, or those who approve it."""

    CLERK = "clerk", _("Clerk")
    MANAGER = "manager", _("Manager")


class BatchStatus(models.TextChoices):
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    UNDONE = "undone", _("Undone")
