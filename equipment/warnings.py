"""The warnings about an equipment log."""

from equipment.models import EquipmentLog
from records.warnings import BEYOND_SHIFT, LONG_AGO, WarningRules

WARNINGS = WarningRules[EquipmentLog]((LONG_AGO, BEYOND_SHIFT))
