"""The warnings about received material."""

from inventory.checks.duplicates import same_line
from inventory.checks.outliers import usual_tons
from received.models import ReceivedMaterial
from records.warnings import LONG_AGO, WarningRules

WARNINGS = WarningRules(
    (
        LONG_AGO,
        usual_tons(ReceivedMaterial, "material"),
        same_line(ReceivedMaterial, "loads", "source", "vehicle_ref", "notes"),
    )
)
