from django.db import models
from django.db.models import Q

from records.models import DailyRecord, RecordQuerySet


class PumpLog(DailyRecord):
    """Water pumped from the sump on a date."""

    cubic_metres = models.PositiveIntegerField("cubic metres")

    identity = ("site", "date", "cubic_metres")

    objects = RecordQuerySet["PumpLog"].as_manager()

    class Meta(DailyRecord.Meta):
        constraints = [
            *DailyRecord.Meta.constraints,
            models.UniqueConstraint(
                fields=["site", "date", "cubic_metres"],
                name="toy_pumplog_unique",
                violation_error_message="This has been logged already.",
            ),
            models.CheckConstraint(
                condition=Q(cubic_metres__gte=1),
                name="toy_pumplog_positive",
                violation_error_message="Pump at least a cubic metre.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date}: {self.cubic_metres}"
