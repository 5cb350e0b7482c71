"""The warnings about a manpower log."""

from manpower.models import ManpowerLog
from records.warnings import BEYOND_SHIFT, LONG_AGO, WarningRules

WARNINGS = WarningRules[ManpowerLog]((LONG_AGO, BEYOND_SHIFT))
