"""The warnings about a production record. Duplicates are rejected by a constraint."""

from inventory.warnings import usual_tons
from production.models import Production
from records.warnings import LONG_AGO, WarningRules

WARNINGS = WarningRules((LONG_AGO, usual_tons(Production, "material", "operation")))
