"""What an export job can be."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobStatus(models.TextChoices):
    PENDING = "pending", _("Waiting")
    PROCESSING = "processing", _("Being made")
    COMPLETED = "completed", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


ACTIVE = (JobStatus.PENDING, JobStatus.PROCESSING)
# What can be asked for again as it was.
REPEATABLE = (JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.EXPIRED)
