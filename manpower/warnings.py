"""What is odd about a manpower log."""

from manpower.models import ManpowerLog
from records.warnings import BEYOND_SHIFT, LONG_AGO, Plausibility

PLAUSIBILITY = Plausibility[ManpowerLog]((LONG_AGO, BEYOND_SHIFT))
