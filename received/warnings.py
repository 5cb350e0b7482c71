"""The warnings about received material."""

from inventory.warnings import OTHER_DAY, OVER_GROSS, same_line, usual_tons
from received.models import ReceivedMaterial
from records.warnings import LONG_AGO, WarningRules

WARNINGS = WarningRules(
    (
        LONG_AGO,
        usual_tons(ReceivedMaterial, "material"),
        same_line(ReceivedMaterial, "loads", "source", "vehicle_ref", "notes", "ticket_no", "time"),
        OVER_GROSS,
        OTHER_DAY,
    )
)
