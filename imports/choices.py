"""What becomes of a file that was brought."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class UploadStatus(models.TextChoices):
    NEW = "new", _("To be set up")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    WRITING = "writing", _("Being imported")
    DONE = "done", _("Imported")
    UNDOING = "undoing", _("Being taken back")
    UNDONE = "undone", _("Taken back")
    FAILED = "failed", _("Failed")


# A worker has it, or will.
ACTIVE = (UploadStatus.CHECKING, UploadStatus.WRITING, UploadStatus.UNDOING)
# Nothing of it is among the records, and it may be set up and checked, again or for the first time.
OPEN = (UploadStatus.NEW, UploadStatus.CHECKED, UploadStatus.FAILED)
